// mapping.hpp: the supervision's words in those of the cluster's core: what a node says of each of its processes. Pure
// functions; used by ClusterDriver.
#pragma once

#include "cluster/codec/process_fact.hpp"
#include "supervision/effect.hpp"
#include "supervision/process.hpp"

namespace holdfast {

/// One row of this node's table: what all nodes show of a process (contract supvisors.md 5.2), as it is now.
cluster::ProcessFact fact_of(const supervision::Process& process, bool disabled);
/// As it was at a change of its: the process may be further already.
cluster::ProcessFact fact_of(const supervision::Process& process, const supervision::StateChanged& change,
                             bool disabled);

}  // namespace holdfast
