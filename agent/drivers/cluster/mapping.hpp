// mapping.hpp: the settings and the supervision's words in those of the cluster's core: what a node is
// told at its start, and what it says of each process. Pure functions; used by ClusterDriver, which adds what only the
// running agent knows (identity, key, sockets).
#pragma once

#include <string>
#include <vector>

#include "cluster/node_options.hpp"
#include "cluster/process_fact.hpp"
#include "config/node_identity.hpp"
#include "config/settings.hpp"
#include "supervision/effect.hpp"
#include "supervision/process.hpp"

namespace holdfast {

/// Everything of `settings.cluster` (which is set) that the core needs, and the roster. Identity, machine, detection
/// and rules are the caller's to fill.
cluster::NodeOptions node_options_of(const config::Settings& settings, const config::LocalNode& nodes);

/// What should be the same on every node (contract supvisors.md CFG-X5), and the rules and the version besides: said in
/// HELLO and compared there.
cluster::NamedValues common_values_of(const config::ClusterSettings& settings, const std::string& rules_hash);

/// One row of this node's table: what all nodes show of a process (contract supvisors.md 5.2), as it is now.
cluster::ProcessFact fact_of(const supervision::Process& process, bool disabled);
/// As it was at a change of its: the process may be further already.
cluster::ProcessFact fact_of(const supervision::Process& process, const supervision::StateChanged& change, bool disabled);

}  // namespace holdfast
