// application_state.hpp: the states of an application with the codes and names that Supvisors gives them (contract
// supvisors.md 3.6). Vocabulary of all layers; which one it is, rules/application_state decides.
#pragma once

#include <string_view>

#include "base/enumeration.hpp"

namespace holdfast {

enum class ApplicationState { stopped = 0, starting = 1, running = 2, stopping = 3, deleted = 4 };

constexpr std::string_view name_of(ApplicationState state) {
  switch (state) {
    case ApplicationState::stopped:
      return "STOPPED";
    case ApplicationState::starting:
      return "STARTING";
    case ApplicationState::running:
      return "RUNNING";
    case ApplicationState::stopping:
      return "STOPPING";
    case ApplicationState::deleted:
      return "DELETED";
  }
  return {};
}

}  // namespace holdfast
