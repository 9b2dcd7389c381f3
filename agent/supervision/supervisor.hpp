// supervisor.hpp: everything one node decides about its own programs (DESIGN section 5, contract
// supervisor.md section 2, 4.4 to 4.7): the facade over groups and processes. Opens nothing, reads no clock:
// the caller brings inputs with the time, then carries out the effects in order. Same inputs, same effects.
// Used by ProgramDriver on the loop, and by unit tests and transcripts without it.
//
// Life: construct with the groups of the file; ResumeAgent and Adopt for what an earlier agent left; Begin;
// then step(now, wall, input) for whatever happens, TimePassed when next_deadline() has come, until Exit
// comes out.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/limits.hpp"
#include "supervision/effect.hpp"
#include "supervision/input.hpp"
#include "supervision/process.hpp"
#include "supervision/process_group.hpp"
#include "supervision/waiting_requests.hpp"

namespace holdfast::supervision {

/// Whether a start request's command could be run now: parsed, found, executable. Asked before anything
/// changes (contract 4.5: startProcess faults NO_FILE and NOT_EXECUTABLE leave the process as it is).
/// nullopt: it can.
using CommandProbe = std::function<std::optional<SpawnProblem>(const config::ProcessSettings&)>;

struct SupervisorOptions {
  CommandProbe probe;                // required
  std::uint64_t first_start_id = 1;  // above all that earlier agents of this keeper used: (agent_starts << 32) + 1
  Duration restart_interval = limits::restart_interval;  // between two restarts of one process
  RestartPolicyOf restart_policy = {};                   // empty: every process's own autorestart
  bool tells_processes = false;  // each process of a group that comes or goes, too, as Supvisors does (CFG-E7)
};

class Supervisor {
 public:
  Supervisor(std::vector<config::GroupSettings> groups, SupervisorOptions options);
  ~Supervisor() = default;
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  void step(Instant now, WallTime wall, const Input& input);

  /// What the steps since the last call want done, in order.
  [[nodiscard]] std::vector<Effect> take_effects();

  /// When TimePassed is due at the latest; nullopt: nothing is timed.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  // --- read model ---
  [[nodiscard]] DaemonState daemon_state() const { return daemon_state_; }

  /// Active groups, sorted by name; valid until the next step.
  [[nodiscard]] std::vector<const ProcessGroup*> groups() const;
  /// Every process in the order in which requests for all go through them: by the groups' priorities, then by
  /// their own.
  [[nodiscard]] std::vector<const Process*> by_priority() const;
  [[nodiscard]] const ProcessGroup* find(std::string_view group) const;
  [[nodiscard]] const Process* find(std::string_view group, std::string_view name) const;

  /// By namespec, for methods that want one process: nullptr when there is none or it names a group
  /// (contract 4.4).
  [[nodiscard]] const Process* find_namespec(std::string_view namespec) const;

  /// The groups as of the last reread (getAllConfigInfo).
  [[nodiscard]] const std::vector<config::GroupSettings>& configured_groups() const { return configured_groups_; }
  /// Whether the active group of that name was made since the last reread: only then do its automatic logs
  /// stand in what getAllConfigInfo says of it.
  [[nodiscard]] bool made_since_reread(std::string_view group) const { return !made_before_.contains(group); }
  /// Whether its program is disabled: nothing starts it.
  [[nodiscard]] bool is_disabled(const config::ProcessSettings& settings) const;
  /// Every program of the active groups, and those that are disabled besides.
  [[nodiscard]] std::map<std::string, bool> disabilities() const;

 private:
  void handle(const ChildSpawned& input);
  void handle(const SpawnFailed& input);
  void handle(const ChildExited& input);
  void handle(const SignalFailed& input);
  void handle(const LogsAssigned& input);
  void handle(const ResumeAgent& input);
  void handle(const Adopt& input);
  void handle(const Begin& input);
  void handle(const ProcessRequest& input);
  void handle(const GroupRequest& input);
  void handle(const AllRequest& input);
  void handle(const Disabilities& input);
  void handle(const SetDisabled& input);
  void handle(const ReloadedConfig& input);
  void handle(const AddGroup& input);
  void handle(const RemoveGroup& input);
  void handle(const ShutdownRequest& input);
  void handle(const RestartRequest& input);
  void handle(const HandOver& input);
  void handle(const DaemonSignal& input);
  void handle(const TimePassed& input);

