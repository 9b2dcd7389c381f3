#include "supervision/process.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "supervision/signal_names.hpp"

namespace holdfast::supervision {
namespace {


constexpr int kSigkill = 9;

void log(Turn& turn, LogLevel level, std::string text) {
  turn.effects.emplace_back(LogLine{level, std::move(text)});
}

Duration seconds(int count) {
  return std::chrono::seconds(count);
}

}  // namespace

ExitText decode_wait_status(int wait_status) {
  const auto status = static_cast<unsigned>(wait_status);
  const int signo = static_cast<int>(status & 0x7FU);
  if (signo == 0) {
    const int code = static_cast<int>((status >> 8U) & 0xFFU);
    return {code, "exit status " + std::to_string(code)};
  }
  if (signo != 0x7F) {
    const bool core_dumped = (status & 0x80U) != 0;
    return {-1, "terminated by " + signal_name(signo) + (core_dumped ? " (core dumped)" : "")};
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "unknown termination cause 0x";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) {
    text += kHex[(status >> shift) & 0xFU];
  }
  return {-1, text};
}

Process::Process(std::string group, config::ProcessSettings settings, std::uint64_t ordinal)
    : settings_(std::move(settings)), ordinal_(ordinal) {
  record_.key = {std::move(group), settings_.name};
  record_.rules = rules_of(settings_);
}

// --- requests ---

void Process::start(Turn& turn, Cause cause) {
  if (spawning_ || has_child_) {
    log(turn, LogLevel::warn, "process '" + record_.key.name + "' already running");
    return;
  }
  begin_attempt(turn);
  if (cause == Cause::autorestart) {
    record_.restarted_at = turn.now;
  }
  start_id_ = StartId{turn.next_start_id++};
  spawning_ = true;
  change_state(turn, ProcessState::starting, cause, true);
  turn.effects.emplace_back(SpawnChild{record_.key, start_id_, &settings_, encode(record_)});
}

void Process::begin_attempt(Turn& turn) {
  adopted_.reset();
  record_.fingerprint = fingerprint_of(settings_);
  record_.rules = rules_of(settings_);
  record_.timer.reset();
  record_.stop_wanted = false;
  const WallTime last_end = record_.last_run.stop_wall;
  record_.last_run = LastRun{};
  record_.last_run.start_wall = turn.wall;
  record_.last_run.started_at = turn.now;
  record_.last_run.stop_wall = last_end;
}

void Process::stop(Turn& turn, Cause cause, bool report) {
  if (record_.state == ProcessState::backoff) {
    log(turn, LogLevel::debug, "Attempted to kill " + record_.key.name + ", which is in BACKOFF state.");
  }
  if (record_.state == ProcessState::backoff || awaits_restart()) {
    record_.timer.reset();
    change_state(turn, ProcessState::stopped, cause, true);
    return;
  }
  if (spawning_) {
    record_.stop_wanted = true;
    stop_cause_ = cause;
    report_wanted_ = report;
    return;
  }
  if (!has_child_ || !is_running(record_.state)) {
    return;
  }
  send_stop_signal(turn, settings().stopsignal, cause);
  if (report) {
    report_waiting(turn);
  }
}

void Process::signal(Turn& turn, int signo) {
  CHECK(spawning_ || has_child_);
  log(turn, LogLevel::debug,
      "sending " + record_.key.name + " (pid " + std::to_string(pid_) + ") sig " + signal_name(signo));
  turn.effects.emplace_back(SignalChild{record_.key, start_id_, signo, false});
}

void Process::give_up(Turn& turn, Cause cause) {
  CHECK(record_.state == ProcessState::backoff);
  record_.timer.reset();
  record_.tries = 0;
  change_state(turn, ProcessState::fatal, cause, true);
}

// --- news of the child ---

void Process::spawned(Turn& turn, std::int64_t pid) {
  CHECK(spawning_);
  spawning_ = false;
  has_child_ = true;
  pid_ = pid;
  record_.last_run.started_at = turn.now;
  if (keeper_record_) {
    turn.effects.emplace_back(AcknowledgeExit{*keeper_record_});
  }
  keeper_record_ = start_id_;
  saved_.clear();
  log(turn, LogLevel::info, "spawned: '" + record_.key.name + "' with pid " + std::to_string(pid));
  if (std::exchange(record_.stop_wanted, false)) {
    stop(turn, stop_cause_, std::exchange(report_wanted_, false));
  }
}

void Process::spawn_failed(Turn& turn, const std::string& text) {
  CHECK(spawning_);
  spawning_ = false;
  record_.last_run.spawnerr = text.substr(0, limits::spawnerr_bytes);
  log(turn, LogLevel::info, "spawnerr: " + text);
  enter_backoff(turn, Cause::spawn_failed);
  if (std::exchange(record_.stop_wanted, false)) {
    stop(turn, stop_cause_, false);
  }
}

void Process::cannot_start(Turn& turn, const std::string& text) {
  CHECK(is_stopped(record_.state) && !spawning_ && !has_child_);
  begin_attempt(turn);
  record_.last_run.spawnerr = text.substr(0, limits::spawnerr_bytes);
  log(turn, LogLevel::info, "spawnerr: " + text);
  log(turn, LogLevel::warn,
      "gave up: " + record_.key.name + " entered FATAL state, its command cannot be run");
  record_.state = ProcessState::backoff;  // what Supvisors' event says it comes from
  give_up(turn, Cause::spawn_failed);
}

void Process::exited(Turn& turn, std::optional<int> wait_status, std::string last_words) {
  CHECK(has_child_);
  const ExitText exit =
      wait_status ? decode_wait_status(*wait_status) : ExitText{-1, "exit status unknown", false};
  record_.last_run.stop_wall = turn.wall;
  record_.last_run.ending = exit.known ? exit.text : std::string();
  record_.last_run.last_words = std::move(last_words);
  switch (record_.state) {
    case ProcessState::stopping:
    case ProcessState::unknown:
      finish_stopped(turn, exit);
      break;
    case ProcessState::starting:
      if (turn.now - record_.last_run.started_at < seconds(settings().startsecs)) {
        finish_too_quick(turn, exit);
        break;
      }
      // It stayed up long enough, only nobody has looked since (contract 2.2): both changes are seen.
      change_state(turn, ProcessState::running, Cause::spawned, true);
      finish_exited(turn, exit);
      break;
    case ProcessState::running:
      finish_exited(turn, exit);
      break;
    case ProcessState::stopped:
    case ProcessState::backoff:
    case ProcessState::exited:
    case ProcessState::fatal:
      break;  // states without a child
  }
  forget_child();
}

void Process::ended_unwatched(Turn& turn) {
  CHECK(has_child_);
  record_.last_run.stop_wall = turn.wall;
  finish_stopped(turn, ExitText{-1, "exit status unknown", false});
  forget_child();
}

void Process::forget_child() {
  pid_ = 0;
  has_child_ = false;
  record_.stop_wanted = false;
  report_at_.reset();
}

void Process::finish_stopped(Turn& turn, const ExitText& exit) {
  record_.timer.reset();
  record_.last_run.exit_status = exit.status;
  if (!exit.known) {
    record_.last_run.spawnerr = kExitStatusUnknown;
  }
  const bool expected = settings().exitcodes.contains(exit.status);
  log(turn, expected ? LogLevel::info : LogLevel::warn,
      "stopped: " + record_.key.name + " (" + exit.text + ")");
  change_state(turn, ProcessState::stopped, Cause::exited, true);
}

void Process::finish_too_quick(Turn& turn, const ExitText& exit) {
  record_.last_run.exit_status.reset();
  record_.last_run.spawnerr = "Exited too quickly (process log may have details)";
  log(turn, LogLevel::warn, "exited: " + record_.key.name + " (" + exit.text + "; not expected)");
  enter_backoff(turn, Cause::exited);
}

void Process::finish_exited(Turn& turn, const ExitText& exit) {
  record_.timer.reset();
  record_.tries = 0;
  record_.last_run.exit_status = exit.status;
  if (wants_restart()) {
    record_.timer =
        record_.restarted_at ? std::max(turn.now, *record_.restarted_at + turn.restart_interval) : turn.now;
  }
  const bool expected = settings().exitcodes.contains(exit.status);
  if (!exit.known) {
    record_.last_run.spawnerr = kExitStatusUnknown;
  } else if (!expected) {
    record_.last_run.spawnerr = "Bad exit code " + std::to_string(exit.status);
  }
  log(turn, expected ? LogLevel::info : LogLevel::warn,
      "exited: " + record_.key.name + " (" + exit.text + (expected ? "; expected)" : "; not expected)"));
  change_state(turn, ProcessState::exited, Cause::exited, expected);
}

void Process::signal_failed(Turn& turn, const std::string& reason) {
  if (!is_signallable(record_.state)) {
    return;
  }
  log(turn, LogLevel::critical,
      std::string("unknown problem ") +
          (record_.state == ProcessState::stopping ? "killing " : "sending sig ") + record_.key.name + " (" +
          std::to_string(pid_) + "):" + reason);
  record_.timer.reset();
  report_at_.reset();
  change_state(turn, ProcessState::unknown, Cause::signal_failed, true);
}

void Process::logs_assigned(std::string stdout_path, std::string stderr_path) {
  record_.stdout_path = std::move(stdout_path);
  record_.stderr_path = std::move(stderr_path);
}

bool Process::adopt(Turn& turn, const ProcessRecord& record, const std::optional<KeptChild>& child) {
  const ProcessKey key = record_.key;
  record_ = record;
  record_.key = key;
  const bool was_alive = is_signallable(record.state) || record.state == ProcessState::unknown;
  const bool unread = child && (!child->ended || was_alive);
  if (child) {
    start_id_ = child->id;
    keeper_record_ = child->id;
    saved_ = encode(record_);
  }
  has_child_ = unread;
  pid_ = unread ? child->pid : 0;
  if (unread && !was_alive) {
    record_.state = ProcessState::running;  // the record is wrong: there is a child
  } else if (!unread && record_.state == ProcessState::starting) {
    record_.state = ProcessState::backoff;  // the answer to its spawn was lost, and there is no child
    record_.timer = turn.now;
  } else if (!unread && is_signallable(record_.state)) {
    record_.state = ProcessState::stopped;  // the record is wrong: there is none
  }
  adopted_.reset();
  if (unread && record.fingerprint != fingerprint_of(settings_)) {
    adopted_ = std::make_unique<config::ProcessSettings>(settings_);
    apply(record.rules, *adopted_);
  }
  bound_times(turn);
  turn.effects.emplace_back(StateChanged{record_.key, record_.state, record_.state, pid_, record_.last_run, awaits_restart(),
                                         Cause::adopted, ordinal_});
  if (!unread) {
    return false;
  }
  log(turn, LogLevel::info, "adopted: '" + key.name + "' with pid " + std::to_string(pid_));
  turn.effects.emplace_back(
      ReattachChild{key, start_id_, pid_, &settings(), record_.stdout_path, record_.stderr_path});
  if (!child->ended && std::exchange(record_.stop_wanted, false)) {
    stop(turn, Cause::request, false);
  }
  return true;
}

/// After an adoption no timer is further away than it can have been set, whatever the record says.
void Process::bound_times(const Turn& turn) {
  record_.last_run.started_at = std::min(record_.last_run.started_at, turn.now);
  if (record_.restarted_at) {
    record_.restarted_at = std::min(*record_.restarted_at, turn.now);
  }
  Duration patience{0};
  switch (record_.state) {
    case ProcessState::backoff:
      patience = seconds(std::max(record_.tries, 1));
      break;
    case ProcessState::stopping:
      patience = seconds(std::max(settings().stopwaitsecs, 0));
      break;
    case ProcessState::exited:
      if (!record_.timer) {
        return;  // it stays as it is
      }
      patience = turn.restart_interval;
      break;
    case ProcessState::stopped:
    case ProcessState::starting:
    case ProcessState::running:
    case ProcessState::fatal:
    case ProcessState::unknown:
      record_.timer.reset();
      return;
  }
  record_.timer = std::min(record_.timer.value_or(turn.now + patience), turn.now + patience);
}

// --- time ---

void Process::settle(Turn& turn) {
  switch (record_.state) {
    case ProcessState::starting:
      settle_starting(turn);
      break;
    case ProcessState::backoff:
      settle_backoff(turn);
      break;
    case ProcessState::stopping:
      settle_stopping(turn);
      break;
    case ProcessState::stopped:
      if (turn.may_start && !ever_started() && settings().autostart) {
        start(turn, Cause::autostart);
      }
      break;
    case ProcessState::exited:
      settle_exited(turn);
      break;
    case ProcessState::running:
    case ProcessState::fatal:
    case ProcessState::unknown:
      break;
  }
}

void Process::settle_starting(Turn& turn) {
  if (!has_child_ || turn.now < running_at()) {
    return;
  }
  record_.tries = 0;
  log(turn, LogLevel::info,
      "success: " + record_.key.name + " entered RUNNING state, process has stayed up for > than " +
          std::to_string(settings().startsecs) + " seconds (startsecs)");
  change_state(turn, ProcessState::running, Cause::spawned, true);
}

void Process::settle_backoff(Turn& turn) {
  if (record_.tries > settings().startretries) {
    log(turn, LogLevel::info,
        "gave up: " + record_.key.name + " entered FATAL state, too many start retries too quickly");
    give_up(turn, Cause::gave_up);
    return;
  }
  if (!record_.timer || turn.now < *record_.timer) {
    return;
  }
  record_.timer.reset();
  if (turn.may_start) {
    start(turn, Cause::retry);
  }
}

void Process::settle_exited(Turn& turn) {
  if (!record_.timer || turn.now < *record_.timer) {
    return;
  }
  record_.timer.reset();
  if (turn.may_start) {
    start(turn, Cause::autorestart);
  }
}

void Process::settle_stopping(Turn& turn) {
  if (record_.timer && turn.now >= *record_.timer) {
    log(turn, LogLevel::warn,
        "killing '" + record_.key.name + "' (" + std::to_string(pid_) + ") with SIGKILL");
    send_stop_signal(turn, kSigkill, Cause::request);
  }
  if (report_at_ && turn.now >= *report_at_) {
    report_waiting(turn);
  }
}

std::optional<Instant> Process::deadline() const {
  switch (record_.state) {
    case ProcessState::starting:
      return has_child_ ? std::optional(running_at()) : std::nullopt;
    case ProcessState::backoff:
    case ProcessState::exited:
      return record_.timer;
    case ProcessState::stopping:
      if (record_.timer && report_at_) {
        return std::min(*record_.timer, *report_at_);
      }
      return record_.timer ? record_.timer : report_at_;
    case ProcessState::stopped:
    case ProcessState::running:
    case ProcessState::fatal:
    case ProcessState::unknown:
      return std::nullopt;
  }
  return std::nullopt;
}

void Process::save(Turn& turn) {
  if (!keeper_record_ || spawning_) {
    return;
  }
  std::string blob = encode(record_);
  if (blob == saved_) {
    return;
  }
  turn.effects.emplace_back(SaveBlob{record_.key, *keeper_record_, blob});
  saved_ = std::move(blob);
}

// --- inside ---

void Process::change_state(Turn& turn, ProcessState to, Cause cause, bool expected) {
  const ProcessState from = record_.state;
  if (from == to) {
    return;
  }
  record_.state = to;
  turn.effects.emplace_back(
      EmitEvent{event_of(to), state_payload(record_.key, {from, to, record_.tries, pid_, expected}), {}});
  turn.effects.emplace_back(StateChanged{record_.key, from, to, pid_, record_.last_run, awaits_restart(), cause, ordinal_});
}

void Process::enter_backoff(Turn& turn, Cause cause) {
  ++record_.tries;
  record_.timer = turn.now + seconds(record_.tries);
  change_state(turn, ProcessState::backoff, cause, true);
}

void Process::send_stop_signal(Turn& turn, int signo, Cause cause) {
  const bool again = record_.state == ProcessState::stopping;
  const bool whole_group = again ? settings().killasgroup : settings().stopasgroup;
  log(turn, LogLevel::debug,
      "killing " + record_.key.name + " (pid " + std::to_string(pid_) + ") " +
          (whole_group ? "process group " : "") + "with signal " + signal_name(signo));
  Duration patience = seconds(settings().stopwaitsecs);
  if (again) {
    patience = std::max<Duration>(patience, limits::kill_repeat_min);
  }
  record_.timer = turn.now + patience;
  change_state(turn, ProcessState::stopping, cause, true);
  turn.effects.emplace_back(SignalChild{record_.key, start_id_, signo, whole_group});
}

void Process::report_waiting(Turn& turn) {
  log(turn, LogLevel::info, "waiting for " + record_.key.name + " to stop");
  report_at_ = turn.now + limits::stop_report_interval;
}

bool Process::wants_restart() const {
  switch (settings().autorestart) {
    case config::AutoRestart::never:
      return false;
    case config::AutoRestart::always:
      return true;
    case config::AutoRestart::unexpected:
      return !settings().exitcodes.contains(record_.last_run.exit_status.value_or(0));
  }
  return false;
}

Instant Process::running_at() const {
  return record_.last_run.started_at + seconds(settings().startsecs);
}

}  // namespace holdfast::supervision
