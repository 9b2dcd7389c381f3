// Methods of holdfast.* about the cluster: its nodes and processes as one list, fences, the cluster key.
#include <utility>

#include "api/cluster_values.hpp"
#include "api/fault.hpp"
#include "api/methods/holdfast_rows.hpp"
#include "api/methods/operations.hpp"
#include "api/node_notes.hpp"
#include "supervision/ending.hpp"
#include "supervision/process_info.hpp"

namespace holdfast::api {
namespace {

/// Empty when it is not fenced.
wire::Value fence_value(const cluster::MemberView& member) {
  if (!member.fence) {
    return wire::Struct{};
  }
  return wire::Struct{
      {"by", member.fence->by}, {"at", WallTime{member.fence->at_us}.seconds()}, {"reason", member.fence->reason}};
}

wire::Value member_value(const Ports& ports, const cluster::MemberView& member) {
  const ClusterPort& port = *ports.cluster;
  const Instant now = ports.agent.now();
  const cluster::View& view = port.node().view();
  const std::vector<std::string> mates = on_same_machine(view, member);
  const std::int64_t age_ms = member.local || !member.heard_at ? 0 : (now - *member.heard_at).count() / 1'000'000;
  std::int64_t running = 0;
  for (const auto& [namespec, fact] : member.table.rows()) {
    running += is_running(fact.state) ? 1 : 0;
  }
  return wire::Struct{{"identifier", member.identifier},
                      {"nick", member.nick},
                      {"state", name_of(member.state)},
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
                      {"cluster_state", cluster::name_of(member.cluster_state)},
                      {"fence", fence_value(member)},
                      {"on_same_machine", wire::Array(mates.begin(), mates.end())},
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

/// Empty when nothing is wrong with it.
std::string failure_of(const cluster::ProcessFact& fact) {
  return fact.spawn_error.empty() ? std::string()
                                  : supervision::failure_text(fact.spawn_error, fact.ending, fact.last_words);
}

void unfence(const MethodCall& call) {
  cluster::OperatorRequest request;
  request.action = cluster::Action::unfence;
  request.target = call.arguments.string(0);
  call.arguments.failed() ? call.done(call.arguments.problem()) : submit(call, std::move(request), AnswerWhen::ended);
}

void reload_keys(const MethodCall& call) {
  const Result<int> keys = call.ports.cluster->reload_keys();
  call.ports.history.record(call.caller, "", "reload keys", keys ? "done" : keys.error().message);
  call.done(keys ? MethodResult(wire::Value(keys.value()))
                 : MethodResult(make_fault(Fault::failed, keys.error().message)));
}

void get_cluster(const MethodCall& call) {
  const cluster::View& view = call.ports.cluster->node().view();
  wire::Array nodes;
  for (const cluster::MemberView& member : view.members) {
    nodes.push_back(member_value(call.ports, member));
  }
  wire::Array warnings;
  for (std::string& warning : call.ports.agent.warnings()) {
    warnings.emplace_back(std::move(warning));
  }
  call.done(wire::Value(wire::Struct{{"name", call.ports.cluster->name()},
                                     {"state", cluster::name_of(view.state())},
                                     {"master", view.master.value_or("")},
                                     {"epoch", static_cast<std::int64_t>(view.term().epoch)},
                                     {"degraded", view.degraded},
                                     {"nodes", std::move(nodes)},
                                     {"warnings", std::move(warnings)},
                                     {"counters", counters_value(*call.ports.cluster)}}));
}

/// A process as one node has it.
wire::Value copy_value(const Ports& ports, const cluster::MemberView& member, const cluster::ProcessFact& fact) {
  const auto offset = [&ports](std::int64_t at) { return ports.agent.utc_offset_s(at); };
  const supervision::DescribedProcess described{
      fact.id.name, fact.state,      fact.start_us / 1'000'000, fact.stop_us / 1'000'000, ports.agent.wall().seconds(),
      fact.pid,     fact.spawn_error};
  return wire::Struct{{"node", member.nick},
                      {"identifier", member.identifier},
                      {"statename", name_of(fact.state)},
                      {"pid", fact.pid},
                      {"start", fact.start_us / 1'000'000},
                      {"description", supervision::describe(described, offset)},
                      {"ending", fact.ending},
                      {"last_words", fact.last_words},
                      {"failure", failure_of(fact)}};
}

void get_cluster_processes(const MethodCall& call) {
  const cluster::View& view = call.ports.cluster->node().view();
  wire::Array rows;
  for (const auto& [application, processes] : view.cluster.applications) {
    for (const auto& [name, process] : processes) {
      const rules::ProcessStatus status = rules::process_status(process);
      wire::Array copies;
      for (const cluster::MemberView& member : view.members) {
        const auto row = member.table.rows().find(full_namespec({application, name}));
        if (row != member.table.rows().end()) {
          copies.push_back(copy_value(call.ports, member, row->second));
        }
      }
      rows.push_back(wire::Struct{{"application", application},
                                  {"process", name},
                                  {"statename", name_of(process_state_of(status.state))},
                                  {"identifiers", wire::Array(status.running_on.begin(), status.running_on.end())},
                                  {"reason", status.reason},
                                  {"copies", std::move(copies)}});
    }
  }
  call.done(wire::Value(std::move(rows)));
}

}  // namespace

std::vector<MethodRow> holdfast_cluster_rows() {
  return {
      {.name = "unfence",
       .result = "boolean",
       .parameters = {{"node", "string"}},
       .help = "A node that auto_fence keeps out since it was lost counts again, for every node; * means all such.",
       .states = cluster::state_gates_of(cluster::Action::unfence).request,
       .body = unfence},
      {.name = "reloadKeys",
       .result = "int",
       .help = "Reads [cluster] key_file anew; the number of keys that are valid. No connection between nodes ends.",
       .body = reload_keys},
      {.name = "getCluster",
       .result = "struct",
       .help = "The cluster as this node sees it: state, Master, epoch, nodes with the age of their last word, "
               "counters, and what this node warns of.",
       .reads_only = true,
       .body = get_cluster},
      {.name = "getClusterProcesses",
       .result = "array",
       .help = "Every process of the cluster: its state, where it runs, and each node's copy.",
       .reads_only = true,
       .body = get_cluster_processes},
  };
}

}  // namespace holdfast::api
