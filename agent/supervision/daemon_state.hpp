// daemon_state.hpp: the states of the daemon with their codes and names (contract supervisor.md 2.1). Vocabulary only.
#pragma once

#include <string_view>

namespace holdfast::supervision {

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
