// process_state.hpp: Supervisor's process states with their codes and names, and the classes that they fall into
// (contract supervisor.md 2.1). Vocabulary of all layers. Decides nothing.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace holdfast {

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

inline constexpr std::array kProcessStates{ProcessState::stopped, ProcessState::starting, ProcessState::running,
                                           ProcessState::backoff, ProcessState::stopping, ProcessState::exited,
                                           ProcessState::fatal,   ProcessState::unknown};

constexpr int code_of(ProcessState state) {
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
  for (const ProcessState state : kProcessStates) {
    if (code_of(state) == code) {
      return state;
    }
  }
  return std::nullopt;
}

/// The state with exactly this name; nullopt when there is none.
constexpr std::optional<ProcessState> process_state_named(std::string_view name) {
  for (const ProcessState state : kProcessStates) {
    if (name_of(state) == name) {
      return state;
    }
  }
  return std::nullopt;
}

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

}  // namespace holdfast
