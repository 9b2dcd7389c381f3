// process_state.hpp: Supervisor's process and daemon states with their codes (contract supervisor.md 2.1).
// Vocabulary only; shared with cluster, api and dashboard. Decides nothing.
#pragma once

#include <optional>
#include <string_view>

namespace holdfast::supervision {

enum class ProcessState {
  stopped = 0,
  starting = 10,
  running = 20,
  backoff = 30,
  stopping = 40,
  exited = 100,
  fatal = 200,
  unknown = 1000,
};

enum class DaemonState { fatal = 2, running = 1, restarting = 0, shutdown = -1 };

constexpr int code_of(ProcessState state) {
  return static_cast<int>(state);
}
constexpr int code_of(DaemonState state) {
  return static_cast<int>(state);
}

constexpr std::string_view name_of(ProcessState state) {
  switch (state) {
    case ProcessState::stopped:
      return "STOPPED";
    case ProcessState::starting:
      return "STARTING";
    case ProcessState::running:
      return "RUNNING";
    case ProcessState::backoff:
      return "BACKOFF";
    case ProcessState::stopping:
      return "STOPPING";
    case ProcessState::exited:
      return "EXITED";
    case ProcessState::fatal:
      return "FATAL";
    case ProcessState::unknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

/// The state with this code, or nullopt (a peer's frame or an old blob may carry anything).
constexpr std::optional<ProcessState> state_of(int code) {
  for (const ProcessState state :
       {ProcessState::stopped, ProcessState::starting, ProcessState::running, ProcessState::backoff,
        ProcessState::stopping, ProcessState::exited, ProcessState::fatal, ProcessState::unknown}) {
    if (code_of(state) == code) {
      return state;
    }
  }
  return std::nullopt;
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

/// The classes of contract 2.1.
constexpr bool is_stopped(ProcessState s) {
  return s == ProcessState::stopped || s == ProcessState::exited || s == ProcessState::fatal ||
         s == ProcessState::unknown;
}
constexpr bool is_running(ProcessState s) {
  return s == ProcessState::starting || s == ProcessState::running || s == ProcessState::backoff;
}
constexpr bool is_signallable(ProcessState s) {
  return s == ProcessState::starting || s == ProcessState::running || s == ProcessState::stopping;
}

}  // namespace holdfast::supervision
