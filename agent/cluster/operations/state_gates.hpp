// state_gates.hpp: in which states of the cluster what is asked for may happen (contract supvisors.md 5: OP, OP/CO, CO,
// DIST+), keyed by the action. The methods of supvisors.* ask it about a call, the Master about what it is to plan.
// Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "cluster/codec/cluster_state.hpp"
#include "cluster/codec/message.hpp"

namespace holdfast::cluster {

/// Some of the states of the cluster.
class StateSet {
 public:
  constexpr StateSet(std::initializer_list<ClusterState> states) {
    for (const ClusterState state : states) {
      bits_ |= bit_of(state);
    }
  }
  [[nodiscard]] constexpr bool contains(ClusterState state) const { return (bits_ & bit_of(state)) != 0; }
  /// Their names, in the order of their codes.
  [[nodiscard]] std::vector<std::string> names() const;
  friend constexpr bool operator==(StateSet, StateSet) = default;

 private:
  static constexpr std::uint32_t bit_of(ClusterState state) { return 1U << static_cast<unsigned>(code_of(state)); }
  std::uint32_t bits_ = 0;
};

inline constexpr StateSet kAnyState{
    ClusterState::off,          ClusterState::synchronization, ClusterState::election,
    ClusterState::distribution, ClusterState::operation,       ClusterState::conciliation,
    ClusterState::restarting,   ClusterState::shutting_down,   ClusterState::final_state};
/// The wait for other nodes is over and a Master is there.
inline constexpr StateSet kStatesFromDistribution{ClusterState::distribution, ClusterState::operation,
                                                  ClusterState::conciliation, ClusterState::restarting,
                                                  ClusterState::shutting_down};

/// What is asked for passes two gates, each by what its node sees at that moment: the node that takes the request in,
/// and the one that carries it out.
struct StateGates {
  StateSet request;
  StateSet plan;
};

constexpr StateGates state_gates_of(Action action) {
  switch (action) {
    case Action::start_process:
    case Action::start_any_process:
    case Action::restart_process:
    case Action::start_application:
    case Action::restart_application:
    case Action::restart_sequence:
    case Action::signal_process:
      return {{ClusterState::operation}, {ClusterState::operation}};
    case Action::stop_process:
    case Action::stop_application:
      return {{ClusterState::operation, ClusterState::conciliation},
              {ClusterState::operation, ClusterState::conciliation}};
    case Action::conciliate:
      return {{ClusterState::conciliation}, {ClusterState::conciliation}};
    case Action::restart_cluster:
    case Action::shutdown_cluster:  // not twice
      return {kStatesFromDistribution,
              {ClusterState::distribution, ClusterState::operation, ClusterState::conciliation}};
    case Action::end_sync:
      return {kAnyState, {ClusterState::synchronization}};
    case Action::unfence:
      return {kAnyState, kAnyState};
  }
  return {{}, {}};
}

/// Why it may not happen in `state`, in Supvisors' words.
std::string closed_gate_text(ClusterState state, StateSet expected);

}  // namespace holdfast::cluster
