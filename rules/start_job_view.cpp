// What a start job holds: its processes, where they start, which loads they will be, when it is to be looked at.
#include <algorithm>

#include "rules/start_job.hpp"

namespace holdfast::rules {

bool StartJob::has_command(const std::string& process) const {
  return std::any_of(commands_.begin(), commands_.end(), [&](const Command& c) { return c.plan.process == process; });
}

bool StartJob::contains(const std::string& process) const {
  if (has_command(process)) {
    return true;
  }
  for (const auto& [rank, list] : planned_) {
    for (const auto& planned : list) {
      if (planned.process == process) {
        return true;
      }
    }
  }
  return false;
}

std::vector<std::string> StartJob::processes() const {
  std::vector<std::string> names;
  for (const auto& command : commands_) {
    names.push_back(command.plan.process);
  }
  for (const auto& [rank, list] : planned_) {
    for (const auto& planned : list) {
      names.push_back(planned.process);
    }
  }
  return names;
}

std::vector<std::pair<std::string, std::string>> StartJob::targets() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& command : commands_) {
    if (!command.identifier.empty()) {
      all.emplace_back(command.plan.process, command.identifier);
    }
  }
  return all;
}

void StartJob::add_pending(const StepContext& context, LoadTable& loads) const {
  for (const auto& command : commands_) {
    const CopyView* copy = context.copy(id_of(command.plan.process), command.identifier);
    if (copy != nullptr && !is_active(*copy)) {
      loads.add(command.identifier, context.matcher.program(id_of(command.plan.process)).expected_loading);
    }
  }
  for (const auto& [rank, list] : planned_) {
    for (const auto& planned : list) {
      if (!planned.fixed.empty()) {
        loads.add(planned.fixed, context.matcher.program(id_of(planned.process)).expected_loading);
      }
    }
  }
}

std::optional<Instant> StartJob::next_deadline() const {
  std::optional<Instant> first;
  for (const auto& command : commands_) {
    if (command.deadline < Instant::max() && (!first || command.deadline < *first)) {
      first = command.deadline;
    }
  }
  return first;
}

JobView StartJob::view() const {
  JobView job;
  job.application = application_;
  job.rank = rank_;
  job.cause = origin_.cause;
  for (const auto& command : commands_) {
    job.commands.push_back(
        {id_of(command.plan.process), command.identifier, command.phase, command.since, command.deadline});
  }
  for (const auto& [rank, list] : planned_) {
    job.planned += list.size();
  }
  return job;
}

}  // namespace holdfast::rules
