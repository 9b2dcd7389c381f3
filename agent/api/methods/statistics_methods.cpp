#include "api/methods/statistics_methods.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "api/methods/fault.hpp"

namespace holdfast::api {
namespace {

using supervision::Fault;
using supervision::UsageRate;
using supervision::UsageSpan;

constexpr Duration kPeriodMin = 1s;
constexpr Duration kPeriodMax = 3600s;

double to_seconds(Duration span) {
  return static_cast<double>(span.count()) / 1e9;
}

/// Three digits say all that was measured.
double rounded(double number) {
  constexpr double kThousandth = 1000;
  return std::round(number * kThousandth) / kThousandth;
}

wire::Value rates_value(const std::vector<UsageRate>& rates) {
  wire::Struct values;
  for (const UsageRate& rate : rates) {
    values.push_back({rate.name, wire::Array{rounded(rate.in), rounded(rate.out)}});
  }
  return values;
}

wire::Struct span_members(const std::string& identifier, Instant now, const UsageSpan& span) {
  return {{"identifier", identifier},
          {"now_monotonic", static_cast<double>(now.ms()) / 1e3},
          {"target_period", to_seconds(span.period)},
          {"period", wire::Array{rounded(span.begin_s), rounded(span.end_s)}}};
}

void append(wire::Struct& members, wire::Struct more) {
  members.insert(members.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

class StatisticsMethods {
 public:
  explicit StatisticsMethods(Ports& ports) : ports_(ports) {}

  void status(const std::vector<wire::Value>&, const Caller&, const MethodDone& done) const {
    const StatisticsPort::Status status = ports_.statistics->status();
    done(wire::Struct{{"host_stats", status.host},
                      {"process_stats", status.processes},
                      {"collecting_period", to_seconds(status.period)}});
  }

  void enable_host(const std::vector<wire::Value>& params, const Caller& caller, const MethodDone& done) const {
    const bool on = Arguments(params).truth(0, true);
    ports_.statistics->enable_host(on);
    acted(caller, on ? "enable host statistics" : "disable host statistics", done);
  }

  void enable_processes(const std::vector<wire::Value>& params, const Caller& caller, const MethodDone& done) const {
    const bool on = Arguments(params).truth(0, true);
    ports_.statistics->enable_processes(on);
    acted(caller, on ? "enable process statistics" : "disable process statistics", done);
  }

  void set_period(const std::vector<wire::Value>& params, const Caller& caller, const MethodDone& done) const {
    const auto period = seconds_of(params.front());
    if (!period || *period < kPeriodMin || *period > kPeriodMax) {
      return done(make_fault(Fault::incorrect_parameters, "the collecting period is a number of seconds from 1 to 3600"));
    }
    ports_.statistics->set_period(*period);
    acted(caller, "collect statistics every " + std::to_string(to_seconds(*period)) + " s", done);
  }

  void get(const std::vector<wire::Value>& params, const Caller&, const MethodDone& done) const {
    Arguments arguments(params);
    const std::string name = params.empty() ? std::string() : arguments.string(0);
    const auto& settings = ports_.agent.settings().cluster->statistics;
    const auto period = params.size() > 1 ? seconds_of(params[1]) : settings.periods.front();
    if (arguments.failed()) {
      return done(arguments.problem());
    }
    if (!period || std::ranges::find(settings.periods, *period) == settings.periods.end()) {
      return done(make_fault(Fault::incorrect_parameters, "the period is none of stats_periods"));
    }
    ports_.statistics->looked_at();
    done(name.empty() ? latest(*period) : series_of(name, *period));
  }

 private:
  /// A number, or its text in the query of a GET.
  static std::optional<Duration> seconds_of(const wire::Value& value) {
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

  void acted(const Caller& caller, const std::string& action, const MethodDone& done) const {
    ports_.history.record(caller, "", action, "done");
    done(wire::Value(true));
  }

  /// What the UI shows: of the machine, unless stats_irix_mode says of one core (CFG-25).
  [[nodiscard]] double shown_cpu(double cpu) const {
    const std::size_t cores = ports_.statistics->cores();
    return rounded(ports_.agent.settings().cluster->statistics.irix_mode || cores == 0 ? cpu
                                                                                       : cpu / static_cast<double>(cores));
  }

  [[nodiscard]] wire::Value latest(Duration period) const {
    const std::string& identifier = ports_.cluster->node().view().me().identifier;
    wire::Array processes;
    for (const supervision::ProcessPoint* point : ports_.statistics->processes().last(period)) {
      processes.push_back(wire::Struct{{"namespec", point->namespec},
                                       {"pid", point->pid},
                                       {"cpu", shown_cpu(point->cpu)},
                                       {"mem", rounded(point->memory)},
                                       {"period", wire::Array{rounded(point->span.begin_s), rounded(point->span.end_s)}}});
    }
    const supervision::HostPoint* const host = ports_.statistics->host().last(period);
    return wire::Struct{
        {"host", host == nullptr ? wire::Value(wire::Struct{}) : host_point_value(identifier, ports_.agent.now(), *host)},
        {"processes", std::move(processes)},
        {"cores", ports_.statistics->cores()},
        {"irix_mode", ports_.agent.settings().cluster->statistics.irix_mode}};
  }

  [[nodiscard]] wire::Value series_of(const std::string& namespec, Duration period) const {
    wire::Array points;
    for (const supervision::UsagePoint& point : ports_.statistics->processes().points(namespec, period)) {
      points.push_back(wire::Array{rounded(point.at_s), shown_cpu(static_cast<double>(point.first)),
                                   rounded(static_cast<double>(point.second))});
    }
    return wire::Struct{{"namespec", namespec}, {"points", std::move(points)}};
  }

  Ports& ports_;
};

}  // namespace

wire::Value host_point_value(const std::string& identifier, Instant now, const supervision::HostPoint& point) {
  wire::Array cpu;
  for (const double percent : point.cpu) {
    cpu.push_back(rounded(percent));
  }
  wire::Struct mounts;
  for (const auto& [name, percent] : point.mounts) {
    mounts.push_back({name, rounded(percent)});
  }
  wire::Struct members = span_members(identifier, now, point.span);
  append(members, {{"cpu", std::move(cpu)},
                   {"mem", rounded(point.memory)},
                   {"net_io", rates_value(point.networks)},
                   {"disk_io", rates_value(point.disks)},
                   {"disk_usage", std::move(mounts)}});
  return members;
}

wire::Value process_point_value(const std::string& identifier, Instant now, const supervision::ProcessPoint& point) {
  wire::Struct members{{"namespec", point.namespec}};
  append(members, span_members(identifier, now, point.span));
  append(members, {{"pid", point.pid}, {"cpu", rounded(point.cpu)}, {"mem", rounded(point.memory)}});
  if (point.cores > 0) {
    members.push_back({"nb_cores", point.cores});
  }
  return members;
}

void add_statistics_methods(MethodTable& table, Ports& ports) {
  const auto methods = std::make_shared<StatisticsMethods>(ports);
  const double smallest =
      std::chrono::duration<double>(ports.agent.settings().cluster->statistics.periods.front()).count();
  const auto add = [&](const std::string& name, const std::string& result, std::vector<MethodParameter> parameters,
                       const std::string& help, bool reads_only, auto body) {
    table.add({name, result, std::move(parameters), help, reads_only,
               [methods, body](const std::vector<wire::Value>& params, const Caller& caller, const MethodDone& done) {
                 (methods.get()->*body)(params, caller, done);
               }});
  };
  add("supvisors.get_statistics_status", "struct", {}, "Which statistics are collected, and how often.", true,
      &StatisticsMethods::status);
  add("supvisors.enable_host_statistics", "boolean", {{"enabled", "boolean"}},
      "Collects statistics of this machine, or no more; until the agent's next start.", false,
      &StatisticsMethods::enable_host);
  add("supvisors.enable_process_statistics", "boolean", {{"enabled", "boolean"}},
      "Collects statistics of this node's programs, or no more; until the agent's next start.", false,
      &StatisticsMethods::enable_processes);
  add("supvisors.update_collecting_period", "boolean", {{"collecting_period", "double"}},
      "Seconds between two readings of statistics, 1 to 3600; until the agent's next start.", false,
      &StatisticsMethods::set_period);
  add("holdfast.getStatistics", "struct", {{"name", "string", ""}, {"period", "double", smallest}},
      "The last point of this node's statistics, or every point (seconds, CPU, memory) of the program of "
      "that name; for "
      "the smallest of stats_periods, if none is given.",
      true, &StatisticsMethods::get);
}

}  // namespace holdfast::api
