// effect.hpp: what the state machines want done. A step fills a list of these; ProgramDriver carries them
// out in order and decides nothing itself. Pointers to settings stay valid until the
// next step. Pure data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/fault.hpp"
#include "base/process_id.hpp"
#include "base/process_state.hpp"
#include "config/settings.hpp"
#include "supervision/event.hpp"
#include "supervision/last_run.hpp"
#include "supervision/request_id.hpp"

namespace holdfast::supervision {

/// Ask the keeper for a child. `blob` goes with the spawn record, so that a child exists only with its blob.
/// Answered by ChildSpawned or SpawnFailed.
struct SpawnChild {
  ProcessId key;
  StartId start_id{};
  const config::ProcessSettings* settings = nullptr;
  std::string blob;
  std::string extra_args;  // behind the command
};

/// Send a signal; the keeper addresses by start id, so a signal never reaches a reused pid. "No such process"
/// is ignored; any other failure comes back as SignalFailed.
struct SignalChild {
  ProcessId key;
  StartId start_id{};
  int signo = 0;
  bool whole_group = false;
};

/// Replace the blob that the keeper holds with this child (alive, or its unacknowledged exit record).
struct SaveBlob {
  ProcessId key;
  StartId start_id{};
  std::string bytes;
};

/// Replace the agent's own blob in the keeper: daemon state, and processes without a record there.
struct SaveAgentBlob {
  std::string bytes;
};

/// The keeper may forget this exit record. A stopped process keeps its last record until its next start or
/// its removal: that is where its state lives through the death of an agent.
struct AcknowledgeExit {
  StartId start_id{};
};

struct LogLine {
  LogLevel level = LogLevel::info;
  std::string text;
};

struct EmitEvent {
  EventType type{};
  std::string payload;
  std::string group;  // PROCESS_GROUP_* only: which one
};

/// Why a process changed its state; kept in the history.
enum class Cause {
  autostart,     // configured to start with the daemon or with its group
  request,       // somebody asked
  autorestart,   // it ended and is to run
  retry,         // a failed start is tried again
  spawned,       // the start succeeded and it stayed up for startsecs
  spawn_failed,  // there is no child
  exited,        // the child ended
  gave_up,       // too many failed starts
  shutdown,      // the daemon stops or restarts
  signal_failed,
  adopted,  // found running (or ended) after a restart of the agent
};
std::string_view name_of(Cause cause);

/// Every change of a process's state, in order: for history, SSE and the cluster layer.
struct StateChanged {
  ProcessId key;
  ProcessState from = ProcessState::stopped;
  ProcessState to = ProcessState::stopped;
  std::int64_t pid = 0;
  LastRun last_run;             // as it is then
  bool awaits_restart = false;  // EXITED, and will be started again by itself
  Cause cause = Cause::request;
  std::uint64_t ordinal = 0;  // of the process inside this Supervisor
};

/// A group (and so its processes) joined the active configuration: make its AUTO logs, answer with
/// LogsAssigned.
struct OpenLogs {
  ProcessId key;
  const config::ProcessSettings* settings = nullptr;
};

/// A child of an earlier agent that is alive: read its pipes again, into these files (empty path = as
/// configured).
struct ReattachChild {
  ProcessId key;
  StartId start_id{};
  std::int64_t pid = 0;
  const config::ProcessSettings* settings = nullptr;
  std::string stdout_path;
  std::string stderr_path;
};

/// SIGUSR2: close and open again the main log and every child log.
struct ReopenLogs {};

/// Which programs are disabled is another set than before: it is to be kept and told.
struct DisabilitiesChanged {};

/// One row of a group's or all's answer (contract 4.5).
struct ProcessResult {
  ProcessId key;
  Fault status = Fault::success;
  std::string description = "OK";
};

/// Group names by what a reread found (contract 6.3).
struct ConfigDiff {
  std::vector<std::string> added;
  std::vector<std::string> changed;
  std::vector<std::string> removed;
};

struct Done {};

/// The one answer to a request: true, a fault, rows, or a reread's difference.
struct Completed {
  RequestId id{};
  std::variant<Done, FaultText, std::vector<ProcessResult>, ConfigDiff> answer;
};

/// Why the agent ends. Everything is stopped after a shutdown, and when the keeper is to start the agent again; nothing
/// is when the agent, and the keeper too, are to be started anew (a HandOver; DESIGN section 4).
enum class ExitReason { shutdown, restart, hand_over, hand_over_keeper };

constexpr std::string_view name_of(ExitReason reason) {
  switch (reason) {
    case ExitReason::shutdown:
      return "shutdown";
    case ExitReason::restart:
      return "restart";
    case ExitReason::hand_over:
      return "hand over";
    case ExitReason::hand_over_keeper:
      return "hand over, the keeper too";
  }
  return {};
}

/// The agent ends.
struct Exit {
  ExitReason reason = ExitReason::shutdown;
};

using Effect = std::variant<SpawnChild, SignalChild, SaveBlob, SaveAgentBlob, AcknowledgeExit, LogLine, EmitEvent,
                            StateChanged, OpenLogs, ReattachChild, ReopenLogs, DisabilitiesChanged, Completed, Exit>;

}  // namespace holdfast::supervision
