// The methods of holdfast.*: what neither Supervisor nor Supvisors has. Bodies read the ports; nothing is
// decided here.
#include <algorithm>
#include <map>
#include <utility>

#include "api/methods/cluster_methods.hpp"
#include "api/cluster_values.hpp"
#include "api/methods/fault.hpp"
#include "api/node_notes.hpp"
#include "api/process_log.hpp"
#include "api/methods/supervisor_methods.hpp"
#include "supervision/ending.hpp"
#include "supervision/process_info.hpp"

namespace holdfast::api {
namespace {

constexpr std::int64_t kHistoryRows = 100;

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

void answer_history(Ports& ports, const std::string& name, WallTime since, std::int64_t limit,
                    bool causes_only, const MethodDone& done) {
  if (limit < 1) {
    return done(make_fault(supervision::Fault::bad_arguments, "limit"));
  }
  ports.history.query(name, since, static_cast<std::size_t>(limit), causes_only,
                      [done](Result<std::vector<HistoryLine>> lines) {
                        if (!lines) {
                          return done(make_fault(supervision::Fault::failed, lines.error().message));
                        }
                        wire::Array values;
                        for (const HistoryLine& line : lines.value()) {
                          values.push_back(line_value(line));
                        }
                        done(wire::Value(std::move(values)));
                      });
}

void add_history(MethodTable& table, Ports& ports) {
  table.add(
      {"holdfast.getHistory",
       "array",
       {{"name", "string", ""}, {"since", "int", 0}, {"limit", "int", kHistoryRows}},
       "What happened, newest first: to an application, process or node, or (name empty) to everything.",
       true,
       [&ports](const auto& params, const Caller&, const MethodDone& done) {
         Arguments arguments(params);
         const std::string name = params.empty() ? "" : arguments.string(0);
         const std::int64_t since = params.size() > 1 ? arguments.integer(1) : 0;
         const std::int64_t limit = params.size() > 2 ? arguments.integer(2) : kHistoryRows;
         arguments.failed() ? done(arguments.problem())
                            : answer_history(ports, name, WallTime::from_seconds(since), limit, false, done);
       }});
  table.add({"holdfast.why",
             "array",
             {{"name", "string"}, {"limit", "int", kHistoryRows}},
             "The decisions and causes about an application, process or node, newest first.",
             true,
             [&ports](const auto& params, const Caller&, const MethodDone& done) {
               Arguments arguments(params);
               const std::string name = arguments.string(0);
               const std::int64_t limit = params.size() > 1 ? arguments.integer(1) : kHistoryRows;
               arguments.failed() ? done(arguments.problem())
                                  : answer_history(ports, name, WallTime{}, limit, true, done);
             }});
}

/// Starts the agent, or keeper and agent, anew.
void hand_over(Ports& ports, bool keeper_too, const Caller& caller, const MethodDone& done) {
  ports.supervision.submit(
      supervision::HandOver{{}, keeper_too}, caller, [done](const supervision::Completed& completed) {
        const auto* fault = std::get_if<supervision::FaultText>(&completed.answer);
        done(fault == nullptr ? MethodResult(wire::Value(true)) : MethodResult(make_fault(*fault)));
      });
}

void add_daemon(MethodTable& table, Ports& ports) {
  table.add({"holdfast.getAgent",
             "struct",
             {},
             "This node's agent: pid, version, the keeper's pid, and why one of them is not the installed program.",
             true,
             [&ports](const auto&, const Caller&, const MethodDone& done) {
               done(wire::Value(wire::Struct{{"pid", ports.agent.agent_pid()},
                                             {"version", HOLDFAST_VERSION},
                                             {"keeper_pid", ports.agent.daemon_pid()},
                                             {"keeper_problem", ports.agent.keeper_problem()},
                                             {"agent_problem", ports.agent.agent_problem()}}));
             }});
  table.add({"holdfast.restartAgent",
             "boolean",
             {},
             "The installed agent takes over; no program is touched.",
             false,
             [&ports](const auto&, const Caller& caller, const MethodDone& done) {
               hand_over(ports, false, caller, done);
             }});
  table.add({"holdfast.restartKeeper",
             "boolean",
             {},
             "The installed keeper takes over in place, then its agent; no program is touched.",
             false,
             [&ports](const auto&, const Caller& caller, const MethodDone& done) {
               hand_over(ports, true, caller, done);
             }});
}

/// Empty when it is not fenced.
wire::Value fence_value(const cluster::MemberView& member) {
  if (!member.fence) {
    return wire::Struct{};
  }
  return wire::Struct{{"by", member.fence->by},
                      {"at", WallTime{member.fence->at_us}.seconds()},
                      {"reason", member.fence->reason}};
}

wire::Value member_value(const Ports& ports, const cluster::MemberView& member) {
  const ClusterPort& port = *ports.cluster;
  const Instant now = ports.agent.now();
  const cluster::View& view = port.node().view();
  const std::int64_t age_ms =
      member.local || !member.heard_at ? 0 : (now - *member.heard_at).count() / 1'000'000;
  std::int64_t running = 0;
  for (const auto& [namespec, fact] : member.table.rows()) {
    running += supervision::is_running(fact.state) ? 1 : 0;
  }
  return wire::Struct{{"identifier", member.identifier},
                      {"nick", member.nick},
                      {"state", cluster::name_of(member.state)},
                      {"master", view.master == member.identifier},
                      {"local", member.local},
                      {"core", member.core},
                      {"heard", member.local || member.heard_at.has_value()},
                      {"age_ms", age_ms},
                      {"load", load_of(view, port.node().engine().matcher(), member.identifier)},
                      {"running", running},
                      {"processes", static_cast<std::int64_t>(member.table.rows().size())},
                      // A text, because an int of XML-RPC has 32 bits.
                      {"incarnation", std::to_string(member.incarnation)},
                      {"epoch", static_cast<std::int64_t>(member.term.epoch)},
                      {"cluster_state", cluster::name_of(member.local ? view.state : member.cluster_state)},
                      {"fence", fence_value(member)},
                      {"differences", wire::Array(member.differences.begin(), member.differences.end())},
                      {"remark", note_of(member, [&ports](std::int64_t at) { return ports.agent.utc_offset_s(at); })}};
}

wire::Value counters_value(const ClusterPort& port) {
  wire::Struct values;
  for (const auto& [name, count] : port.counters()) {
    values.push_back({name, static_cast<std::int64_t>(count)});
  }
  return values;
}

void reload_keys(Ports& ports, const Caller& caller, const MethodDone& done) {
  const Result<int> keys = ports.cluster->reload_keys();
  ports.history.record(caller, "", "reload keys", keys ? "done" : keys.error().message);
  done(keys ? MethodResult(wire::Value(keys.value()))
            : MethodResult(make_fault(supervision::Fault::failed, keys.error().message)));
}

void unfence(Ports& ports, const std::string& node, const Caller& caller, const MethodDone& done) {
  cluster::OperatorRequest request;
  request.action = cluster::Action::unfence;
  request.target = node;
  ports.cluster->submit(std::move(request), caller, [done](const cluster::Reply& reply) {
    if (reply.phase == cluster::AnswerPhase::accepted) {
      return;
    }
    const int code = cluster::fault_of(reply.code);
    done(code == 0  ? MethodResult(wire::Value(true))
         : code > 100 ? MethodResult(make_fault(static_cast<ClusterFault>(code), reply.text))
                      : MethodResult(make_fault(static_cast<supervision::Fault>(code), reply.text)));
  });
}

/// Empty when nothing is wrong with it.
std::string failure_of(const cluster::ProcessFact& fact) {
  return fact.spawn_error.empty() ? std::string()
                                  : supervision::failure_text(fact.spawn_error, fact.ending, fact.last_words);
}

void add_cluster(MethodTable& table, Ports& ports) {
  table.add({"holdfast.unfence",
             "boolean",
             {{"node", "string"}},
             "A node that auto_fence keeps out since it was lost counts again, for every node; * means all such.",
             false,
             [&ports](const auto& params, const Caller& caller, const MethodDone& done) {
               Arguments arguments(params);
               const std::string node = arguments.string(0);
               arguments.failed() ? done(arguments.problem()) : unfence(ports, node, caller, done);
             }});
  table.add({"holdfast.reloadKeys",
             "int",
             {},
             "Reads [cluster] key_file anew; the number of keys that are valid. No connection between nodes ends.",
             false,
             [&ports](const auto&, const Caller& caller, const MethodDone& done) { reload_keys(ports, caller, done); }});
  table.add({"holdfast.getCluster",
             "struct",
             {},
             "The cluster as this node sees it: state, Master, epoch, nodes with the age of their last word, "
             "counters, and what this node warns of.",
             true,
             [&ports](const auto&, const Caller&, const MethodDone& done) {
               const cluster::View& view = ports.cluster->node().view();
               wire::Array nodes;
               for (const cluster::MemberView& member : view.members) {
                 nodes.push_back(member_value(ports, member));
               }
               wire::Array warnings;
               for (std::string& warning : ports.agent.warnings()) {
                 warnings.emplace_back(std::move(warning));
               }
               done(wire::Value(wire::Struct{{"name", ports.cluster->name()},
                                             {"state", cluster::name_of(view.state)},
                                             {"master", view.master.value_or("")},
                                             {"epoch", static_cast<std::int64_t>(view.term.epoch)},
                                             {"degraded", view.degraded},
                                             {"nodes", std::move(nodes)},
                                             {"warnings", std::move(warnings)},
                                             {"counters", counters_value(*ports.cluster)}}));
             }});
  table.add({"holdfast.getClusterProcesses",
             "array",
             {},
             "Every process of the cluster: its state, where it runs, and each node's copy.",
             true,
             [&ports](const auto&, const Caller&, const MethodDone& done) {
               const cluster::View& view = ports.cluster->node().view();
               const auto offset = [&ports](std::int64_t at) { return ports.agent.utc_offset_s(at); };
               wire::Array rows;
               for (const auto& [application, processes] : view.cluster.applications) {
                 for (const auto& [name, process] : processes) {
                   const rules::ProcessStatus status = rules::process_status(process);
                   wire::Array copies;
                   for (const cluster::MemberView& member : view.members) {
                     const auto row = member.table.rows().find(application + ":" + name);
                     if (row == member.table.rows().end()) {
                       continue;
                     }
                     const cluster::ProcessFact& fact = row->second;
                     const supervision::DescribedProcess described{name,
                                                                   fact.state,
                                                                   fact.start_us / 1'000'000,
                                                                   fact.stop_us / 1'000'000,
                                                                   ports.agent.wall().seconds(),
                                                                   fact.pid,
                                                                   fact.spawn_error};
                     copies.push_back(wire::Struct{{"node", member.nick},
                                                   {"identifier", member.identifier},
                                                   {"statename", supervision::name_of(fact.state)},
                                                   {"pid", fact.pid},
                                                   {"start", fact.start_us / 1'000'000},
                                                   {"description", supervision::describe(described, offset)},
                                                   {"ending", fact.ending},
                                                   {"last_words", fact.last_words},
                                                   {"failure", failure_of(fact)}});
                   }
                   rows.push_back(wire::Struct{
                       {"application", application},
                       {"process", name},
                       {"statename", state_name_of(status.state)},
                       {"identifiers", wire::Array(status.running_on.begin(), status.running_on.end())},
                       {"reason", status.reason},
                       {"copies", std::move(copies)}});
                 }
               }
               done(wire::Value(std::move(rows)));
             }});
}

}  // namespace

void add_holdfast_methods(MethodTable& table, Ports& ports) {
  add_history(table, ports);
  add_process_log_method(table, ports);
  add_daemon(table, ports);
  if (ports.cluster != nullptr) {
    add_cluster(table, ports);
  }
}

}  // namespace holdfast::api
