// process_state.hpp: the states of the daemon with their codes and names (contract supervisor.md 2.1), and those of a
// process (base/process_state.hpp) by the names under which the state machines and their callers use them. Vocabulary
// only.
#pragma once

#include <string_view>

#include "base/process_state.hpp"

namespace holdfast::supervision {

using holdfast::code_of;
using holdfast::is_running;
using holdfast::is_signallable;
using holdfast::is_stopped;
using holdfast::name_of;
using holdfast::ProcessState;
using holdfast::state_of;

enum class DaemonState { fatal = 2, running = 1, restarting = 0, shutdown = -1 };

constexpr int code_of(DaemonState state) {
  return static_cast<int>(state);
}

constexpr std::string_view name_of(DaemonState state) {
  switch (state) {
    case DaemonState::fatal:
      return "FATAL";
    case DaemonState::running:
      return "RUNNING";
    case DaemonState::restarting:
      return "RESTARTING";
    case DaemonState::shutdown:
      return "SHUTDOWN";
  }
  return "FATAL";
}

}  // namespace holdfast::supervision
