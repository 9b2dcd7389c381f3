#include "rules/stop_job.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace holdfast::rules {
namespace {

constexpr int kNow = 1000;  // above every rank (contract: a byte): single copies are stopped at once

bool needs_stop(const CopyView& copy) {
  return is_active(copy) || copy.state == ProcessState::stopping;
}

}  // namespace

bool StopJob::stops(const std::string& process, const std::string& identifier) const {
  const auto is = [&](const Target& t) { return t.process == process && t.identifier == identifier; };
  return std::any_of(commands_.begin(), commands_.end(), [&](const Command& c) { return is(c.target); }) ||
         std::any_of(planned_.begin(), planned_.end(),
                     [&](const auto& entry) { return std::any_of(entry.second.begin(), entry.second.end(), is); });
}

bool StopJob::plan_application(StepContext& context, const std::vector<std::pair<std::string, std::string>>& extra) {
  const auto found = context.view.applications.find(application_);
  if (found == context.view.applications.end()) {
    return false;
  }
  for (const auto& [name, process] : found->second) {
    for (const auto& [identifier, copy] : process.copies) {
      const bool ordered = std::find(extra.begin(), extra.end(), std::pair(name, identifier)) != extra.end();
      if ((needs_stop(copy) || ordered) && !stops(name, identifier)) {
        const int rank = context.matcher.program({application_, name}).stop_sequence;
        planned_[rank].push_back({name, identifier, origin_, ordered});
      }
    }
  }
  return !done();
}

bool StopJob::add_copy(const std::string& process, const std::string& identifier, const Origin& origin) {
  for (const auto& command : commands_) {
    if (command.target.process == process && command.target.identifier == identifier) {
      return false;
    }
  }
  for (auto& [rank, list] : planned_) {
    std::erase_if(list, [&](const Target& t) { return t.process == process && t.identifier == identifier; });
  }
  std::erase_if(planned_, [](const auto& entry) { return entry.second.empty(); });
  planned_[kNow].push_back({process, identifier, origin, true});
  return true;
}

bool StopJob::advance(StepContext& context, std::uint64_t& last_order_id, std::vector<JobNotes>& notes) {
  bool moved = false;
  while (true) {
    moved = poll(context, notes) || moved;
    const auto first = planned_.begin();
    if (first == planned_.end() || (!commands_.empty() && first->first != kNow)) {
      return moved;
    }
    moved = true;
    rank_ = first->first == kNow ? rank_ : first->first;
    auto batch = std::move(first->second);
    planned_.erase(first);
    for (auto& target : batch) {
      launch(context, std::move(target), last_order_id);
    }
  }
}

void StopJob::launch(StepContext& context, Target target, std::uint64_t& last_order_id) {
  const ProcessId id{application_, target.process};
  const CopyView* copy = context.copy(id, target.identifier);
  if (copy == nullptr || (!needs_stop(*copy) && !target.ordered_start)) {
    return;
  }
  Command command;
  command.change = copy->change;
  command.since = context.now;
  if (copy->state == ProcessState::stopping) {
    command.phase = CommandPhase::stopping;
    command.deadline = context.now + std::chrono::seconds(copy->stopwaitsecs) + limits::rules_order_margin;
  } else {
    command.order_id = ++last_order_id;
    command.deadline = context.now + limits::rules_order_margin;
    context.decide(target.origin, id, "stop " + full_namespec(id) + " on " + context.label(target.identifier),
                   target.origin.cause);
    context.actions.emplace_back(Order{target.origin.operation_id, command.order_id, OrderKind::stop, id,
                                       target.identifier, "", target.origin.cause});
  }
  command.target = std::move(target);
  commands_.push_back(std::move(command));
}

bool StopJob::poll(StepContext& context, std::vector<JobNotes>& notes) {
  bool moved = false;
  auto commands = std::move(commands_);
  commands_.clear();
  for (auto& command : commands) {
    const Target& target = command.target;
    const CopyView* copy = context.copy({application_, target.process}, target.identifier);
    const bool start_unseen = copy != nullptr && target.ordered_start && command.order_id != 0 &&
                              copy->change == command.change && context.now < command.deadline;
    if (copy == nullptr || (is_stopped(copy->state) && !copy->awaits_restart && !start_unseen)) {
      moved = true;
      continue;
    }
    if (copy->state == ProcessState::stopping && command.phase == CommandPhase::requested) {
      command.phase = CommandPhase::stopping;
      command.deadline = context.now + std::chrono::seconds(copy->stopwaitsecs) + limits::rules_order_margin;
      moved = true;
    }
    if (context.now >= command.deadline) {
      const bool begun = command.phase == CommandPhase::stopping;
      give_up(context, command,
              std::string("process ") + (begun ? "STOPPED" : "STOPPING") + " event not received in time from " +
                  context.label(target.identifier),
              notes);
      moved = true;
      continue;
    }
    commands_.push_back(std::move(command));
  }
  return moved;
}

// STP-2: shown as STOPPED with the reason; the sequence goes on.
void StopJob::give_up(StepContext& context, const Command& command, const std::string& why,
                      std::vector<JobNotes>& notes) {
  const ProcessId id{application_, command.target.process};
  context.force(id, ProcessState::stopped, why);
  context.decide(command.target.origin, id, "stop of " + full_namespec(id) + " given up", why);
  notes.push_back({application_, command.target.process, full_namespec(id) + ": " + why});
}

bool StopJob::order_refused(StepContext& context, const OrderRefused& refusal, std::vector<JobNotes>& notes) {
  const auto found = std::find_if(commands_.begin(), commands_.end(),
                                  [&](const Command& c) { return c.order_id == refusal.order_id; });
  if (found == commands_.end() || refusal.order_id == 0) {
    return false;
  }
  const Command command = std::move(*found);
  commands_.erase(found);
  if (refusal.fault != Fault::not_running) {
    give_up(context, command, context.label(command.target.identifier) + " refused: " + refusal.text, notes);
  }
  return true;
}

void StopJob::instance_lost(const std::string& identifier) {
  std::erase_if(commands_, [&](const Command& c) { return c.target.identifier == identifier; });
  for (auto& [rank, list] : planned_) {
    std::erase_if(list, [&](const Target& t) { return t.identifier == identifier; });
  }
  std::erase_if(planned_, [](const auto& entry) { return entry.second.empty(); });
}

bool StopJob::contains(const std::string& process) const {
  const auto all = processes();
  return std::find(all.begin(), all.end(), process) != all.end();
}

std::vector<std::string> StopJob::processes() const {
  std::vector<std::string> names;
  for (const auto& command : commands_) {
    names.push_back(command.target.process);
  }
  for (const auto& [rank, list] : planned_) {
    for (const auto& target : list) {
      names.push_back(target.process);
    }
  }
  return names;
}

std::optional<Instant> StopJob::next_deadline() const {
  std::optional<Instant> first;
  for (const auto& command : commands_) {
    if (!first || command.deadline < *first) {
      first = command.deadline;
    }
  }
  return first;
}

JobView StopJob::view() const {
  JobView job;
  job.start = false;
  job.application = application_;
  job.rank = rank_;
  job.cause = origin_.cause;
  for (const auto& command : commands_) {
    job.commands.push_back({{application_, command.target.process},
                            command.target.identifier,
                            command.phase,
                            command.since,
                            command.deadline});
  }
  for (const auto& [rank, list] : planned_) {
    job.planned += list.size();
  }
  return job;
}

}  // namespace holdfast::rules
