// How the daemon ends, and what it leaves for the next one.
#include <utility>

#include "base/limits.hpp"
#include "supervision/signal_names.hpp"
#include "supervision/supervisor.hpp"

namespace holdfast::supervision {
namespace {

// Signals to the daemon (contract 2.7); Linux's numbers.
constexpr int kSighup = 1;
constexpr int kSigint = 2;
constexpr int kSigquit = 3;
constexpr int kSigusr2 = 12;
constexpr int kSigterm = 15;

}  // namespace

void Supervisor::handle(const DaemonSignal& input) {
  const std::string name = signal_name(input.signo);
  switch (input.signo) {
    case kSigterm:
    case kSigint:
    case kSigquit:
      log(LogLevel::warn, "received " + name + " indicating exit request");
      begin_stopping(DaemonState::shutdown, false);
      break;
    case kSighup:
      if (daemon_state_ == DaemonState::shutdown) {
        log(LogLevel::warn, "ignored " + name + " indicating restart request (shutdown in progress)");
        break;
      }
      log(LogLevel::warn, "received " + name + " indicating restart request");
      begin_stopping(DaemonState::restarting, false);
      break;
    case kSigusr2:
      log(LogLevel::info, "received " + name + " indicating log reopen request");
      log(LogLevel::info, "supervisord logreopen");
      effects_.emplace_back(ReopenLogs{});
      break;
    default:
      log(LogLevel::blather, "received " + name + " indicating nothing");
      break;
  }
}

/// What the next agent must know is in the keeper already, but for the agent's own blob.
void Supervisor::handle(const HandOver& input) {
  if (refuse(input.id)) {
    return;
  }
  log(LogLevel::warn, input.keeper_too ? "keeper and agent are started anew on request; no program is touched"
                                       : "the agent is started anew on request; no program is touched");
  agent_blob_due_.reset();
  save_agent_blob();
  effects_.emplace_back(Completed{input.id, Done{}});
  effects_.emplace_back(Exit{input.keeper_too ? ExitReason::hand_over_keeper : ExitReason::hand_over});
  exited_ = true;
}

/// `announced`: an earlier agent had begun to stop already, and said so.
void Supervisor::begin_stopping(DaemonState state, bool announced) {
  daemon_state_ = state;
  agent_blob_dirty_ = true;
  agent_blob_due_.reset();
  if (!begun_ || stopping_) {
    return;
  }
  stopping_ = true;
  if (!announced) {
    emit(EventType::supervisor_state_change_stopping, {});
  }
  for (const ProcessGroup* group : groups_by_priority()) {
    stop_queue_.push_back(group->name());
  }
}

/// Groups one after another, the highest priority number first; a group that is stopped already costs
/// nothing.
void Supervisor::advance_shutdown() {
  if (!stopping_ || exited_) {
    return;
  }
  while (!stop_queue_.empty()) {
    ProcessGroup* group = group_of(stop_queue_.back());
    if (group != nullptr && stopping_group_ != group->name()) {
      stopping_group_ = group->name();
      stop_group(*group);
    }
    if (group != nullptr && !group->all_stopped()) {
      report_shutdown();
      return;
    }
    stop_queue_.pop_back();
  }
  leave();
}

/// Once for a group: afterwards each of its processes is stopped, being stopped, or will be as soon as it is
/// spawned.
void Supervisor::stop_group(ProcessGroup& group) {
  for (Process* process : group.descending()) {
    if (process->state() == ProcessState::backoff) {
      operate(*process, [&](StepContext& each) { process->give_up(each, Cause::shutdown); });
    } else if (is_running(process->state())) {
      operate(*process, [&](StepContext& each) { process->stop(each, Cause::shutdown, false); });
    }
  }
}

void Supervisor::report_shutdown() {
  if (shutdown_report_at_ && now_ < *shutdown_report_at_) {
    return;
  }
  std::vector<std::string> names;
  for (const auto& group : groups_) {
    for (const Process* process : group->unstopped()) {
      names.push_back(process->key().name);
    }
  }
  log(LogLevel::info, "waiting for " + text::join(names, ", ") + " to die");
  shutdown_report_at_ = now_ + limits::shutdown_report_interval;
}

/// All is stopped. Nothing is left in the keeper for the next agent to find: a restart begins afresh.
void Supervisor::leave() {
  exited_ = true;
  for (const auto& group : groups_) {
    for (const auto& process : group->processes()) {
      const auto record = process->keeper_record();
      if (record && process->pid() == 0) {  // a child in state UNKNOWN lives on
        effects_.emplace_back(AcknowledgeExit{*record});
      }
    }
  }
  effects_.emplace_back(SaveAgentBlob{});
  effects_.emplace_back(Exit{daemon_state_ == DaemonState::restarting ? ExitReason::restart : ExitReason::shutdown});
}

/// With many commands that cannot be spawned, only every agent_blob_interval: it is written whole each time.
void Supervisor::save_agent_blob() {
  const bool patient = without_record_.size() > limits::agent_blob_eager;
  if (!agent_blob_dirty_ || exited_ || !begun_ || (patient && agent_blob_due_ && now_ < *agent_blob_due_)) {
    return;
  }
  agent_blob_dirty_ = false;
  agent_blob_due_ = now_ + limits::agent_blob_interval;
  AgentRecord record;
  record.daemon_state = daemon_state_;
  record.disabled = disabled_;
  for (const std::uint64_t ordinal : without_record_) {
    record.processes.push_back(by_ordinal_.at(ordinal)->record());
  }
  std::string blob = encode(record);
  if (blob != agent_blob_) {
    agent_blob_ = blob;
    effects_.emplace_back(SaveAgentBlob{std::move(blob)});
  }
}

}  // namespace holdfast::supervision
