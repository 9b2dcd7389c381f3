// inner_methods.hpp: the methods of supvisors.* that show what one node says of itself, before anything is made of it for the
// cluster: its processes as it reports them (LP, IP of contract supvisors.md 5.2), its network, its statistics
// (statistics_methods). May be called in every state. Called once at start by add_supvisors_methods.
#pragma once

#include "api/methods/method_table.hpp"
#include "api/ports.hpp"

namespace holdfast::api {

void add_inner_methods(MethodTable& table, Ports& ports);

/// LP: what this row says. `now` and `now_monotonic` are those of its node, as well as they are known here.
wire::Value local_process_value(const cluster::MemberView& member, const cluster::ProcessFact& fact, Instant now,
                                WallTime wall);
/// IP: the same with what this node knows of it.
wire::Value inner_process_value(const cluster::View& view, const cluster::MemberView& member,
                                const cluster::ProcessFact& fact, Instant now, WallTime wall);

}  // namespace holdfast::api
