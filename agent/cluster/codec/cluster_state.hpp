// cluster_state.hpp: the states of the cluster as Supvisors numbers and names them (contract supvisors.md 3.3). Which
// may follow which is state_machine.hpp's to say. Plain values.
#pragma once

#include <cstdint>
#include <string_view>

namespace holdfast::cluster {

enum class ClusterState : std::uint8_t {
  off = 0,
  synchronization = 1,
  election = 2,
  distribution = 3,
  operation = 4,
  conciliation = 5,
  restarting = 6,
  shutting_down = 7,
  final_state = 8,
};

constexpr int code_of(ClusterState state) {
  return static_cast<int>(state);
}
constexpr std::string_view name_of(ClusterState state) {
  switch (state) {
    case ClusterState::off:
      return "OFF";
    case ClusterState::synchronization:
      return "SYNCHRONIZATION";
    case ClusterState::election:
      return "ELECTION";
    case ClusterState::distribution:
      return "DISTRIBUTION";
    case ClusterState::operation:
      return "OPERATION";
    case ClusterState::conciliation:
      return "CONCILIATION";
    case ClusterState::restarting:
      return "RESTARTING";
    case ClusterState::shutting_down:
      return "SHUTTING_DOWN";
    case ClusterState::final_state:
      return "FINAL";
  }
  return {};
}

}  // namespace holdfast::cluster
