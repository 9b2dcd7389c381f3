#include "api/methods/statistics_methods.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "api/fault.hpp"
#include "api/methods/method_rows.hpp"
#include "api/statistics_values.hpp"

namespace holdfast::api {
namespace {

constexpr Duration kPeriodMin = 1s;
constexpr Duration kPeriodMax = 3600s;

/// A number, or its text in the query of a GET.
std::optional<Duration> seconds_in(const wire::Value& value) {
  constexpr double kMost = 1e6;
  double seconds = kMost;
  if (const double* fraction = value.as_double()) {
    seconds = *fraction;
  } else if (const std::int64_t* whole = value.as_int()) {
    seconds = static_cast<double>(*whole);
  } else if (const std::string* text = value.as_string()) {
    (void)std::from_chars(text->data(), text->data() + text->size(), seconds);
  }
  return std::abs(seconds) < kMost ? std::optional(Duration{std::llround(seconds * 1e9)}) : std::nullopt;
}

/// Answers true, with a line in the history.
void answer_done(const MethodCall& call, const std::string& action) {
  call.ports.history.record(call.caller, "", action, "done");
  call.done(wire::Value(true));
}

void get_statistics_status(const MethodCall& call) {
  const StatisticsPort::Status status = call.ports.statistics->status();
  call.done(wire::Struct{{"host_stats", status.host},
                         {"process_stats", status.processes},
                         {"collecting_period", to_seconds(status.period)}});
}

void enable_host_statistics(const MethodCall& call) {
  const bool on = call.arguments.truth(0, true);
  call.ports.statistics->enable_host(on);
  answer_done(call, on ? "enable host statistics" : "disable host statistics");
}

void enable_process_statistics(const MethodCall& call) {
  const bool on = call.arguments.truth(0, true);
  call.ports.statistics->enable_processes(on);
  answer_done(call, on ? "enable process statistics" : "disable process statistics");
}

void update_collecting_period(const MethodCall& call) {
  const auto period = seconds_in(call.arguments.params().front());
  if (!period || *period < kPeriodMin || *period > kPeriodMax) {
    return call.done(
        make_fault(Fault::incorrect_parameters, "the collecting period is a number of seconds from 1 to 3600"));
  }
  call.ports.statistics->set_period(*period);
  answer_done(call, "collect statistics every " + std::to_string(to_seconds(*period)) + " s");
}

/// What the UI shows: of the machine, unless stats_irix_mode says of one core (CFG-25).
double shown_cpu(const Ports& ports, double cpu) {
  const std::size_t cores = ports.statistics->cores();
  const bool of_one_core = ports.agent.settings().cluster->statistics.irix_mode || cores == 0;
  return rounded(of_one_core ? cpu : cpu / static_cast<double>(cores));
}

wire::Value latest_points(const Ports& ports, Duration period) {
  const std::string& identifier = ports.cluster->node().view().me().identifier;
  wire::Array processes;
  for (const supervision::ProcessPoint* point : ports.statistics->processes().last(period)) {
    processes.push_back(
        wire::Struct{{"namespec", point->namespec},
                     {"pid", point->pid},
                     {"cpu", shown_cpu(ports, point->cpu)},
                     {"mem", rounded(point->memory)},
                     {"period", wire::Array{rounded(point->span.begin_s), rounded(point->span.end_s)}}});
  }
  const supervision::HostPoint* const host = ports.statistics->host().last(period);
  return wire::Struct{
      {"host", host == nullptr ? wire::Value(wire::Struct{}) : host_point_value(identifier, ports.agent.now(), *host)},
      {"processes", std::move(processes)},
      {"cores", ports.statistics->cores()},
      {"irix_mode", ports.agent.settings().cluster->statistics.irix_mode}};
}

wire::Value series_of(const Ports& ports, const std::string& namespec, Duration period) {
  wire::Array points;
  for (const supervision::UsagePoint& point : ports.statistics->processes().points(namespec, period)) {
    points.push_back(wire::Array{rounded(point.at_s), shown_cpu(ports, static_cast<double>(point.first)),
                                 rounded(static_cast<double>(point.second))});
  }
  return wire::Struct{{"namespec", namespec}, {"points", std::move(points)}};
}

void get_statistics(const MethodCall& call) {
  const auto& params = call.arguments.params();
  const std::string name = params.empty() ? std::string() : call.arguments.string(0);
  const auto& settings = call.ports.agent.settings().cluster->statistics;
  const auto period = params.size() > 1 ? seconds_in(params[1]) : settings.periods.front();
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  if (!period || std::ranges::find(settings.periods, *period) == settings.periods.end()) {
    return call.done(make_fault(Fault::incorrect_parameters, "the period is none of stats_periods"));
  }
  call.ports.statistics->looked_at();
  call.done(name.empty() ? latest_points(call.ports, *period) : series_of(call.ports, name, *period));
}

}  // namespace

void add_statistics_methods(MethodTable& table, Ports& ports) {
  const double smallest =
      std::chrono::duration<double>(ports.agent.settings().cluster->statistics.periods.front()).count();
  add_rows(table, "supvisors", ports,
           {{.name = "get_statistics_status",
             .result = "struct",
             .help = "Which statistics are collected, and how often.",
             .reads_only = true,
             .body = get_statistics_status},
            {.name = "enable_host_statistics",
             .result = "boolean",
             .parameters = {{"enabled", "boolean"}},
             .help = "Collects statistics of this machine, or no more; until the agent's next start.",
             .body = enable_host_statistics},
            {.name = "enable_process_statistics",
             .result = "boolean",
             .parameters = {{"enabled", "boolean"}},
             .help = "Collects statistics of this node's programs, or no more; until the agent's next start.",
             .body = enable_process_statistics},
            {.name = "update_collecting_period",
             .result = "boolean",
             .parameters = {{"collecting_period", "double"}},
             .help = "Seconds between two readings of statistics, 1 to 3600; until the agent's next start.",
             .body = update_collecting_period}});
  add_rows(
      table, "holdfast", ports,
      {{.name = "getStatistics",
        .result = "struct",
        .parameters = {{"name", "string", ""}, {"period", "double", smallest}},
        .help = "The last point of this node's statistics, or every point (seconds, CPU, memory) of the program of "
                "that name; for the smallest of stats_periods, if none is given.",
        .reads_only = true,
        .body = get_statistics}});
}

}  // namespace holdfast::api
