// Methods of supvisors.* that only tell: of the cluster and its nodes, of applications, of processes.
#include <algorithm>
#include <utility>

#include "api/cluster_values.hpp"
#include "api/methods/supvisors_methods.hpp"
#include "api/methods/supvisors_rows.hpp"
#include "base/process_id.hpp"

namespace holdfast::api {
namespace {

// ---- the cluster ----

wire::Value modes_of(const MethodCall& call, const cluster::MemberView& member) {
  return state_modes_value(view_of(call), member, call.ports.agent.now());
}

wire::Value info_of(const MethodCall& call, const cluster::MemberView& member) {
  return instance_value(view_of(call), member, matcher_of(call), call.ports.agent.now(), call.ports.agent.wall());
}

using MemberValue = wire::Value (*)(const MethodCall&, const cluster::MemberView&);

/// Every node of the list, in the order of identifiers.
template <MemberValue ValueOf>
void get_each_member(const MethodCall& call) {
  std::vector<const cluster::MemberView*> members;
  for (const cluster::MemberView& member : view_of(call).members) {
    members.push_back(&member);
  }
  std::ranges::sort(members, {}, [](const auto* member) { return member->identifier; });
  wire::Array values;
  for (const cluster::MemberView* member : members) {
    values.push_back(ValueOf(call, *member));
  }
  call.done(wire::Value(std::move(values)));
}

/// The nodes that argument 0 names.
template <MemberValue ValueOf>
void get_member(const MethodCall& call) {
  const std::string name = call.arguments.string(0);
  wire::Array values;
  if (!call.arguments.failed()) {
    for (const cluster::MemberView* member : view_of(call).named(name)) {
      values.push_back(ValueOf(call, *member));
    }
  }
  if (values.empty()) {
    return call.done(unknown_identifier(name));
  }
  call.done(wire::Value(std::move(values)));
}

void get_supvisors_version(const MethodCall& call) {
  call.done(wire::Value(kSupvisorsVersion));
}

void get_supvisors_state(const MethodCall& call) {
  call.done(supvisors_state_value(view_of(call), call.ports.agent.now()));
}

void get_master_identifier(const MethodCall& call) {
  const cluster::View& view = view_of(call);
  const cluster::MemberView* master = view.master ? view.find(*view.master) : nullptr;
  if (master == nullptr) {
    return call.done(wire::Value(wire::Struct{}));
  }
  call.done(wire::Value(wire::Struct{{"identifier", master->identifier}, {"nick_identifier", master->nick}}));
}

void get_strategies(const MethodCall& call) {
  const rules::EngineOptions& options = call.ports.cluster->node().engine().options();
  const auto& cluster = *call.ports.agent.settings().cluster;
  call.done(wire::Value(wire::Struct{{"auto-fencing", cluster.auto_fence},
                                     {"starting", holdfast::name_of(options.starting_strategy)},
                                     {"conciliation", holdfast::name_of(options.conciliation_strategy)},
                                     {"supvisors_failure", holdfast::name_of(cluster.failure_strategy)}}));
}

// ---- applications ----

void get_all_applications_info(const MethodCall& call) {
  wire::Array values;
  for (const auto& [name, processes] : view_of(call).cluster.applications) {
    values.push_back(application_value(view_of(call).cluster, matcher_of(call), name, call.ports.agent.now()));
  }
  call.done(wire::Value(std::move(values)));
}

void get_application_info(const MethodCall& call) {
  with_application(call, 0, [&](const std::string& name) {
    call.done(application_value(view_of(call).cluster, matcher_of(call), name, call.ports.agent.now()));
  });
}

void get_application_rules(const MethodCall& call) {
  with_application(call, 0,
                   [&](const std::string& name) { call.done(application_rules_value(matcher_of(call), name)); });
}

// ---- processes ----

wire::Value status_of(const MethodCall& call, const ProcessId& id) {
  return process_value(view_of(call).cluster, id, call.ports.agent.now());
}

wire::Value rules_of(const MethodCall& call, const ProcessId& id) {
  return process_rules_value(view_of(call).cluster, matcher_of(call), id);
}

/// The processes that argument 0 names.
template <wire::Value (*ValueOf)(const MethodCall&, const ProcessId&)>
void get_processes(const MethodCall& call) {
  const std::string namespec = call.arguments.string(0);
  const std::vector<ProcessId> ids = processes_of(call, namespec);
  if (ids.empty()) {
    return call.done(unknown_namespec(call, namespec));
  }
  wire::Array values;
  for (const ProcessId& id : ids) {
    values.push_back(ValueOf(call, id));
  }
  call.done(wire::Value(std::move(values)));
}

void get_all_processes(const MethodCall& call) {
  wire::Array values;
  for (const auto& [application, processes] : view_of(call).cluster.applications) {
    for (const auto& [name, process] : processes) {
      values.push_back(status_of(call, {application, name}));
    }
  }
  call.done(wire::Value(std::move(values)));
}

void get_conflicts(const MethodCall& call) {
  wire::Array values;
  for (const ProcessId& id : view_of(call).conflicts) {
    values.push_back(status_of(call, id));
  }
  call.done(wire::Value(std::move(values)));
}

}  // namespace

std::vector<ProcessId> processes_of(const MethodCall& call, const std::string& namespec) {
  const Namespec spec = split_namespec(namespec);
  std::vector<ProcessId> ids;
  const auto& applications = view_of(call).cluster.applications;
  const auto application = applications.find(spec.group);
  if (application != applications.end()) {
    for (const auto& [name, process] : application->second) {
      if (!spec.process || *spec.process == name) {
        ids.push_back({spec.group, name});
      }
    }
  }
  return ids;
}

std::vector<MethodRow> supvisors_cluster_rows() {
  return {
      {.name = "get_api_version",
       .result = "string",
       .help = "The version of this interface.",
       .reads_only = true,
       .body = get_supvisors_version},
      {.name = "get_supvisors_state",
       .result = "struct",
       .help = "The state of the cluster as this node sees it.",
       .reads_only = true,
       .body = get_supvisors_state},
      {.name = "get_all_instances_state_modes",
       .result = "array",
       .help = "The state that each node says it is in.",
       .reads_only = true,
       .body = get_each_member<modes_of>},
      {.name = "get_instance_state_modes",
       .result = "array",
       .parameters = {{"identifier", "string"}},
       .help = "The state that a node says it is in.",
       .reads_only = true,
       .body = get_member<modes_of>},
      {.name = "get_master_identifier",
       .result = "struct",
       .help = "The Master, or an empty struct.",
       .reads_only = true,
       .body = get_master_identifier},
      {.name = "get_strategies",
       .result = "struct",
       .help = "The strategies in force.",
       .reads_only = true,
       .body = get_strategies},
      {.name = "get_all_instances_info",
       .result = "array",
       .help = "Every node of the list.",
       .reads_only = true,
       .body = get_each_member<info_of>},
      {.name = "get_instance_info",
       .result = "array",
       .parameters = {{"identifier", "string"}},
       .help = "One node of the list.",
       .reads_only = true,
       .body = get_member<info_of>},
  };
}

std::vector<MethodRow> supvisors_application_rows() {
  const MethodParameter name{"application_name", "string"};
  return {
      {.name = "get_all_applications_info",
       .result = "array",
       .help = "The state of every application.",
       .reads_only = true,
       .states = cluster::kStatesFromDistribution,
       .body = get_all_applications_info},
      {.name = "get_application_info",
       .result = "struct",
       .parameters = {name},
       .help = "The state of an application.",
       .reads_only = true,
       .states = cluster::kStatesFromDistribution,
       .body = get_application_info},
      {.name = "get_application_rules",
       .result = "struct",
       .parameters = {name},
       .help = "The rules of an application.",
       .reads_only = true,
       .states = cluster::kStatesFromDistribution,
       .body = get_application_rules},
  };
}

std::vector<MethodRow> supvisors_process_rows() {
  const MethodParameter name{"namespec", "string"};
  return {
      {.name = "get_all_process_info",
       .result = "array",
       .help = "Every process of the cluster.",
       .reads_only = true,
       .states = cluster::kStatesFromDistribution,
       .body = get_all_processes},
      {.name = "get_process_info",
       .result = "array",
       .parameters = {name},
       .help = "A process, or with group:* those of its application.",
       .reads_only = true,
       .states = cluster::kStatesFromDistribution,
       .body = get_processes<status_of>},
      {.name = "get_process_rules",
       .result = "array",
       .parameters = {name},
       .help = "The rules of a process.",
       .reads_only = true,
       .states = cluster::kStatesFromDistribution,
       .body = get_processes<rules_of>},
      {.name = "get_conflicts",
       .result = "array",
       .help = "The managed processes that run more than once.",
       .reads_only = true,
       .states = cluster::kStatesFromDistribution,
       .body = get_conflicts},
  };
}

}  // namespace holdfast::api
