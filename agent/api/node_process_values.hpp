// node_process_values.hpp: a process as wire::Value, the form in which the API answers, as its own node reports it,
// before anything is made of it for the cluster: the structs LP and IP of contract supvisors.md 5.2, with the
// reference's member names. Pure functions; used by the methods that show them and by the event feed.
#pragma once

#include "api/ports.hpp"
#include "supervision/process_info.hpp"

namespace holdfast::api {

/// LP: what this row says. `now` and `now_monotonic` are those of its node, as well as they are known here.
wire::Value local_process_value(const cluster::MemberView& member, const cluster::ProcessFact& fact, Instant now,
                                WallTime wall, const supervision::UtcOffset& utc_offset);
/// IP: the same with what this node knows of it, as of its last event.
wire::Value inner_process_value(const cluster::View& view, const cluster::MemberView& member,
                                const cluster::ProcessFact& fact, Instant now, WallTime wall,
                                const supervision::UtcOffset& utc_offset);

}  // namespace holdfast::api
