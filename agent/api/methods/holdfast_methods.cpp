#include "api/methods/holdfast_methods.hpp"

#include <algorithm>
#include <utility>

#include "api/fault.hpp"
#include "api/methods/holdfast_rows.hpp"
#include "api/process_log.hpp"
#include "base/limits.hpp"

namespace holdfast::api {
namespace {

constexpr std::int64_t kHistoryRows = 100;
constexpr auto kLogBytes = static_cast<std::int64_t>(limits::api_log_tail_bytes);
constexpr auto kLogBytesMax = static_cast<std::int64_t>(limits::api_log_tail_bytes_max);

wire::Value line_value(const HistoryLine& line) {
  return wire::Struct{{"id", line.id},
                      {"at", line.at.seconds()},
                      {"kind", line.kind},
                      {"node", line.node},
                      {"application", line.application},
                      {"process", line.process},
                      {"operation", line.operation},
                      {"user", line.user},
                      {"text", line.text},
                      {"reason", line.reason}};
}

/// A node may be named by its nick: the history names nodes by their identifiers.
std::string subject_of(const MethodCall& call, const std::string& name) {
  if (call.ports.cluster == nullptr) {
    return name;
  }
  const cluster::View& view = call.ports.cluster->node().view();
  const cluster::MemberView* member = view.cluster.applications.contains(name) ? nullptr : view.find(name);
  return member == nullptr ? name : member->identifier;
}

void answer_history(const MethodCall& call, const std::string& name, WallTime since, std::int64_t limit,
                    bool causes_only) {
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  if (limit < 1) {
    return call.done(make_fault(Fault::bad_arguments, "limit"));
  }
  call.ports.history.query(subject_of(call, name), since, static_cast<std::size_t>(limit), causes_only,
                           [done = call.done](Result<std::vector<HistoryLine>> lines) {
                             if (!lines) {
                               return done(make_fault(Fault::failed, lines.error().message));
                             }
                             wire::Array values;
                             for (const HistoryLine& line : lines.value()) {
                               values.push_back(line_value(line));
                             }
                             done(wire::Value(std::move(values)));
                           });
}

void get_history(const MethodCall& call) {
  const std::size_t given = call.arguments.params().size();
  const std::string name = given > 0 ? call.arguments.string(0) : "";
  const std::int64_t since = given > 1 ? call.arguments.integer(1) : 0;
  const std::int64_t limit = given > 2 ? call.arguments.integer(2) : kHistoryRows;
  answer_history(call, name, WallTime::from_seconds(since), limit, false);
}

void get_causes(const MethodCall& call) {
  const std::string name = call.arguments.string(0);
  const std::int64_t limit = call.arguments.params().size() > 1 ? call.arguments.integer(1) : kHistoryRows;
  answer_history(call, name, WallTime{}, limit, true);
}

void get_agent(const MethodCall& call) {
  const AgentPort& agent = call.ports.agent;
  call.done(wire::Value(wire::Struct{{"pid", agent.agent_pid()},
                                     {"version", HOLDFAST_VERSION},
                                     {"keeper_pid", agent.daemon_pid()},
                                     {"keeper_problem", agent.keeper_problem()},
                                     {"agent_problem", agent.agent_problem()}}));
}

/// Starts the agent, or keeper and agent, anew.
template <bool KeeperToo>
void hand_over(const MethodCall& call) {
  call.ports.supervision.submit(
      supervision::HandOver{{}, KeeperToo}, call.caller, [done = call.done](const supervision::Completed& completed) {
        const auto* fault = std::get_if<FaultText>(&completed.answer);
        done(fault == nullptr ? MethodResult(wire::Value(true)) : MethodResult(make_fault(*fault)));
      });
}

void tail_process_log(const MethodCall& call) {
  const std::size_t given = call.arguments.params().size();
  ProcessLogQuestion question{call.arguments.string(0), "stdout", kLogBytes, {}};
  if (given > 1) {
    question.channel = call.arguments.string(1);
  }
  if (given > 2) {
    question.length = std::clamp<std::int64_t>(call.arguments.integer(2), 1, kLogBytesMax);
  }
  if (given > 3) {
    question.node = call.arguments.string(3);
  }
  if (call.arguments.failed()) {
    return call.done(call.arguments.problem());
  }
  if (question.channel != "stdout" && question.channel != "stderr") {
    return call.done(make_fault(Fault::incorrect_parameters, "channel is stdout or stderr"));
  }
  read_process_log(call.ports, question, [done = call.done](const Result<ProcessLogEnd>& end) {
    if (!end) {
      return done(make_fault(fault_of(end.error()), end.error().message));
    }
    done(wire::Value(wire::Struct{
        {"file", end.value().file}, {"data", end.value().data}, {"size", end.value().size}, {"cut", end.value().cut}}));
  });
}

}  // namespace

std::vector<MethodRow> holdfast_history_rows() {
  return {
      {.name = "getHistory",
       .result = "array",
       .parameters = {{"name", "string", ""}, {"since", "int", 0}, {"limit", "int", kHistoryRows}},
       .help = "What happened, newest first: to an application, process or node, or (name empty) to everything.",
       .reads_only = true,
       .body = get_history},
      {.name = "why",
       .result = "array",
       .parameters = {{"name", "string"}, {"limit", "int", kHistoryRows}},
       .help = "The decisions and causes about an application, process or node, newest first.",
       .reads_only = true,
       .body = get_causes},
  };
}

std::vector<MethodRow> holdfast_daemon_rows() {
  return {
      {.name = "getAgent",
       .result = "struct",
       .help = "This node's agent: pid, version, the keeper's pid, and why one of them is not the installed program.",
       .reads_only = true,
       .body = get_agent},
      {.name = "restartAgent",
       .result = "boolean",
       .help = "The installed agent takes over; no program is touched.",
       .body = hand_over<false>},
      {.name = "restartKeeper",
       .result = "boolean",
       .help = "The installed keeper takes over in place, then its agent; no program is touched.",
       .body = hand_over<true>},
  };
}

std::vector<MethodRow> holdfast_log_rows() {
  return {{.name = "tailProcessLog",
           .result = "struct",
           .parameters = {{"name", "string"},
                          {"channel", "string", "stdout"},
                          {"length", "int", kLogBytes},
                          {"node", "string", ""}},
           .help = "The end of the log of a process: of this node, or of the one that is named.",
           .reads_only = true,
           .body = tail_process_log}};
}

void add_holdfast_methods(MethodTable& table, Ports& ports) {
  for (const auto& rows : {holdfast_history_rows(), holdfast_log_rows(), holdfast_daemon_rows()}) {
    add_rows(table, "holdfast", ports, rows);
  }
  if (ports.cluster != nullptr) {
    add_rows(table, "holdfast", ports, holdfast_cluster_rows());
    add_rows(table, "holdfast", ports, holdfast_rules_rows());
  }
}

}  // namespace holdfast::api
