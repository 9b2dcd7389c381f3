// event.hpp: Supervisor's event types and the exact text of their payloads (contract supervisor.md 5.1, 5.3).
// Pure functions from facts to text; who receives an event is not decided here. Used by the state machines,
// the log path and the API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/enumeration.hpp"
#include "base/process_id.hpp"
#include "base/process_state.hpp"

namespace holdfast::supervision {

/// The concrete types. Abstract ones exist for subscribers only: a type is below `X` when its name begins
/// with X + "_".
enum class EventType {
  process_state_stopped,
  process_state_starting,
  process_state_running,
  process_state_backoff,
  process_state_stopping,
  process_state_exited,
  process_state_fatal,
  process_state_unknown,
  process_communication_stdout,
  process_communication_stderr,
  process_log_stdout,
  process_log_stderr,
  remote_communication,
  supervisor_state_change_running,
  supervisor_state_change_stopping,
  tick_5,
  tick_60,
  tick_3600,
  process_group_added,
  process_group_removed,
  process_enabled,  // Supvisors' (contract supvisors.md CFG-E7)
  process_disabled,
  process_added,
  process_removed,
};

enum class Channel { out, err };
constexpr std::string_view name_of(Channel channel) {
  return channel == Channel::out ? "stdout" : "stderr";
}

/// `PROCESS_STATE_STARTING` and so on: what a listener's header line says.
constexpr std::string_view name_of(EventType type) {
  switch (type) {
    case EventType::process_state_stopped:
      return "PROCESS_STATE_STOPPED";
    case EventType::process_state_starting:
      return "PROCESS_STATE_STARTING";
    case EventType::process_state_running:
      return "PROCESS_STATE_RUNNING";
    case EventType::process_state_backoff:
      return "PROCESS_STATE_BACKOFF";
    case EventType::process_state_stopping:
      return "PROCESS_STATE_STOPPING";
    case EventType::process_state_exited:
      return "PROCESS_STATE_EXITED";
    case EventType::process_state_fatal:
      return "PROCESS_STATE_FATAL";
    case EventType::process_state_unknown:
      return "PROCESS_STATE_UNKNOWN";
    case EventType::process_communication_stdout:
      return "PROCESS_COMMUNICATION_STDOUT";
    case EventType::process_communication_stderr:
      return "PROCESS_COMMUNICATION_STDERR";
    case EventType::process_log_stdout:
      return "PROCESS_LOG_STDOUT";
    case EventType::process_log_stderr:
      return "PROCESS_LOG_STDERR";
    case EventType::remote_communication:
      return "REMOTE_COMMUNICATION";
    case EventType::supervisor_state_change_running:
      return "SUPERVISOR_STATE_CHANGE_RUNNING";
    case EventType::supervisor_state_change_stopping:
      return "SUPERVISOR_STATE_CHANGE_STOPPING";
    case EventType::tick_5:
      return "TICK_5";
    case EventType::tick_60:
      return "TICK_60";
    case EventType::tick_3600:
      return "TICK_3600";
    case EventType::process_group_added:
      return "PROCESS_GROUP_ADDED";
    case EventType::process_group_removed:
      return "PROCESS_GROUP_REMOVED";
    case EventType::process_enabled:
      return "PROCESS_ENABLED";
    case EventType::process_disabled:
      return "PROCESS_DISABLED";
    case EventType::process_added:
      return "PROCESS_ADDED";
    case EventType::process_removed:
      return "PROCESS_REMOVED";
  }
  return {};
}

/// The event of entering `state`.
EventType event_of(ProcessState state);

/// What the payload of a PROCESS_STATE event is made from; each type uses its part.
struct StateEventFacts {
  ProcessState from = ProcessState::stopped;
  ProcessState to = ProcessState::stopped;
  int tries = 0;         // STARTING, BACKOFF
  std::int64_t pid = 0;  // RUNNING, STOPPING, STOPPED, EXITED
  bool expected = true;  // EXITED
};

std::string state_payload(const ProcessId& key, const StateEventFacts& facts);
std::string group_payload(std::string_view group);
/// Of PROCESS_ENABLED, PROCESS_DISABLED, PROCESS_ADDED and PROCESS_REMOVED.
std::string key_payload(const ProcessId& key);
std::string log_payload(const ProcessId& key, std::int64_t pid, Channel channel, std::string_view data);
std::string communication_payload(const ProcessId& key, std::int64_t pid, std::string_view data);
std::string remote_payload(std::string_view type, std::string_view data);
std::string tick_payload(std::int64_t when);

/// `data` as a listener gets it: unchanged when it is UTF-8, else `Undecodable: b'…'` with Python's escapes.
std::string readable_data(std::string_view data);

}  // namespace holdfast::supervision
