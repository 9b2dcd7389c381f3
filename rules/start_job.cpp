#include "rules/start_job.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "rules/application_state.hpp"
#include "rules/candidates.hpp"

namespace holdfast::rules {

namespace {

/// The copy that is STARTING or in BACKOFF, if no other runs.
const std::pair<const std::string, CopyView>* starting_copy(const ProcessView& process) {
  const std::pair<const std::string, CopyView>* found = nullptr;
  for (const auto& copy : process.copies) {
    if (copy.second.state == ProcessState::running) {
      return nullptr;
    }
    if (is_running(copy.second.state) && found == nullptr) {
      found = &copy;
    }
  }
  return found;
}

bool awaits_restart(const ProcessView& process) {
  return std::any_of(process.copies.begin(), process.copies.end(),
                     [](const auto& copy) { return copy.second.awaits_restart; });
}

}  // namespace

bool StartJob::plan_sequence(StepContext& context, LazyLoads& loads) {
  const auto found = context.view.applications.find(application_);
  if (found == context.view.applications.end()) {
    return false;
  }
  std::vector<std::string> names;
  std::vector<std::string> starting;
  for (const auto& [name, process] : found->second) {
    if (context.matcher.program(id_of(name)).start_sequence <= 0 || contains(name)) {
      continue;
    }
    if (starting_copy(process) != nullptr) {
      starting.push_back(name);
    } else if (!is_running(process_status(process).real) && !awaits_restart(process)) {  // else skipped: a repair
      names.push_back(name);
    }
  }
  if (names.empty()) {
    return false;
  }
  for (const auto& name : starting) {
    add(context.matcher.program(id_of(name)).start_sequence, name, origin_, true);
  }
  GroupPlacement together;
  const auto& rules = context.matcher.application(application_);
  const bool one_place = rules.distribution != Distribution::all_instances;
  if (one_place) {
    const PlacementQuery query{origin_.strategy.value_or(rules.starting_strategy), origin_.requester};
    together = place_together(context.view, context.matcher, loads.get(), application_, names, query);
    for (const auto& [name, identifier] : together.chosen) {
      loads.get().add(identifier, context.matcher.program(id_of(name)).expected_loading);
    }
  }
  for (const auto& name : names) {
    Planned planned;
    planned.process = name;
    planned.origin = origin_;
    planned.fixed_reason = together.reason;
    const auto chosen = together.chosen.find(name);
    planned.refused = one_place && chosen == together.chosen.end();
    planned.fixed = chosen == together.chosen.end() ? "" : chosen->second;
    planned_[context.matcher.program(id_of(name)).start_sequence].push_back(std::move(planned));
  }
  return true;
}

bool StartJob::add_in_rank(StepContext& context, const std::string& process, const Origin& origin) {
  return add(context.matcher.program(id_of(process)).start_sequence, process, origin, false);
}

bool StartJob::add(int rank, const std::string& process, const Origin& origin, bool sequence) {
  if (contains(process)) {
    return false;
  }
  Planned planned;
  planned.process = process;
  planned.sequence = sequence;
  planned.origin = origin;
  planned_[rank].push_back(std::move(planned));
  return true;
}

bool StartJob::advance(StepContext& context, LazyLoads& loads, std::uint64_t& last_order_id,
                       std::vector<JobNotes>& notes) {
  bool moved = false;
  while (true) {
    moved = poll(context, loads, last_order_id, notes) || moved;
    const auto first = planned_.begin();
    // What is in no rank, holds none back.
    const bool held = std::any_of(commands_.begin(), commands_.end(), [&](const Command& command) {
      return context.matcher.program(id_of(command.plan.process)).start_sequence > 0;
    });
    const bool due = first != planned_.end() && (!held || first->first == kNow);
    if (!due) {
      return moved;
    }
    moved = true;
    rank_ = first->first == kNow ? rank_ : first->first;
    const auto batch = std::move(first->second);
    planned_.erase(first);
    for (const auto& planned : batch) {
      launch(context, planned, loads, last_order_id, notes);
    }
  }
}

// SINGLE_INSTANCE and SINGLE_NODE were decided up front: here only whether that still stands.
Placement StartJob::place(const StepContext& context, const Planned& planned, const ProcessView& process,
                          LazyLoads& loads) const {
  const auto& rules = context.matcher.application(application_);
  for (const auto& [identifier, copy] : process.copies) {
    if (copy.awaits_restart) {
      return {identifier, context.label(identifier) + " was to restart it"};
    }
  }
  if (planned.refused) {
    return {"", planned.fixed_reason};
  }
  if (planned.fixed.empty()) {
    const PlacementQuery query{planned.origin.strategy.value_or(rules.starting_strategy), planned.origin.requester};
    return place_process(context.view, context.matcher, loads.get(), id_of(planned.process), query);
  }
  const InstanceView* target = context.instance(planned.fixed);
  const std::string refused =
      target == nullptr ? "it is no member any more" : refusal(*target, process, planned.process);
  if (!refused.empty()) {
    return {"", std::string(kNoResource) + ": " + context.label(planned.fixed) +
                    " was chosen for the whole application, but " + refused};
  }
  return {planned.fixed, planned.fixed_reason};
}

// The next rank waits for it as for what was ordered here, and its failure counts as one of the sequence.
void StartJob::follow(StepContext& context, Planned planned, const std::string& identifier, const CopyView& copy) {
  const ProcessId id = id_of(planned.process);
  context.decide(planned.origin, id, "no start of " + full_namespec(id),
                 "it is starting already on " + context.label(identifier) + ", which is waited for");
  Command command;
  command.plan = std::move(planned);
  command.identifier = identifier;
  command.change = copy.change;
  command.phase = CommandPhase::starting;
  command.since = context.now;
  command.deadline = context.now + std::chrono::seconds(copy.startsecs) + limits::rules_order_margin;
  commands_.push_back(std::move(command));
}

void StartJob::launch(StepContext& context, Planned planned, LazyLoads& loads, std::uint64_t& last_order_id,
                      std::vector<JobNotes>& notes) {
  const ProcessId id = id_of(planned.process);
  const ProcessView* process = context.process(id);
  if (process == nullptr) {
    fail(context, planned, {Verdict::failure, "no instance defines it any more", false}, notes);
    return;
  }
  if (const auto* copy = starting_copy(*process)) {
    follow(context, std::move(planned), copy->first, copy->second);
    return;
  }
  const ProcessStatus status = process_status(*process);
  if (is_running(status.real)) {
    context.decide(planned.origin, id, "no start of " + full_namespec(id),
                   "it runs already on " + context.label(status.running_on.front()));
    return;
  }
  Command command;
  command.plan = planned;
  command.since = context.now;
  if (!status.running_on.empty()) {  // STOPPING somewhere
    int wait = 0;
    for (const auto& [identifier, copy] : process->copies) {
      wait = std::max(wait, copy.stopwaitsecs);
    }
    command.phase = CommandPhase::stopping;
    command.deadline = context.now + std::chrono::seconds(wait) + limits::rules_order_margin;
    commands_.push_back(std::move(command));
    return;
  }
  const Placement placement = place(context, planned, *process, loads);
  if (!placement.found()) {
    fail(context, planned, {Verdict::failure, placement.reason, true}, notes);
    return;
  }
  if (planned.fixed.empty() && !awaits_restart(*process)) {  // the others have been counted when they were planned
    loads.get().add(placement.identifier, context.matcher.program(id).expected_loading);
  }
  const CopyView& copy = process->copies.at(placement.identifier);
  command.identifier = placement.identifier;
  command.order_id = ++last_order_id;
  command.change = copy.change;
  command.before = copy.state;
  command.deadline = context.now + limits::rules_order_margin;
  const std::string reason = planned.origin.cause + ": " + placement.reason;
  const std::string extra_args = planned.origin.extra_args.value_or(extra_args_of(*process));
  context.decide(planned.origin, id,
                 "start " + full_namespec(id) + " on " + context.label(placement.identifier) +
                     (extra_args.empty() ? "" : " with " + extra_args),
                 reason);
  context.actions.emplace_back(Order{planned.origin.operation_id, command.order_id, OrderKind::start, id,
                                     placement.identifier, extra_args, reason});
  commands_.push_back(std::move(command));
}

bool StartJob::poll(StepContext& context, LazyLoads& loads, std::uint64_t& last_order_id,
                    std::vector<JobNotes>& notes) {
  bool moved = false;
  auto commands = std::move(commands_);
  commands_.clear();
  std::vector<std::pair<Planned, Judgement>> failures;
  std::vector<Planned> placeable;
  for (auto& command : commands) {
    const CommandPhase phase = command.phase;
    const Judgement judgement = judge(context, command);
    switch (judgement.verdict) {
      case Verdict::open:
        moved = moved || command.phase != phase;
        commands_.push_back(std::move(command));
        continue;
      case Verdict::success:
        break;
      case Verdict::failure:
        failures.emplace_back(std::move(command.plan), judgement);
        break;
      case Verdict::place:
        placeable.push_back(std::move(command.plan));
        break;
    }
    moved = true;
  }
  for (auto& planned : placeable) {
    launch(context, std::move(planned), loads, last_order_id, notes);
  }
  for (const auto& [planned, judgement] : failures) {
    fail(context, planned, judgement, notes);
  }
  return moved;
}

// Contract 4.4; applied to timeouts and to lack of resources like to any other failure.
void StartJob::fail(StepContext& context, const Planned& planned, const Judgement& judgement,
                    std::vector<JobNotes>& notes) {
  const ProcessId id = id_of(planned.process);
  const auto& rules = context.matcher.program(id);
  if (judgement.forced) {
    context.force(id, ProcessState::fatal, judgement.why);
  }
  notes.push_back({application_, planned.process, full_namespec(id) + ": " + judgement.why});
  std::string consequence = "not required: the start goes on";
  if (rules.required) {
    switch (rules.starting_failure_strategy) {
      case StartingFailureStrategy::abort:
        consequence = "required, ABORT: no further rank is started";
        planned_.clear();
        break;
      case StartingFailureStrategy::stop:
        consequence = "required, STOP: the application is stopped";
        planned_.clear();
        stop_reason_ = full_namespec(id) + " failed to start (" + judgement.why + ")";
        break;
      case StartingFailureStrategy::continue_:
        consequence = "required, CONTINUE: the start goes on";
        break;
    }
  }
  context.decide(planned.origin, id, "start of " + full_namespec(id) + " failed", judgement.why + "; " + consequence);
}

bool StartJob::order_refused(StepContext& context, const OrderRefused& refusal, std::vector<JobNotes>& notes) {
  const auto found = std::find_if(commands_.begin(), commands_.end(),
                                  [&](const Command& c) { return c.order_id == refusal.order_id; });
  if (found == commands_.end() || refusal.order_id == 0) {
    return false;
  }
  if (refusal.fault == Fault::already_started) {
    return true;  // its state will tell
  }
  const Command command = std::move(*found);
  commands_.erase(found);
  const std::string node = context.label(command.identifier);
  fail(context, command.plan,
       {Verdict::failure,  // of a spawn error its state tells too, in the words that are said here
        refusal.fault == Fault::spawn_error ? "it became FATAL on " + node + ": " + refusal.text
                                            : node + " refused: " + refusal.text,
        true},
       notes);
  return true;
}

// LOST-1: a starting failure; but what would be started elsewhere had it run already is tried elsewhere at
// once.
void StartJob::instance_lost(StepContext& context, const std::string& identifier, std::vector<JobNotes>& notes) {
  auto commands = std::move(commands_);
  commands_.clear();
  std::vector<Planned> failures;
  std::vector<Planned> moving;
  for (auto& command : commands) {
    if (command.identifier != identifier) {
      commands_.push_back(std::move(command));
      continue;
    }
    Planned planned = std::move(command.plan);
    const ProcessId id = id_of(planned.process);
    const bool moves = context.matcher.program(id).running_failure_strategy == RunningFailureStrategy::restart_process;
    const bool possible = planned.fixed.empty() && planned.attempts < static_cast<int>(context.view.instances.size());
    if (moves && possible) {
      ++planned.attempts;
      planned.origin.cause = context.label(identifier) + " was lost while it started there (RESTART_PROCESS)";
      moving.push_back(std::move(planned));
    } else {
      failures.push_back(std::move(planned));
    }
  }
  for (const auto& planned : failures) {
    fail(context, planned, {Verdict::failure, context.label(identifier) + " was lost while it started there", false},
         notes);
  }
  for (auto& planned : moving) {  // after the failures: ABORT lets the current rank finish
    planned_[kNow].push_back(std::move(planned));
  }
}

std::optional<std::string> StartJob::cancel(const std::string& process) {
  for (auto& [rank, list] : planned_) {
    std::erase_if(list, [&](const Planned& p) { return p.process == process; });
  }
  std::erase_if(planned_, [](const auto& entry) { return entry.second.empty(); });
  const auto found =
      std::find_if(commands_.begin(), commands_.end(), [&](const Command& c) { return c.plan.process == process; });
  if (found == commands_.end()) {
    return std::nullopt;
  }
  std::string identifier = found->identifier;
  commands_.erase(found);
  return identifier.empty() ? std::nullopt : std::optional(std::move(identifier));
}

}  // namespace holdfast::rules
