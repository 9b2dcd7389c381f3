#include "supervision/supervisor.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "supervision/signal_names.hpp"

namespace holdfast::supervision {
namespace {

/// News of a child are judged before other deadlines: what matters is when it happened, not when it was told.
bool is_child_news(const Input& input) {
  return std::holds_alternative<ChildSpawned>(input) || std::holds_alternative<SpawnFailed>(input) ||
         std::holds_alternative<ChildExited>(input);
}

}  // namespace

Supervisor::Supervisor(std::vector<config::GroupSettings> groups, SupervisorOptions options)
    : options_(std::move(options)), configured_groups_(std::move(groups)), next_start_id_(options_.first_start_id) {
  CHECK(options_.probe != nullptr);
  CHECK(next_start_id_ > 0);
  for (const config::GroupSettings& group : configured_groups_) {
    if (find(group.name) == nullptr) {
      add_group(group);
    }
  }
}

void Supervisor::step(Instant now, WallTime wall, const Input& input) {
  if (exited_) {
    return;
  }
  now_ = now;
  wall_ = wall;
  if (!is_child_news(input)) {
    run_deadlines();
  }
  std::visit([this](const auto& each) { handle(each); }, input);
  run_deadlines();
  advance_shutdown();
  save_agent_blob();
}

std::vector<Effect> Supervisor::take_effects() {
  return std::exchange(effects_, {});
}

std::optional<Instant> Supervisor::next_deadline() const {
  if (exited_ || !begun_) {
    return std::nullopt;
  }
  std::optional<Instant> next = shutdown_report_at_;
  const auto consider = [&next](Instant at) { next = next ? std::min(*next, at) : at; };
  if (!deadlines_.empty()) {
    consider(Instant{deadlines_.begin()->first});
  }
  if (agent_blob_dirty_ && agent_blob_due_) {
    consider(*agent_blob_due_);
  }
  return next;
}

// --- read model ---

std::vector<const ProcessGroup*> Supervisor::groups() const {
  std::vector<const ProcessGroup*> result;
  for (const auto& [name, group] : by_group_) {
    result.push_back(group);
  }
  return result;
}

const ProcessGroup* Supervisor::find(std::string_view group) const {
  const auto found = by_group_.find(group);
  return found == by_group_.end() ? nullptr : found->second;
}

const Process* Supervisor::find(std::string_view group, std::string_view name) const {
  const ProcessGroup* found = find(group);
  return found == nullptr ? nullptr : found->find(name);
}

std::vector<const Process*> Supervisor::by_priority() const {
  const std::vector<Process*> all = all_by_priority();
  return {all.begin(), all.end()};
}

const Process* Supervisor::find_namespec(std::string_view namespec) const {
  const Namespec spec = split_namespec(namespec);
  return spec.process ? find(spec.group, *spec.process) : nullptr;
}

// --- one operation on one process ---

StepContext Supervisor::context_of(const Process& process) {
  const bool may_start = begun_ && daemon_state_ == DaemonState::running && !is_disabled(process.settings());
  return {now_,
          wall_,
          effects_,
          next_start_id_,
          may_start,
          options_.restart_interval,
          options_.restart_policy ? &options_.restart_policy : nullptr};
}

void Supervisor::operate(Process& process, const std::function<void(StepContext&)>& operation) {
  const std::size_t before = effects_.size();
  StepContext each = context_of(process);
  operation(each);
  follow_up(process, before);
}

/// Everything that follows from what was just done to a process: what is due at once, its blob, who waited
/// for it.
void Supervisor::follow_up(Process& process, std::size_t effects_before) {
  StepContext each = context_of(process);
  if (begun_) {
    process.advance(each);
  }
  process.save(each);
  bool changed = false;
  const std::size_t end = effects_.size();
  for (std::size_t i = effects_before; i < end; ++i) {
    if (const auto* change = std::get_if<StateChanged>(&effects_[i])) {
      changed = true;
      const StateChanged copy = *change;  // completing requests may move the effects
      waiting_.on_change(copy, effects_);
    }
  }
  const bool listed = without_record_.contains(process.ordinal());
  const bool unrecorded = !process.keeper_record() && process.ever_started() && (listed || !process.spawning());
  if (unrecorded) {
    without_record_.insert(process.ordinal());
    agent_blob_dirty_ = agent_blob_dirty_ || changed;
  } else if (listed) {
    without_record_.erase(process.ordinal());
    agent_blob_dirty_ = true;
  }
  reindex(process);
}

void Supervisor::reindex(Process& process) {
  const std::uint64_t ordinal = process.ordinal();
  if (const auto old = indexed_.find(ordinal); old != indexed_.end()) {
    deadlines_.erase({old->second, ordinal});
    indexed_.erase(old);
  }
  if (const auto deadline = process.deadline()) {
    deadlines_.insert({deadline->ns, ordinal});
    indexed_.emplace(ordinal, deadline->ns);
  }
}

/// Each process once: what it does at its deadline never makes it due again at the same instant.
void Supervisor::run_deadlines() {
  if (!begun_) {
    return;
  }
  std::vector<std::uint64_t> due;
  for (const auto& [at, ordinal] : deadlines_) {
    if (at > now_.ns) {
      break;
    }
    due.push_back(ordinal);
  }
  for (const std::uint64_t ordinal : due) {
    operate(*by_ordinal_.at(ordinal), [](StepContext&) {});
  }
}

// --- news of children ---

void Supervisor::handle(const ChildSpawned& input) {
  Process* process = child_of(input.key, input.start_id);
  if (process == nullptr || !process->spawning()) {
    return;
  }
  operate(*process, [&](StepContext& each) {
    process->spawned(each, input.pid);
    waiting_.on_spawned(process->ordinal(), effects_);
  });
}

void Supervisor::handle(const SpawnFailed& input) {
  Process* process = child_of(input.key, input.start_id);
  if (process == nullptr || !process->spawning()) {
    return;
  }
  operate(*process, [&](StepContext& each) { process->spawn_failed(each, input.problem.text); });
}

void Supervisor::handle(const ChildExited& input) {
  Process* process = child_of(input.key, input.start_id);
  if (process == nullptr || process->spawning()) {
    return;
  }
  operate(*process, [&](StepContext& each) {
    each.now = std::min(input.at.value_or(now_), now_);
    each.wall = input.wall.value_or(wall_);
    if (input.status_unknown && !begun_ && !process->settings().autostart) {
      process->ended_unwatched(each);
      return;
    }
    if (process->state() == ProcessState::starting) {
      process->advance(each);  // RUNNING, if it lived long enough for it
    }
    process->exited(each, input.status_unknown ? std::nullopt : std::optional(input.wait_status), input.last_words);
    log(LogLevel::debug, std::string(kChildQuit));
  });
}

void Supervisor::handle(const SignalFailed& input) {
  Process* process = child_of(input.key, input.start_id);
  if (process == nullptr) {
    return;
  }
  operate(*process, [&](StepContext& each) { process->signal_failed(each, input.reason); });
}

void Supervisor::handle(const LogsAssigned& input) {
  if (Process* process = process_of(input.key)) {
    operate(*process, [&](StepContext&) { process->logs_assigned(input.stdout_path, input.stderr_path); });
  }
}

// --- finding ---

ProcessGroup* Supervisor::group_of(std::string_view name) {
  const auto found = by_group_.find(name);
  return found == by_group_.end() ? nullptr : found->second;
}

Process* Supervisor::process_of(const ProcessId& key) {
  ProcessGroup* group = group_of(key.group);
  return group == nullptr ? nullptr : group->find(key.name);
}

Process* Supervisor::child_of(const ProcessId& key, StartId start_id) {
  Process* process = process_of(key);
  return process != nullptr && process->has_child(start_id) ? process : nullptr;
}

std::vector<ProcessGroup*> Supervisor::groups_by_priority() const {
  std::vector<ProcessGroup*> result;
  for (const auto& group : groups_) {
    result.push_back(group.get());
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const ProcessGroup* a, const ProcessGroup* b) { return a->priority() < b->priority(); });
  return result;
}

std::vector<Process*> Supervisor::all_by_priority() const {
  std::vector<Process*> all;
  for (ProcessGroup* group : groups_by_priority()) {
    const std::vector<Process*> members = group->ascending();
    all.insert(all.end(), members.begin(), members.end());
  }
  return all;
}

void Supervisor::log(LogLevel level, std::string text) {
  effects_.emplace_back(LogLine{level, std::move(text)});
}

void Supervisor::emit(EventType type, std::string payload) {
  effects_.emplace_back(EmitEvent{type, std::move(payload), {}});
}

void Supervisor::emit_group(EventType type, const std::string& group) {
  effects_.emplace_back(EmitEvent{type, group_payload(group), group});
}

void Supervisor::emit_processes(EventType type, const ProcessGroup& group) {
  for (std::size_t i = 0; options_.tells_processes && i < group.processes().size(); ++i) {
    emit(type, key_payload(group.processes()[i]->key()));
  }
}

}  // namespace holdfast::supervision
