// Programs that are disabled (contract supvisors.md CFG-E4): no request and no rule starts their processes, in whatever
// group they are, until they are enabled again.
#include <algorithm>
#include <utility>

#include "supervision/supervisor.hpp"

namespace holdfast::supervision {

bool Supervisor::is_disabled(const config::ProcessSettings& settings) const {
  return disabled_.contains(settings.program_name);
}

std::map<std::string, bool> Supervisor::disabilities() const {
  std::map<std::string, bool> all;
  for (const auto& group : groups_) {
    for (const auto& process : group->processes()) {
      all.emplace(process->settings().program_name, false);
    }
  }
  for (const std::string& program : disabled_) {
    all[program] = true;
  }
  return all;
}

std::vector<Process*> Supervisor::processes_of_program(const std::string& program) {
  std::vector<Process*> found;
  for (ProcessGroup* group : groups_by_priority()) {
    for (Process* process : group->ascending()) {
      if (process->settings().program_name == program) {
        found.push_back(process);
      }
    }
  }
  return found;
}

void Supervisor::handle(const Disabilities& input) {
  disabled_ = input.programs;
  agent_blob_dirty_ = true;
}

void Supervisor::handle(const SetDisabled& input) {
  if (refuse(input.id)) {
    return;
  }
  const std::vector<Process*> processes = processes_of_program(input.program);
  if (processes.empty()) {
    complete(input.id, {Fault::bad_name, input.program});
    return;
  }
  const bool changed = input.disabled ? disabled_.insert(input.program).second : disabled_.erase(input.program) != 0;
  if (changed) {
    agent_blob_dirty_ = true;
    effects_.emplace_back(DisabilitiesChanged{});
    for (const Process* process : processes) {
      emit(input.disabled ? EventType::process_disabled : EventType::process_enabled, key_payload(process->key()));
    }
  }
  if (input.disabled) {
    act_on_many(input.id, {Action::stop, input.wait}, processes);
    return;
  }
  std::vector<Process*> to_start;  // autostart is armed again
  std::ranges::copy_if(processes, std::back_inserter(to_start), [&](const Process* process) {
    return changed && process->state() == ProcessState::stopped && process->settings().autostart;
  });
  act_on_many(input.id, {Action::start, input.wait}, to_start);
}

}  // namespace holdfast::supervision
