#include "cluster/replication/rules_view.hpp"

#include <algorithm>

#include "rules/candidates.hpp"
#include "supervision/ending.hpp"

namespace holdfast::cluster {
namespace {

rules::CopyView* find_copy(rules::ClusterView& view, const std::string& identifier, const ProcessId& id) {
  rules::ProcessView* process = rules::find_process(view, id);
  if (process == nullptr) {
    return nullptr;
  }
  const auto copy = process->copies.find(identifier);
  return copy == process->copies.end() ? nullptr : &copy->second;
}

template <typename Keep>
std::vector<ProcessId> select(const rules::ClusterView& view, const std::string& identifier, Keep keep) {
  std::vector<ProcessId> ids;
  for (const auto& [application, processes] : view.applications) {
    for (const auto& [process, state] : processes) {
      const auto copy = state.copies.find(identifier);
      if (copy != state.copies.end() && keep(copy->second)) {
        ids.push_back({application, process});
      }
    }
  }
  return ids;
}

}  // namespace

void put_copy(rules::ClusterView& view, const std::string& identifier, const ProcessFact& fact, Instant since,
              Instant now, std::uint64_t change) {
  rules::ProcessView& process = view.applications[fact.id.group][fact.id.name];
  process.program_name = fact.program_name;
  const auto [at, is_new] = process.copies.try_emplace(identifier);
  rules::CopyView& copy = at->second;
  copy.process_index = fact.process_index;
  process.process_index = process.copies.begin()->second.process_index;
  const std::int64_t event_us = fact.event_us != 0 ? fact.event_us : std::max(fact.start_us, fact.stop_us);
  if (is_new || copy.state != fact.state || copy.event_us != event_us) {
    copy.told_at = now;  // else the row is told again, for another reason
  }
  copy.state = static_cast<ProcessState>(code_of(fact.state));
  copy.expected_exit = fact.expected_exit;
  copy.disabled = fact.disabled;
  copy.failure = fact.spawn_error.empty() ? std::string()
                                          : supervision::failure_text(fact.spawn_error, fact.ending, fact.last_words);
  copy.awaits_restart = fact.awaits_restart;
  copy.has_crashed = copy.has_crashed || copy.state == ProcessState::fatal ||
                     (copy.state == ProcessState::exited && !copy.expected_exit);
  copy.ever_started = fact.start_us != 0;
  copy.started_us = fact.start_us;
  copy.extra_args = fact.extra_args;
  copy.startsecs = fact.startsecs;
  copy.stopwaitsecs = fact.stopwaitsecs;
  copy.event_us = event_us;
  copy.since = since;
  copy.change = change;
  view.touched.push_back({rules::TouchedCopy::How::told, fact.id.group, fact.id.name, identifier});
}

void remove_copy(rules::ClusterView& view, const std::string& identifier, const ProcessId& id) {
  const auto application = view.applications.find(id.group);
  if (application == view.applications.end()) {
    return;
  }
  const auto process = application->second.find(id.name);
  if (process == application->second.end()) {
    return;
  }
  if (process->second.copies.erase(identifier) != 0) {
    view.touched.push_back({rules::TouchedCopy::How::removed, id.group, id.name, identifier});
  }
  if (process->second.copies.empty()) {
    application->second.erase(process);
  } else {
    process->second.process_index = process->second.copies.begin()->second.process_index;
  }
  if (application->second.empty()) {
    view.applications.erase(application);
  }
}

void end_copy(rules::ClusterView& view, const std::string& identifier, const ProcessId& id, ProcessState state,
              Instant now, std::uint64_t change) {
  rules::CopyView* copy = find_copy(view, identifier, id);
  if (copy == nullptr) {
    return;
  }
  copy->state = state;
  copy->expected_exit = state == ProcessState::stopped;
  copy->awaits_restart = false;
  copy->change = change;
  copy->told_at = now;
  view.touched.push_back({rules::TouchedCopy::How::lost, id.group, id.name, identifier});
  for (const auto& [other, its] : view.applications[id.group][id.name].copies) {
    copy->event_us = std::max(copy->event_us, its.event_us + 1);  // the loss is the last that happened to it
  }
}

std::vector<ProcessId> running_on(const rules::ClusterView& view, const std::string& identifier) {
  return select(view, identifier, [](const rules::CopyView& copy) { return is_active(copy); });
}

std::vector<ProcessId> defined_on(const rules::ClusterView& view, const std::string& identifier) {
  return select(view, identifier, [](const rules::CopyView&) { return true; });
}

}  // namespace holdfast::cluster
