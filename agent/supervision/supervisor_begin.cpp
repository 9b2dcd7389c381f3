// How a Supervisor begins: afresh, or with what an earlier agent left in the keeper (DESIGN section 4).
#include <utility>

#include "supervision/supervisor.hpp"

namespace holdfast::supervision {

void Supervisor::handle(const ResumeAgent& input) {
  auto record = decode_agent_record(input.blob);
  if (!record) {
    log(LogLevel::error, "the earlier agent's own record cannot be read (" + record.error().message +
                             "); processes that were not running are taken as never started");
    return;
  }
  daemon_state_ = record.value().daemon_state;
  disabled_ = record.value().disabled;
  for (const ProcessRecord& each : record.value().processes) {
    Process* process = process_of(each.key);
    if (process != nullptr && !process->keeper_record()) {
      operate(*process, [&](StepContext& now) { process->adopt(now, each, std::nullopt); });
    }
  }
}

void Supervisor::handle(const Adopt& input) {
  auto record = decode_process_record(input.blob);
  if (!record) {
    if (input.ended) {
      effects_.emplace_back(AcknowledgeExit{input.start_id});
      return;
    }
    log(LogLevel::critical, "a child with pid " + std::to_string(input.pid) +
                                " was found whose record cannot be read (" + record.error().message +
                                "); it is left running, unsupervised");
    return;
  }
  Process* process = process_of(record.value().key);
  const auto known = process == nullptr ? std::nullopt : process->keeper_record();
  const bool superseded = known && number_of(*known) > number_of(input.start_id);
  if (superseded || (process == nullptr && input.ended)) {
    effects_.emplace_back(AcknowledgeExit{input.start_id});
    return;
  }
  if (known) {
    effects_.emplace_back(AcknowledgeExit{*known});
  }
  Process& adopter = process != nullptr ? *process : orphan(record.value());
  operate(adopter, [&](StepContext& each) {
    adopter.adopt(each, record.value(), Process::KeptChild{input.start_id, input.pid, input.ended});
  });
}

/// A place for a child whose section is no longer in the file: it is kept running until somebody stops it or
/// updates.
Process& Supervisor::orphan(ProcessRecord& record) {
  record.lifecycle.autorestart = config::AutoRestart::never;  // its command is not known any more
  config::ProcessSettings settings;
  settings.name = record.key.name;
  settings.program_name = record.key.name;
  settings.autostart = false;
  settings.lifecycle = record.lifecycle;
  ProcessGroup* group = group_of(record.key.group);
  if (group == nullptr) {
    config::GroupSettings empty;
    empty.name = record.key.group;
    group = &add_group(empty);
  }
  Process& process = group->add_orphan(settings, next_ordinal_);
  by_ordinal_.emplace(process.ordinal(), &process);
  log(LogLevel::warn, "'" + make_namespec(record.key) + "' runs but is not in the configuration any more");
  return process;
}

void Supervisor::handle(const Begin& input) {
  if (begun_) {
    return;
  }
  begun_ = true;
  for (const auto& group : groups_) {
    open_logs(*group);
    if (!input.resumed) {
      emit_group(EventType::process_group_added, group->name());
    }
  }
  if (!input.resumed) {
    emit(EventType::supervisor_state_change_running, {});
  }
  if (daemon_state_ != DaemonState::running) {
    begin_stopping(daemon_state_, input.resumed);
    return;
  }
  for (ProcessGroup* group : groups_by_priority()) {
    advance_group(*group);
  }
}

/// What is due in a group: autostart above all (contract 2.6: in configuration order, nobody waits for
/// anybody).
void Supervisor::advance_group(ProcessGroup& group) {
  for (const auto& process : group.processes()) {
    operate(*process, [](StepContext&) {});
  }
}

ProcessGroup& Supervisor::add_group(config::GroupSettings settings) {
  groups_.push_back(std::make_unique<ProcessGroup>(std::move(settings), next_ordinal_));
  ProcessGroup& group = *groups_.back();
  by_group_.emplace(group.name(), &group);
  for (const auto& process : group.processes()) {
    by_ordinal_.emplace(process->ordinal(), process.get());
  }
  return group;
}

void Supervisor::open_logs(ProcessGroup& group) {
  const auto lacks = [](const config::ChannelSettings& channel, const std::string& path) {
    return channel.log.kind == config::LogTarget::Kind::automatic && path.empty();
  };
  for (const auto& process : group.processes()) {
    const config::ProcessSettings& settings = process->settings();
    const ProcessRecord& record = process->record();
    if (lacks(settings.stdout_channel, record.stdout_path) ||
        (!settings.redirect_stderr && lacks(settings.stderr_channel, record.stderr_path))) {
      effects_.emplace_back(OpenLogs{process->key(), &settings});
    }
  }
}

}  // namespace holdfast::supervision
