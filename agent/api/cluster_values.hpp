// cluster_values.hpp: the structs of contract supvisors.md 5.2 (SM, II, AI, PI, AR, PR) made from the
// cluster's read model, with the reference's member names. Pure functions; used by the method bodies.
#pragma once

#include <string>

#include "api/ports.hpp"
#include "rules/application_state.hpp"

namespace holdfast::api {

wire::Value state_modes_value(const cluster::View& view, const cluster::MemberView& member, Instant now);
/// The answer of get_supvisors_state: this node's own, with the jobs of all.
wire::Value supvisors_state_value(const cluster::View& view, Instant now);
wire::Value instance_value(const cluster::View& view, const cluster::MemberView& member,
                           const rules::Matcher& matcher, Instant now, WallTime wall);
wire::Value application_value(const cluster::View& view, const rules::Matcher& matcher,
                              const std::string& name, Instant now);
wire::Value process_value(const cluster::View& view, const rules::ProcessId& id, Instant now);
wire::Value application_rules_value(const rules::Matcher& matcher, const std::string& name);
wire::Value process_rules_value(const rules::Matcher& matcher, const rules::ProcessId& id);

/// Declared load of what runs on a member, percent.
int load_of(const cluster::View& view, const rules::Matcher& matcher, const std::string& identifier);

/// Supervisor's state name of a copy.
std::string state_name_of(rules::CopyState state);

}  // namespace holdfast::api
