// process.hpp: one configured process and the rules of its life (contract supervisor.md section 2). Pure:
// told what happened and when, it answers with effects. Driven by Supervisor only, on its thread.
//
// States. STOPPED, EXITED, FATAL and UNKNOWN have no child that we run; STARTING, RUNNING and STOPPING have
// one; BACKOFF waits to try again. A process is born STOPPED and never started.
//
//   STOPPED --start/autostart--> STARTING --stays up startsecs--> RUNNING --ends--> EXITED
//   EXITED --autorestart--> STARTING
//   STARTING --cannot spawn, or ends too soon--> BACKOFF --after tries seconds--> STARTING
//                                                BACKOFF --tries > startretries--> FATAL
//   STARTING, RUNNING --stop--> STOPPING --ends--> STOPPED
//   BACKOFF, EXITED that waits for its restart --stop--> STOPPED
//   any with a child --kill() refused--> UNKNOWN --ends--> STOPPED
//
// Who decides. start(), stop(), signal() and give_up() are asked for by requests and by the daemon's
// shutdown. spawned(), spawn_failed(), exited() report the keeper's news. advance() is what Supervisor does
// once a second for every process; here it runs after each of the above and at the process's own deadline, so
// nothing waits for a next pass: an end is judged with the instant of the end, FATAL follows the last BACKOFF
// at once, a restart follows its EXITED at once, unless the one before it is less than restart_interval ago:
// then it waits in EXITED for the rest of that time (decision 0021). Only restarts count; a start that was
// asked for waits for nothing.
//
// Deadlines. STARTING: started_at + startsecs. BACKOFF: its entry + tries seconds. EXITED: the restart.
// STOPPING: the stop signal + stopwaitsecs, armed again after each SIGKILL (then at least one second, so that
// stopwaitsecs=0 cannot spin), and every two seconds the line "waiting for x to stop" while a client waits.
// Supervisor's own comparisons are strict on a wall clock (`now - start > startsecs`); here the deadline itself counts
// as reached, which no client can tell apart, and an end at that very instant counts as having stayed up, as it does
// there (`now - start < startsecs` is too quick).
//
// Between SpawnChild and its answer the process is STARTING with pid 0. It cannot be stopped then (Supervisor
// knows no such moment): a stop is remembered and carried out when the answer comes.
//
// A change is said in the log before it is told to anybody: what another node does because of it has a later time
// in that node's log.
//
// The retry counter `tries` is reset by RUNNING, EXITED and FATAL, not by a stop out of BACKOFF
// (contract 2.2, a quirk that the payload `tries:N` shows).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/process_state.hpp"
#include "supervision/effect.hpp"
#include "supervision/exit_text.hpp"
#include "supervision/process_record.hpp"
#include "supervision/restart_policy.hpp"

namespace holdfast::supervision {

/// The circumstances of one step: when, where effects go, the source of start ids, and whether anything may
/// be started.
struct StepContext {
  Instant now;
  WallTime wall;
  std::vector<Effect>& effects;
  std::uint64_t& next_start_id;
  bool may_start = true;
  Duration restart_interval{};                      // between two restarts of one process
  const RestartPolicyOf* restart_policy = nullptr;  // null: autorestart holds

  /// Two that answer one end would race each other (contract supvisors.md CFG-E5).
  [[nodiscard]] bool left_to_cluster(const ProcessId& id) const {
    return restart_policy != nullptr && (*restart_policy)(id) == RestartPolicy::cluster;
  }
  void log(LogLevel level, std::string text) { effects.emplace_back(LogLine{level, std::move(text)}); }
};

/// For each end of a child, at debug (contract 2.7): after what its end was, as Supervisor hears of the signal after it
/// has waited for the child. There is no SIGCHLD here: the keeper tells of ends.
inline constexpr std::string_view kChildQuit = "received SIGCHLD indicating a child quit";

/// The spawnerr of a process whose exit status nobody could see.
inline constexpr std::string_view kExitStatusUnknown = "Exit status unknown: the holdfastd that started it was killed";

class Process {
 public:
  Process(std::string group, config::ProcessSettings settings, std::uint64_t ordinal);

  // --- what it is ---
  [[nodiscard]] const ProcessId& key() const { return record_.key; }
  [[nodiscard]] std::uint64_t ordinal() const { return ordinal_; }
  [[nodiscard]] ProcessState state() const { return record_.state; }
  [[nodiscard]] std::int64_t pid() const { return pid_; }
  [[nodiscard]] const ProcessRecord& record() const { return record_; }

  /// The settings in force: those of the file, except that a child found running keeps the rules it was
  /// spawned with.
  [[nodiscard]] const config::ProcessSettings& settings() const { return adopted_ ? *adopted_ : settings_; }

