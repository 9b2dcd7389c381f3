// The requests that clients make of a Supervisor: faults in the order in which Supervisor tests them
// (contract supervisor.md 4.5), and what waits (4.6).
#include <algorithm>
#include <utility>

#include "config/value_types.hpp"
#include "supervision/command_line.hpp"
#include "supervision/supervisor.hpp"

namespace holdfast::supervision {
namespace {

/// Who waits for its restart, too: a person who stops it does not want it back (decision 0021).
bool can_be_stopped(const Process& process) {
  return is_running(process.state()) || process.awaits_restart();
}

/// Group and all requests act only on the processes that fit; the others are left out of the answer
/// (contract 4.5).
bool fits(Action action, const Process& process) {
  switch (action) {
    case Action::start:
      return !is_running(process.state());
    case Action::stop:
      return can_be_stopped(process);
    case Action::signal:
      return is_signallable(process.state());
  }
  return false;
}

}  // namespace

bool Supervisor::refuse(RequestId id) {
  if (daemon_state_ != DaemonState::running) {
    complete(id, {Fault::shutdown_state, {}});
    return true;
  }
  return false;
}

void Supervisor::complete(RequestId id, FaultText fault) {
  effects_.emplace_back(Completed{id, std::move(fault)});
}

void Supervisor::handle(const ProcessRequest& input) {
  if (refuse(input.id)) {
    return;
  }
  const Namespec spec = split_namespec(input.namespec);
  ProcessGroup* group = group_of(spec.group);
  Process* process = group != nullptr && spec.process ? group->find(*spec.process) : nullptr;
  if (group == nullptr || (spec.process && process == nullptr)) {
    complete(input.id, {Fault::bad_name, input.namespec});
    return;
  }
  const Asked asked{input.action, input.wait, input.signal, input.extra_args};
  if (process == nullptr) {
    act_on_many(input.id, asked, group->ascending());
    return;
  }
  show_failure(input, *process);
  act_on_one(input.id, asked, *process, input.namespec);
}

void Supervisor::handle(const GroupRequest& input) {
  if (refuse(input.id)) {
    return;
  }
  ProcessGroup* group = group_of(input.group);
  if (group == nullptr) {
    complete(input.id, {Fault::bad_name, input.group});
    return;
  }
  act_on_many(input.id, {input.action, input.wait, input.signal}, group->ascending());
}

void Supervisor::handle(const AllRequest& input) {
  if (refuse(input.id)) {
    return;
  }
  act_on_many(input.id, {input.action, input.wait, input.signal}, all_by_priority());
}

/// A start that will be refused because the command cannot be run.
void Supervisor::show_failure(const ProcessRequest& request, Process& process) {
  if (request.action != Action::start || !request.failure_shows || !is_stopped(process.state()) ||
      process.state() == ProcessState::unknown || is_disabled(process.settings())) {
    return;
  }
  if (const auto problem = probe(process, request.extra_args); problem && problem->kind != SpawnFailure::other) {
    operate(process, [&](StepContext& each) { process.cannot_start(each, problem->text, request.extra_args); });
  }
}

/// Whether the command could be run with what would stand behind it.
std::optional<SpawnProblem> Supervisor::probe(const Process& process,
                                              const std::optional<std::string>& extra_args) const {
  const std::string& behind = extra_args ? *extra_args : process.record().last_run.extra_args;
  if (behind.empty()) {
    return options_.probe(process.settings());
  }
  config::ProcessSettings settings = process.settings();
  settings.command = command_line(settings.command, behind);
  return options_.probe(settings);
}

void Supervisor::act_on_one(RequestId id, const Asked& asked, Process& process, const std::string& name) {
  if (waiting_.full()) {
    complete(id, {Fault::failed, "too many requests are waiting"});
    return;
  }
  const StepResult result = act(asked, process, name);
  if (const auto* fault = std::get_if<FaultText>(&result)) {
    complete(id, *fault);
  } else if (const auto* awaiting = std::get_if<Awaiting>(&result)) {
    waiting_.add_single(id, process.key(), process.ordinal(), name, awaiting->what);
  } else {
    effects_.emplace_back(Completed{id, Done{}});
  }
}

void Supervisor::act_on_many(RequestId id, const Asked& asked, const std::vector<Process*>& processes) {
  if (waiting_.full()) {
    complete(id, {Fault::failed, "too many requests are waiting"});
    return;
  }
  std::vector<ProcessResult> rows;
  std::vector<WaitingRequests::Member> members;
  for (Process* process : processes) {
    if (!fits(asked.action, *process)) {
      continue;
    }
    const std::string name = make_namespec(process->key());
    const StepResult result = act(asked, *process, name);
    if (const auto* fault = std::get_if<FaultText>(&result)) {
      rows.push_back({process->key(), fault->fault, text_of(*fault)});
    } else if (const auto* awaiting = std::get_if<Awaiting>(&result)) {
      // Supervisor answers these at once: their rows stand among those of the others that it answers at once.
      const bool at_once =
          !asked.wait || (asked.action == Action::start && process->settings().lifecycle.startsecs <= 0);
      members.push_back({process->key(), process->ordinal(), name, awaiting->what,
                         at_once ? std::optional(rows.size()) : std::nullopt});
      if (at_once) {
        rows.emplace_back();
      }
    } else {
      rows.push_back({process->key(), Fault::success, "OK"});
    }
  }
  if (members.empty()) {
    effects_.emplace_back(Completed{id, std::move(rows)});
  } else {
    waiting_.add_many(id, std::move(rows), std::move(members));
  }
}

StepResult Supervisor::act(const Asked& asked, Process& process, const std::string& name) {
  switch (asked.action) {
    case Action::start:
      return act_start(asked, process, name);
    case Action::stop:
      return act_stop(process, asked.wait, name);
    case Action::signal:
      return act_signal(process, name, asked.signal);
  }
  return FaultText{Fault::failed, name};
}

StepResult Supervisor::act_start(const Asked& asked, Process& process, const std::string& name) {
  if (is_disabled(process.settings())) {
    return FaultText{Fault::disabled, name};  // contract supvisors.md CFG-E4
  }
  if (const auto problem = probe(process, asked.extra_args)) {
    switch (problem->kind) {
      case SpawnFailure::not_found:
        return FaultText{Fault::no_file, problem->text};
      case SpawnFailure::not_executable:
      case SpawnFailure::no_permission:
      case SpawnFailure::parse:
        return FaultText{Fault::not_executable, problem->text};
      case SpawnFailure::other:
        break;  // not about the command: the attempt will tell
    }
  }
  if (is_running(process.state())) {
    return FaultText{Fault::already_started, name};
  }
  if (process.state() == ProcessState::unknown) {
    return FaultText{Fault::failed, name + " is in an unknown process state"};
  }
  operate(process, [&](StepContext& each) { process.start(each, Cause::request, asked.extra_args); });
  if (process.state() != ProcessState::starting) {  // refused: it is still being stopped (contract 2.2)
    return asked.wait ? StepResult(FaultText{Fault::abnormal_termination, name}) : StepResult(Done{});
  }
  return Awaiting{asked.wait ? Awaited::running : Awaited::spawned};
}

StepResult Supervisor::act_stop(Process& process, bool wait, const std::string& name) {
  if (!can_be_stopped(process)) {
    return FaultText{Fault::not_running, name};
  }
  operate(process, [&](StepContext& each) { process.stop(each, Cause::request, wait); });
  if (is_stopped(process.state())) {
    return Done{};
  }
  if (wait) {
    return Awaiting{Awaited::stopped};
  }
  return process.spawning() ? StepResult(Awaiting{Awaited::signalled}) : StepResult(Done{});
}

StepResult Supervisor::act_signal(Process& process, const std::string& name, const std::string& signal) {
  const auto signo = config::parse_signal(signal);
  if (!signo) {
    return FaultText{Fault::bad_signal, signal};
  }
  if (!is_signallable(process.state())) {
    return FaultText{Fault::not_running, name};
  }
  operate(process, [&](StepContext& each) { process.signal(each, signo.value()); });
  return Done{};
}

// --- configuration ---

void Supervisor::handle(const ReloadedConfig& input) {
  if (refuse(input.id)) {
    return;
  }
  configured_groups_ = input.groups;
  for (const auto& group : groups_) {
    made_before_.insert(group->name());
  }
  ConfigDiff diff;
  for (const config::GroupSettings& wanted : configured_groups_) {
    const ProcessGroup* active = group_of(wanted.name);
    if (active == nullptr) {
      diff.added.push_back(wanted.name);
    } else if (active->differs_from(wanted)) {
      diff.changed.push_back(wanted.name);
    }
  }
  for (const auto& group : groups_) {
    const bool wanted = std::any_of(configured_groups_.begin(), configured_groups_.end(),
                                    [&](const config::GroupSettings& each) { return each.name == group->name(); });
    if (!wanted) {
      diff.removed.push_back(group->name());
    }
  }
  effects_.emplace_back(Completed{input.id, std::move(diff)});
}

void Supervisor::handle(const AddGroup& input) {
  if (refuse(input.id)) {
    return;
  }
  const auto wanted = std::find_if(configured_groups_.begin(), configured_groups_.end(),
                                   [&](const config::GroupSettings& each) { return each.name == input.group; });
  if (wanted == configured_groups_.end()) {
    complete(input.id, {Fault::bad_name, input.group});
    return;
  }
  if (group_of(input.group) != nullptr) {
    complete(input.id, {Fault::already_added, input.group});
    return;
  }
  ProcessGroup& group = add_group(*wanted);
  open_logs(group);
  emit_group(EventType::process_group_added, group.name());
  emit_processes(EventType::process_added, group);
  effects_.emplace_back(Completed{input.id, Done{}});
  advance_group(group);
}

void Supervisor::handle(const RemoveGroup& input) {
  if (refuse(input.id)) {
    return;
  }
  const auto found =
      std::find_if(groups_.begin(), groups_.end(), [&](const auto& each) { return each->name() == input.group; });
  if (found == groups_.end()) {
    complete(input.id, {Fault::bad_name, input.group});
    return;
  }
  if (!(*found)->unstopped().empty()) {
    complete(input.id, {Fault::still_running, input.group});
    return;
  }
  emit_processes(EventType::process_removed, **found);
  for (const auto& process : (*found)->processes()) {
    forget(*process);
  }
  by_group_.erase(input.group);
  made_before_.erase(input.group);
  groups_.erase(found);
  emit_group(EventType::process_group_removed, input.group);
  effects_.emplace_back(Completed{input.id, Done{}});
}

void Supervisor::forget(Process& process) {
  if (const auto record = process.keeper_record()) {
    effects_.emplace_back(AcknowledgeExit{*record});
  }
  if (without_record_.erase(process.ordinal()) > 0) {
    agent_blob_dirty_ = true;
  }
  if (const auto indexed = indexed_.find(process.ordinal()); indexed != indexed_.end()) {
    deadlines_.erase({indexed->second, process.ordinal()});
    indexed_.erase(indexed);
  }
  by_ordinal_.erase(process.ordinal());
}

// --- the daemon ---

void Supervisor::handle(const ShutdownRequest& input) {
  if (refuse(input.id)) {
    return;
  }
  effects_.emplace_back(Completed{input.id, Done{}});
  begin_stopping(DaemonState::shutdown, false);
}

void Supervisor::handle(const RestartRequest& input) {
  if (refuse(input.id)) {
    return;
  }
  effects_.emplace_back(Completed{input.id, Done{}});
  begin_stopping(DaemonState::restarting, false);
}

void Supervisor::handle(const TimePassed& /*input*/) {
  // step() has done what was due.
}

}  // namespace holdfast::supervision
