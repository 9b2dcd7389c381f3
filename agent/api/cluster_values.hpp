// cluster_values.hpp: the cluster's view as wire::Value, the form in which the API answers: the structs of contract
// supvisors.md 5.2 (SM, II, AI, PI, AR, PR) and the process events of 7.5, with the reference's member names. Pure
// functions; used by the bodies of methods, by the read models of pages, and by the event feed.
#pragma once

#include <string>

#include "api/ports.hpp"
#include "rules/application_state.hpp"

namespace holdfast::api {

wire::Value state_modes_value(const cluster::View& view, const cluster::MemberView& member, Instant now);
/// The answer of get_supvisors_state: this node's own, with the jobs of all.
wire::Value supvisors_state_value(const cluster::View& view, Instant now);
wire::Value instance_value(const cluster::View& view, const cluster::MemberView& member, const rules::Matcher& matcher,
                           Instant now, WallTime wall);
wire::Value application_value(const rules::ClusterView& cluster, const rules::Matcher& matcher, const std::string& name,
                              Instant now);
wire::Value process_value(const rules::ClusterView& cluster, const ProcessId& id, Instant now);
/// The same of a process that no node defines any more: state -1, DELETED.
wire::Value deleted_process_value(const ProcessId& id, Instant now);
/// A process event (contract 7.2, 7.5): what has happened to one copy and when, by its node's clocks, and when this
/// node heard of it (`event_mtime`, this node's clock).
wire::Value process_event_value(const cluster::MemberView& member, const cluster::ProcessFact& fact,
                                const rules::CopyView& copy, Instant now, WallTime wall);
/// That the Master shows another state than the real one (contract PRC-5): of no node, with the reason as spawnerr.
wire::Value forced_event_value(const ProcessId& id, const rules::ForcedView& forced, Instant now, WallTime wall);
/// That a node no longer defines the process: state -1.
wire::Value removal_event_value(const cluster::MemberView& member, const ProcessId& id, Instant now, WallTime wall);
wire::Value application_rules_value(const rules::Matcher& matcher, const std::string& name);
/// With the instances that `#` and `@` give the process, instead of the signs.
wire::Value process_rules_value(const rules::ClusterView& cluster, const rules::Matcher& matcher, const ProcessId& id);

/// Declared load of what runs on a member, percent.
int load_of(const cluster::View& view, const rules::Matcher& matcher, const std::string& identifier);

/// Supervisor's state of a copy.
ProcessState process_state_of(ProcessState state);

}  // namespace holdfast::api
