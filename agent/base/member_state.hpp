// member_state.hpp: the states of a node of the cluster: Supvisors' (contract supvisors.md 3.1; its CHECKED is a step
// of its own only there), and two of ours: AWAY (silent, but its port accepts) and INCOMPATIBLE (its protocol is
// another one). Vocabulary of all layers; which one it is, the cluster decides, and how Supvisors' clients see it
// (cluster/view.hpp).
#pragma once

#include <string_view>

#include "base/enumeration.hpp"

namespace holdfast {

enum class MemberState { stopped, checking, running, failed, isolated, away, incompatible };

constexpr std::string_view name_of(MemberState state) {
  switch (state) {
    case MemberState::stopped:
      return "STOPPED";
    case MemberState::checking:
      return "CHECKING";
    case MemberState::running:
      return "RUNNING";
    case MemberState::failed:
      return "FAILED";
    case MemberState::isolated:
      return "ISOLATED";
    case MemberState::away:
      return "AWAY";
    case MemberState::incompatible:
      return "INCOMPATIBLE";
  }
  return {};
}

}  // namespace holdfast