  /// True when a child runs that was spawned with other settings than the file's: its group counts as
  /// changed.
  [[nodiscard]] bool spawned_otherwise() const { return adopted_ != nullptr; }

  /// EXITED, and to be started again by itself.
  [[nodiscard]] bool awaits_restart() const {
    return record_.state == ProcessState::exited && record_.timer.has_value();
  }

  [[nodiscard]] bool ever_started() const { return record_.fingerprint != 0; }

  /// Whether the keeper still owes the answer to a SpawnChild.
  [[nodiscard]] bool spawning() const { return spawning_; }

  /// The keeper's record of this process: the live child, or the last one's exit.
  [[nodiscard]] std::optional<StartId> keeper_record() const { return keeper_record_; }

  /// True when `id` is the child that runs or is being made: news of any other is old.
  [[nodiscard]] bool has_child(StartId id) const { return (spawning_ || has_child_) && start_id_ == id; }

  /// When advance() has something to do; nullopt: never by itself.
  [[nodiscard]] std::optional<Instant> deadline() const;

  // --- requests ---
  /// Supervisor's spawn: makes an attempt. Refused with a WARN while there is still a child (a start during
  /// STOPPING). `extra_args`: what stands behind the command from now on; nullopt: what stood there before.
  void start(StepContext& context, Cause cause, const std::optional<std::string>& extra_args = std::nullopt);

  /// Asks it to end: who waits for a further start is STOPPED at once, a child gets stopsignal. `report`: say every
  /// 2 s that a client waits.
  void stop(StepContext& context, Cause cause, bool report);

  /// Sends a signal without the intention to end it. Requires a child.
  void signal(StepContext& context, int signo);

  /// BACKOFF -> FATAL: out of retries, or the daemon stops.
  void give_up(StepContext& context, Cause cause);

  // --- news of the child ---
  void spawned(StepContext& context, std::int64_t pid);
  void spawn_failed(StepContext& context, const std::string& text);
  /// FATAL without an attempt: its command cannot be run. Requires a state without a child and without a
  /// retry.
  void cannot_start(StepContext& context, const std::string& text, const std::optional<std::string>& extra_args);
  /// nullopt: how it ended cannot be known. It counts as an unexpected end.
  void exited(StepContext& context, std::optional<int> wait_status, std::string last_words);
  /// It had ended before this daemon came, and nobody watched: STOPPED as under any new daemon, not restarted. Its
  /// node may have been down, and the cluster may run it elsewhere by now.
  void ended_unwatched(StepContext& context);
  void signal_failed(StepContext& context, const std::string& reason);
  void logs_assigned(std::string stdout_path, std::string stderr_path);

  /// Takes over what an earlier agent knew. `child` is what the keeper has of it: nothing, a live child, or
  /// one that ended (whose end is news when the record says that it runs). True when its output is still to
  /// be read.
  struct KeptChild {
    StartId id{};
    std::int64_t pid = 0;
    bool ended = false;
  };
  bool adopt(StepContext& context, const ProcessRecord& record, const std::optional<KeptChild>& child);

  // --- time ---
  /// Whatever is due by now: RUNNING, retry, FATAL, SIGKILL, autostart, autorestart.
  void advance(StepContext& context);

  /// After each of the above: the blob, when something in it changed and the keeper has a record to keep it
  /// with.
  void save(StepContext& context);

 private:
  void change_state(StepContext& context, ProcessState to, Cause cause, bool expected);
  void begin_attempt(StepContext& context, const std::optional<std::string>& extra_args);
  void enter_backoff(StepContext& context, Cause cause);
  void advance_starting(StepContext& context);
  void advance_backoff(StepContext& context);
  void advance_exited(StepContext& context);
  void advance_stopping(StepContext& context);
  void send_stop_signal(StepContext& context, int signo, Cause cause);
  void forget_child();
  void finish_stopped(StepContext& context, const ExitText& exit);
  void finish_too_quick(StepContext& context, const ExitText& exit);
  void finish_exited(StepContext& context, const ExitText& exit);
  void report_waiting(StepContext& context);
  void bound_times(const StepContext& context);
  [[nodiscard]] bool wants_restart(const StepContext& context) const;
  [[nodiscard]] Instant running_at() const;

  config::ProcessSettings settings_;
  std::unique_ptr<config::ProcessSettings> adopted_;  // rare and large
  ProcessRecord record_;
  std::string saved_;  // the blob as the keeper has it
  std::uint64_t ordinal_;
  StartId start_id_{};
  std::optional<StartId> keeper_record_;
  std::int64_t pid_ = 0;
  bool spawning_ = false;
  bool has_child_ = false;
  bool report_wanted_ = false;
  Cause stop_cause_ = Cause::request;
  std::optional<Instant> report_at_;
};

}  // namespace holdfast::supervision
