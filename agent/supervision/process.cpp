#include "supervision/process.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "config/fingerprint.hpp"
#include "supervision/signal_names.hpp"

namespace holdfast::supervision {

Process::Process(std::string group, config::ProcessSettings settings, std::uint64_t ordinal)
    : settings_(std::move(settings)), ordinal_(ordinal) {
  record_.key = {std::move(group), settings_.name};
  record_.lifecycle = settings_.lifecycle;
}

// --- requests ---

void Process::start(StepContext& context, Cause cause, const std::optional<std::string>& extra_args) {
  if (spawning_ || has_child_) {
    context.log(LogLevel::warn, "process '" + record_.key.name + "' already running");
    return;
  }
  begin_attempt(context, extra_args);
  if (cause == Cause::autorestart) {
    record_.restarted_at = context.now;
  }
  start_id_ = StartId{context.next_start_id++};
  spawning_ = true;
  change_state(context, ProcessState::starting, cause, true);
  context.effects.emplace_back(
      SpawnChild{record_.key, start_id_, &settings_, encode(record_), record_.last_run.extra_args});
}

void Process::begin_attempt(StepContext& context, const std::optional<std::string>& extra_args) {
  adopted_.reset();
  record_.fingerprint = fingerprint_of(settings_);
  record_.lifecycle = settings_.lifecycle;
  record_.timer.reset();
  record_.stop_wanted = false;
  const LastRun before = std::exchange(record_.last_run, LastRun{});
  record_.last_run.start_wall = context.wall;
  record_.last_run.started_at = context.now;
  record_.last_run.stop_wall = before.stop_wall;
  record_.last_run.extra_args = extra_args.value_or(before.extra_args);
}

void Process::stop(StepContext& context, Cause cause, bool report) {
  if (record_.state == ProcessState::backoff) {
    context.log(LogLevel::debug, "Attempted to kill " + record_.key.name + ", which is in BACKOFF state.");
  }
  if (record_.state == ProcessState::backoff || awaits_restart()) {
    record_.timer.reset();
    change_state(context, ProcessState::stopped, cause, true);
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
  send_stop_signal(context, settings().lifecycle.stopsignal, cause);
  if (report) {
    report_waiting(context);
  }
}

void Process::signal(StepContext& context, int signo) {
  CHECK(spawning_ || has_child_);
  context.log(LogLevel::debug,
              "sending " + record_.key.name + " (pid " + std::to_string(pid_) + ") sig " + signal_name(signo));
  context.effects.emplace_back(SignalChild{record_.key, start_id_, signo, false});
}

void Process::give_up(StepContext& context, Cause cause) {
  CHECK(record_.state == ProcessState::backoff);
  record_.timer.reset();
  record_.tries = 0;
  change_state(context, ProcessState::fatal, cause, true);
}

// --- news of the child ---

void Process::spawned(StepContext& context, std::int64_t pid) {
  CHECK(spawning_);
  spawning_ = false;
  has_child_ = true;
  pid_ = pid;
  record_.last_run.started_at = context.now;
  if (keeper_record_) {
    context.effects.emplace_back(AcknowledgeExit{*keeper_record_});
  }
  keeper_record_ = start_id_;
  saved_.clear();
  context.log(LogLevel::info, "spawned: '" + record_.key.name + "' with pid " + std::to_string(pid));
  if (std::exchange(record_.stop_wanted, false)) {
    stop(context, stop_cause_, std::exchange(report_wanted_, false));
  }
}

void Process::spawn_failed(StepContext& context, const std::string& text) {
  CHECK(spawning_);
  spawning_ = false;
  record_.last_run.spawnerr = text.substr(0, limits::spawnerr_bytes);
  context.log(LogLevel::info, "spawnerr: " + text);
  enter_backoff(context, Cause::spawn_failed);
  if (std::exchange(record_.stop_wanted, false)) {
    stop(context, stop_cause_, false);
  }
}

void Process::cannot_start(StepContext& context, const std::string& text,
                           const std::optional<std::string>& extra_args) {
  CHECK(is_stopped(record_.state) && !spawning_ && !has_child_);
  begin_attempt(context, extra_args);
  record_.last_run.spawnerr = text.substr(0, limits::spawnerr_bytes);
  context.log(LogLevel::info, "spawnerr: " + text);
  context.log(LogLevel::warn, "gave up: " + record_.key.name + " entered FATAL state, its command cannot be run");
  record_.state = ProcessState::backoff;  // what Supvisors' event says it comes from
  give_up(context, Cause::spawn_failed);
}

void Process::exited(StepContext& context, std::optional<int> wait_status, std::string last_words) {
  CHECK(has_child_);
  const ExitText exit = wait_status ? decode_wait_status(*wait_status) : ExitText{-1, "exit status unknown", false};
  record_.last_run.stop_wall = context.wall;
  record_.last_run.ending = exit.known ? exit.text : std::string();
  record_.last_run.last_words = std::move(last_words);
  switch (record_.state) {
    case ProcessState::stopping:
    case ProcessState::unknown:
      finish_stopped(context, exit);
      break;
    case ProcessState::starting:
      if (context.now - record_.last_run.started_at < std::chrono::seconds(settings().lifecycle.startsecs)) {
        finish_too_quick(context, exit);
        break;
      }
      // It stayed up long enough, only nobody has looked since (contract 2.2): both changes are seen.
      change_state(context, ProcessState::running, Cause::spawned, true);
      finish_exited(context, exit);
      break;
    case ProcessState::running:
      finish_exited(context, exit);
      break;
    case ProcessState::stopped:
    case ProcessState::backoff:
    case ProcessState::exited:
    case ProcessState::fatal:
      break;  // states without a child
  }
  forget_child();
}

void Process::ended_unwatched(StepContext& context) {
  CHECK(has_child_);
  record_.last_run.stop_wall = context.wall;
  finish_stopped(context, ExitText{-1, "exit status unknown", false});
  forget_child();
}

void Process::forget_child() {
  pid_ = 0;
  has_child_ = false;
  record_.stop_wanted = false;
  report_at_.reset();
}

void Process::finish_stopped(StepContext& context, const ExitText& exit) {
  record_.timer.reset();
  record_.last_run.exit_status = exit.status;
  if (!exit.known) {
    record_.last_run.spawnerr = kExitStatusUnknown;
  }
  const bool expected = settings().lifecycle.exitcodes.contains(exit.status);
  context.log(expected ? LogLevel::info : LogLevel::warn, "stopped: " + record_.key.name + " (" + exit.text + ")");
  change_state(context, ProcessState::stopped, Cause::exited, true);
}

void Process::finish_too_quick(StepContext& context, const ExitText& exit) {
  record_.last_run.exit_status.reset();
  record_.last_run.spawnerr = "Exited too quickly (process log may have details)";
  context.log(LogLevel::warn, "exited: " + record_.key.name + " (" + exit.text + "; not expected)");
  enter_backoff(context, Cause::exited);
}

void Process::finish_exited(StepContext& context, const ExitText& exit) {
  record_.timer.reset();
  record_.tries = 0;
  record_.last_run.exit_status = exit.status;
  if (wants_restart(context)) {
    record_.timer =
        record_.restarted_at ? std::max(context.now, *record_.restarted_at + context.restart_interval) : context.now;
  }
  const bool expected = settings().lifecycle.exitcodes.contains(exit.status);
  if (!exit.known) {
    record_.last_run.spawnerr = kExitStatusUnknown;
  } else if (!expected) {
    record_.last_run.spawnerr = "Bad exit code " + std::to_string(exit.status);
  }
  context.log(expected ? LogLevel::info : LogLevel::warn,
              "exited: " + record_.key.name + " (" + exit.text + (expected ? "; expected)" : "; not expected)"));
  change_state(context, ProcessState::exited, Cause::exited, expected);
}

void Process::signal_failed(StepContext& context, const std::string& reason) {
  if (!is_signallable(record_.state)) {
    return;
  }
  context.log(LogLevel::critical, std::string("unknown problem ") +
                                      (record_.state == ProcessState::stopping ? "killing " : "sending sig ") +
                                      record_.key.name + " (" + std::to_string(pid_) + "):" + reason);
  record_.timer.reset();
  report_at_.reset();
  change_state(context, ProcessState::unknown, Cause::signal_failed, true);
}

void Process::logs_assigned(std::string stdout_path, std::string stderr_path) {
  record_.stdout_path = std::move(stdout_path);
  record_.stderr_path = std::move(stderr_path);
}

// --- time ---

void Process::advance(StepContext& context) {
  switch (record_.state) {
    case ProcessState::starting:
      advance_starting(context);
      break;
    case ProcessState::backoff:
      advance_backoff(context);
      break;
    case ProcessState::stopping:
      advance_stopping(context);
      break;
    case ProcessState::stopped:
      if (context.may_start && !ever_started() && settings().autostart) {
        start(context, Cause::autostart);
      }
      break;
    case ProcessState::exited:
      advance_exited(context);
      break;
    case ProcessState::running:
    case ProcessState::fatal:
    case ProcessState::unknown:
      break;
  }
}

void Process::advance_starting(StepContext& context) {
  if (!has_child_ || context.now < running_at()) {
    return;
  }
  record_.tries = 0;
  context.log(LogLevel::info, "success: " + record_.key.name +
                                  " entered RUNNING state, process has stayed up for > than " +
                                  std::to_string(settings().lifecycle.startsecs) + " seconds (startsecs)");
  change_state(context, ProcessState::running, Cause::spawned, true);
}

void Process::advance_backoff(StepContext& context) {
  if (record_.tries > settings().lifecycle.startretries) {
    context.log(LogLevel::info,
                "gave up: " + record_.key.name + " entered FATAL state, too many start retries too quickly");
    give_up(context, Cause::gave_up);
    return;
  }
  if (!record_.timer || context.now < *record_.timer) {
    return;
  }
  record_.timer.reset();
  if (context.may_start) {
    start(context, Cause::retry);
  }
}

void Process::advance_exited(StepContext& context) {
  if (!record_.timer || context.now < *record_.timer) {
    return;
  }
  record_.timer.reset();
  if (context.may_start) {
    start(context, Cause::autorestart);
  }
}

void Process::advance_stopping(StepContext& context) {
  if (record_.timer && context.now >= *record_.timer) {
    context.log(LogLevel::warn, "killing '" + record_.key.name + "' (" + std::to_string(pid_) + ") with SIGKILL");
    send_stop_signal(context, SIGKILL, Cause::request);
  }
  if (report_at_ && context.now >= *report_at_) {
    report_waiting(context);
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

void Process::save(StepContext& context) {
  if (!keeper_record_ || spawning_) {
    return;
  }
  std::string blob = encode(record_);
  if (blob == saved_) {
    return;
  }
  context.effects.emplace_back(SaveBlob{record_.key, *keeper_record_, blob});
  saved_ = std::move(blob);
}

// --- inside ---

void Process::change_state(StepContext& context, ProcessState to, Cause cause, bool expected) {
  const ProcessState from = record_.state;
  if (from == to) {
    return;
  }
  record_.state = to;
  record_.last_run.changed_wall = context.wall;
  record_.last_run.changed_at = context.now;
  context.effects.emplace_back(
      EmitEvent{event_of(to), state_payload(record_.key, {from, to, record_.tries, pid_, expected}), {}});
  context.effects.emplace_back(
      StateChanged{record_.key, from, to, pid_, record_.last_run, awaits_restart(), cause, ordinal_});
}

void Process::enter_backoff(StepContext& context, Cause cause) {
  ++record_.tries;
  record_.timer = context.now + std::chrono::seconds(record_.tries);
  change_state(context, ProcessState::backoff, cause, true);
}

void Process::send_stop_signal(StepContext& context, int signo, Cause cause) {
  const bool again = record_.state == ProcessState::stopping;
  const bool whole_group = again ? settings().lifecycle.killasgroup : settings().lifecycle.stopasgroup;
  context.log(LogLevel::debug, "killing " + record_.key.name + " (pid " + std::to_string(pid_) + ") " +
                                   (whole_group ? "process group " : "") + "with signal " + signal_name(signo));
  Duration patience = std::chrono::seconds(settings().lifecycle.stopwaitsecs);
  if (again) {
    patience = std::max<Duration>(patience, limits::kill_repeat_min);
  }
  record_.timer = context.now + patience;
  change_state(context, ProcessState::stopping, cause, true);
  context.effects.emplace_back(SignalChild{record_.key, start_id_, signo, whole_group});
}

void Process::report_waiting(StepContext& context) {
  context.log(LogLevel::info, "waiting for " + record_.key.name + " to stop");
  report_at_ = context.now + limits::stop_report_interval;
}

bool Process::wants_restart(const StepContext& context) const {
  if (context.left_to_cluster(record_.key)) {
    return false;
  }
  switch (settings().lifecycle.autorestart) {
    case config::AutoRestart::never:
      return false;
    case config::AutoRestart::always:
      return true;
    case config::AutoRestart::unexpected:
      return !settings().lifecycle.exitcodes.contains(record_.last_run.exit_status.value_or(0));
  }
  return false;
}

Instant Process::running_at() const {
  return record_.last_run.started_at + std::chrono::seconds(settings().lifecycle.startsecs);
}

}  // namespace holdfast::supervision
