#include "supervision/process_group.hpp"

#include <algorithm>
#include <utility>

#include "config/settings_diff.hpp"

namespace holdfast::supervision {

ProcessGroup::ProcessGroup(config::GroupSettings settings, std::uint64_t& next_ordinal)
    : settings_(std::move(settings)) {
  for (config::ProcessSettings& process : std::exchange(settings_.processes, {})) {
    if (find(process.name) == nullptr) {
      add_orphan(std::move(process), next_ordinal);
    }
  }
}

Process& ProcessGroup::add_orphan(config::ProcessSettings settings, std::uint64_t& next_ordinal) {
  processes_.push_back(std::make_unique<Process>(settings_.name, std::move(settings), next_ordinal++));
  Process& process = *processes_.back();
  by_name_.emplace(process.key().name, &process);
  return process;
}

config::GroupSettings ProcessGroup::whole_settings() const {
  config::GroupSettings whole = settings_;
  for (const auto& process : processes_) {
    whole.processes.push_back(process->settings());
  }
  return whole;
}

Process* ProcessGroup::find(std::string_view name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

const Process* ProcessGroup::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<Process*> ProcessGroup::ascending() {
  std::vector<Process*> result;
  for (const auto& process : processes_) {
    result.push_back(process.get());
  }
  std::stable_sort(result.begin(), result.end(), [](const Process* a, const Process* b) {
    return a->settings().lifecycle.priority < b->settings().lifecycle.priority;
  });
  return result;
}

std::vector<Process*> ProcessGroup::descending() {
  std::vector<Process*> result = ascending();
  std::reverse(result.begin(), result.end());
  return result;
}

bool ProcessGroup::all_stopped() const {
  return std::all_of(processes_.begin(), processes_.end(),
                     [](const auto& process) { return is_stopped(process->state()); });
}

std::vector<Process*> ProcessGroup::unstopped() {
  std::vector<Process*> result;
  for (const auto& process : processes_) {
    if (!is_stopped(process->state())) {
      result.push_back(process.get());
    }
  }
  return result;
}

bool ProcessGroup::differs_from(const config::GroupSettings& other) const {
  if (!config::same_group_itself(settings_, other)) {
    return true;
  }
  std::size_t next = 0;
  for (const config::ProcessSettings& wanted : other.processes) {
    if (next < processes_.size() && processes_[next]->key().name == wanted.name) {
      const Process& process = *processes_[next++];
      if (process.spawned_otherwise() || !config::same_process(process.settings(), wanted)) {
        return true;
      }
    } else if (find(wanted.name) == nullptr) {
      return true;
    }  // else named again: the first counts, as in the constructor
  }
  return next != processes_.size();
}

}  // namespace holdfast::supervision