  StepContext context_of(const Process& process);
  void operate(Process& process, const std::function<void(StepContext&)>& operation);
  void follow_up(Process& process, std::size_t effects_before);
  void reindex(Process& process);
  void run_deadlines();

  void begin_stopping(DaemonState state, bool announced);
  void advance_shutdown();
  void stop_group(ProcessGroup& group);
  void report_shutdown();
  void leave();
  void save_agent_blob();

  ProcessGroup& add_group(config::GroupSettings settings);
  void open_logs(ProcessGroup& group);
  void advance_group(ProcessGroup& group);
  void forget(Process& process);
  Process& orphan(ProcessRecord& record);
  void log(LogLevel level, std::string text);
  void emit(EventType type, std::string payload);
  void emit_group(EventType type, const std::string& group);
  void emit_processes(EventType type, const ProcessGroup& group);
  ProcessGroup* group_of(std::string_view name);
  Process* process_of(const ProcessId& key);
  Process* child_of(const ProcessId& key, StartId start_id);
  [[nodiscard]] std::vector<ProcessGroup*> groups_by_priority() const;
  [[nodiscard]] std::vector<Process*> all_by_priority() const;
  std::vector<Process*> processes_of_program(const std::string& program);

  bool refuse(RequestId id);  // SHUTDOWN_STATE once stopping has begun
  void complete(RequestId id, FaultText fault);
  void show_failure(const ProcessRequest& request, Process& process);
  /// What is asked of each process that a request names.
  struct Asked {
    Action action = Action::start;
    bool wait = true;
    std::string signal = {};
    std::optional<std::string> extra_args = std::nullopt;  // Action::start only
  };
  void act_on_one(RequestId id, const Asked& asked, Process& process, const std::string& name);
  void act_on_many(RequestId id, const Asked& asked, const std::vector<Process*>& processes);
  StepResult act(const Asked& asked, Process& process, const std::string& name);
  StepResult act_start(const Asked& asked, Process& process, const std::string& name);
  [[nodiscard]] std::optional<SpawnProblem> probe(const Process& process,
                                                  const std::optional<std::string>& extra_args) const;
  StepResult act_stop(Process& process, bool wait, const std::string& name);
  StepResult act_signal(Process& process, const std::string& name, const std::string& signal);

  SupervisorOptions options_;
  std::vector<std::unique_ptr<ProcessGroup>> groups_;  // in order of addition
  std::map<std::string, ProcessGroup*, std::less<>> by_group_;
  std::vector<config::GroupSettings> configured_groups_;
  std::set<std::string, std::less<>> made_before_;  // groups that are older than the last reread
  std::map<std::uint64_t, Process*> by_ordinal_;
  std::set<std::pair<std::int64_t, std::uint64_t>> deadlines_;  // (instant, process ordinal)
  std::map<std::uint64_t, std::int64_t> indexed_;               // what deadlines_ holds of each
  std::set<std::string, std::less<>> disabled_;                 // programs
  WaitingRequests waiting_;
  std::vector<Effect> effects_;
  std::vector<std::string> stop_queue_;        // groups still to stop, the next one last
  std::optional<std::string> stopping_group_;  // the one of them whose processes were told; any name, "" too
  std::optional<Instant> shutdown_report_at_;
  std::set<std::uint64_t> without_record_;  // processes whose state only the agent's own blob keeps
  bool agent_blob_dirty_ = false;
  std::optional<Instant> agent_blob_due_;
  std::string agent_blob_;
  std::uint64_t next_start_id_;
  std::uint64_t next_ordinal_ = 1;
  DaemonState daemon_state_ = DaemonState::running;
  bool begun_ = false;
  bool stopping_ = false;  // the groups are being stopped
  bool exited_ = false;
  Instant now_{};
  WallTime wall_{};
};

}  // namespace holdfast::supervision
