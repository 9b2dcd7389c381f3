// input.hpp: everything that can happen to one node's supervision: news of children, requests, time. Made by
// ProgramDriver, consumed by Supervisor::step. Pure data.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/instant.hpp"
#include "base/process_id.hpp"
#include "config/settings.hpp"
#include "supervision/request_id.hpp"

namespace holdfast::supervision {

/// Why a command cannot be run, as Supervisor tells the cases apart: they give different faults (contract 4.5
/// startProcess).
enum class SpawnFailure { not_found, not_executable, no_permission, parse, other };

/// A failure to spawn; `text` is the exact spawnerr text (contract 2.3).
struct SpawnProblem {
  SpawnFailure kind = SpawnFailure::other;
  std::string text;
};

/// The child exists. Follows a SpawnChild, before any other news of that start id.
struct ChildSpawned {
  ProcessId key;
  StartId start_id{};
  std::int64_t pid = 0;
};

struct SpawnFailed {
  ProcessId key;
  StartId start_id{};
  SpawnProblem problem;
};

/// The child ended and its pipes are drained. `wait_status` as waitpid gives it; `at` is the keeper's stamp
/// of the end, which decides whether it was too quick (absent: now).
struct ChildExited {
  ProcessId key;
  StartId start_id{};
  int wait_status = 0;
  std::optional<Instant> at;
  std::optional<WallTime> wall;  // likewise, for the stop time that clients see
  bool status_unknown = false;   // nobody could wait for it: its keeper had been killed
  std::string last_words = {};   // the last line it wrote to stderr, as it is shown
};

/// kill() failed for another reason than "no such process".
struct SignalFailed {
  ProcessId key;
  StartId start_id{};
  std::string reason;  // the system's text
};

/// The paths that were made for a process's automatic logs; kept in its blob, shown by getProcessInfo.
struct LogsAssigned {
  ProcessId key;
  std::string stdout_path;
  std::string stderr_path;
};

/// Before Begin, once: the agent's blob as an earlier agent left it.
struct ResumeAgent {
  std::string blob;
};

/// Before Begin, for each record of the keeper: a live child, or one that ended. Answered with ReattachChild
/// when its output is still to be read; the end of one that ended then comes as ChildExited, after its pipes
/// are drained and before Begin.
struct Adopt {
  std::string blob;
  StartId start_id{};
  std::int64_t pid = 0;
  bool ended = false;
};

/// All records are in: start what is to start. `resumed`: an earlier agent of this keeper had begun already,
/// so nothing is announced a second time.
struct Begin {
  bool resumed = false;
};

enum class Action { start, stop, signal };

/// startProcess, stopProcess, signalProcess: `namespec` may name a whole group (contract 4.4).
struct ProcessRequest {
  RequestId id{};
  Action action = Action::start;
  std::string namespec;
  bool wait = true;
  std::string signal;  // as given; Action::signal only
  /// A start whose command cannot be run leaves the process FATAL, for everybody to see, beside the fault
  /// (contract supvisors.md 5.3, start_args); a client's startProcess leaves it as it was.
  bool failure_shows = false;
  /// Of a start: what stands behind the command from now on (contract supvisors.md CFG-E3); nullopt: what stood there
  /// at the last start.
  std::optional<std::string> extra_args = std::nullopt;
};

/// startProcessGroup and its like.
struct GroupRequest {
  RequestId id{};
  Action action = Action::start;
  std::string group;
  bool wait = true;
  std::string signal;
};

/// startAllProcesses and its like.
struct AllRequest {
  RequestId id{};
  Action action = Action::start;
  bool wait = true;
  std::string signal;
};

/// Before Begin, once: the programs that are disabled from the start (contract supvisors.md CFG-20).
struct Disabilities {
  std::set<std::string, std::less<>> programs;
};

/// supvisors.enable and disable, of all processes of a program: disabling stops them, enabling starts those that are to
/// start by themselves. Answered with a row for each process that was started or stopped.
struct SetDisabled {
  RequestId id{};
  std::string program;
  bool disabled = false;
  bool wait = true;
};

/// A configuration was read anew and is valid: it becomes the pending one, nothing that runs changes
/// (contract 6.3).
struct ReloadedConfig {
  RequestId id{};
  std::vector<config::GroupSettings> groups;
};

struct AddGroup {
  RequestId id{};
  std::string group;
};

struct RemoveGroup {
  RequestId id{};
  std::string group;
};

struct ShutdownRequest {
  RequestId id{};
};

/// The shell validates the configuration file before it asks for a restart (contract 2.7: a broken file is
/// refused).
struct RestartRequest {
  RequestId id{};
};

/// The agent's program, or the keeper's too, is to be started anew while every program goes on (DESIGN section
/// 4).
struct HandOver {
  RequestId id{};
  bool keeper_too = false;
};

/// A signal to the daemon (contract 2.7), forwarded by the keeper.
struct DaemonSignal {
  int signo = 0;
};

/// next_deadline() has come.
struct TimePassed {};

using Input = std::variant<ChildSpawned, SpawnFailed, ChildExited, SignalFailed, LogsAssigned, ResumeAgent, Adopt,
                           Begin, ProcessRequest, GroupRequest, AllRequest, Disabilities, SetDisabled, ReloadedConfig,
                           AddGroup, RemoveGroup, ShutdownRequest, RestartRequest, HandOver, DaemonSignal, TimePassed>;

}  // namespace holdfast::supervision
