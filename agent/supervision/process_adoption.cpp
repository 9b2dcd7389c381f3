// A process takes over what an earlier agent has left of it.
#include <algorithm>
#include <utility>

#include "config/fingerprint.hpp"
#include "supervision/process.hpp"

namespace holdfast::supervision {

bool Process::adopt(StepContext& context, const ProcessRecord& record, const std::optional<KeptChild>& child) {
  const ProcessId key = record_.key;
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
    record_.timer = context.now;
  } else if (!unread && is_signallable(record_.state)) {
    record_.state = ProcessState::stopped;  // the record is wrong: there is none
  }
  if (record_.state != record.state) {
    record_.last_run.changed_wall = context.wall;
    record_.last_run.changed_at = context.now;
  }
  adopted_.reset();
  if (unread && record.fingerprint != fingerprint_of(settings_)) {
    adopted_ = std::make_unique<config::ProcessSettings>(settings_);
    adopted_->lifecycle = record.lifecycle;
  }
  if (awaits_restart() && context.left_to_cluster(record_.key)) {
    record_.timer.reset();
  }
  bound_times(context);
  context.effects.emplace_back(StateChanged{record_.key, record_.state, record_.state, pid_, record_.last_run,
                                            awaits_restart(), Cause::adopted, ordinal_});
  if (!unread) {
    return false;
  }
  context.log(LogLevel::info, "adopted: '" + key.name + "' with pid " + std::to_string(pid_));
  context.effects.emplace_back(
      ReattachChild{key, start_id_, pid_, &settings(), record_.stdout_path, record_.stderr_path});
  if (!child->ended && std::exchange(record_.stop_wanted, false)) {
    stop(context, Cause::request, false);
  }
  return true;
}

/// After an adoption no timer is further away than it can have been set, whatever the record says.
void Process::bound_times(const StepContext& context) {
  record_.last_run.started_at = std::min(record_.last_run.started_at, context.now);
  record_.last_run.changed_at = std::min(record_.last_run.changed_at, context.now);
  if (record_.restarted_at) {
    record_.restarted_at = std::min(*record_.restarted_at, context.now);
  }
  Duration patience{0};
  switch (record_.state) {
    case ProcessState::backoff:
      patience = std::chrono::seconds(std::max(record_.tries, 1));
      break;
    case ProcessState::stopping:
      patience = std::chrono::seconds(std::max(settings().lifecycle.stopwaitsecs, 0));
      break;
    case ProcessState::exited:
      if (!record_.timer) {
        return;  // it stays as it is
      }
      patience = context.restart_interval;
      break;
    case ProcessState::stopped:
    case ProcessState::starting:
    case ProcessState::running:
    case ProcessState::fatal:
    case ProcessState::unknown:
      record_.timer.reset();
      return;
  }
  record_.timer = std::min(record_.timer.value_or(context.now + patience), context.now + patience);
}

}  // namespace holdfast::supervision
