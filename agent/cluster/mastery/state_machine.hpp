// state_machine.hpp: the cluster's state machine as Supvisors names it (contract supvisors.md 3.3) and the
// conditions that end the wait for other nodes at start. Pure functions; the node (node.hpp) decides when to
// ask them. Two transitions that Supvisors rejects and so gets stuck (FSM-B1, FSM-B2) are allowed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/instant.hpp"
#include "cluster/codec/cluster_state.hpp"
#include "cluster/node_options.hpp"

namespace holdfast::cluster {

bool transition_allowed(ClusterState from, ClusterState to);

struct SynchronisationFacts {
  std::size_t listed = 0;   // nodes in the list, myself included
  std::size_t present = 0;  // of these, those that everybody present agrees are here
  std::size_t core_listed = 0;
  std::size_t core_present = 0;
  Duration waited{};
  std::size_t met = 0;       // known beside the list, by discovery; addresses that have not answered yet count too
  std::size_t met_here = 0;  // of these, those that are here
  bool settled = true;       // nobody new has come for a while: who is known is who there is
};

/// Why the wait is over, in words for the history, or nullopt while it goes on.
std::optional<std::string> synchronisation_ended(const Synchronisation& wanted, const SynchronisationFacts& facts);

/// Why the wait's condition no longer holds, or nullopt (contract 3.3, failure re-check): the first that is selected of
/// USER, CORE, STRICT, LIST, majority decides. USER fails when somebody `was_lost`, nodes that are listed and not there
/// the others. `facts.present` counts who is not given up.
std::optional<std::string> synchronisation_failed(const Synchronisation& wanted, const SynchronisationFacts& facts,
                                                  bool was_lost);

/// One of the selected STRICT, LIST, CORE, majority conditions is false (contract 3.3 degraded_mode).
bool is_degraded(const Synchronisation& wanted, const SynchronisationFacts& facts);

}  // namespace holdfast::cluster
