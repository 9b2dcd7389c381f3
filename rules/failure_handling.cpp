#include "rules/failure_handling.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "rules/application_state.hpp"

namespace holdfast::rules {
namespace {

Origin origin_of(const std::string& cause) {
  return {cause, "", std::nullopt, ""};
}

}  // namespace

// Contract 4.7, first column: what concerns only the process is left to its node's autorestart.
void FailureHandler::crashed(StepContext& context, const ProcessId& id, const std::string& identifier) {
  const auto strategy = context.matcher.program(id).running_failure_strategy;
  if (strategy == RunningFailureStrategy::continue_ || strategy == RunningFailureStrategy::restart_process) {
    return;
  }
  add(context, id, strategy, full_namespec(id) + " crashed on " + context.label(identifier));
}

// Second column.
void FailureHandler::lost(StepContext& context, const ProcessId& id, const std::string& identifier) {
  add(context, id, context.matcher.program(id).running_failure_strategy,
      context.label(identifier) + " was lost with " + full_namespec(id));
  if (const auto pending = pending_.find(id.group); pending != pending_.end()) {
    pending->second.at_once = true;
  }
}

void FailureHandler::apply(StepContext& context, const ProcessId& id, const std::string& cause) {
  add(context, id, context.matcher.program(id).running_failure_strategy, cause);
}

void FailureHandler::add(StepContext& context, const ProcessId& id, RunningFailureStrategy strategy,
                         const std::string& cause) {
  context.decide(origin_of(cause), id, "running failure strategy " + std::string(name_of(strategy)), cause);
  const bool in_sequence = context.matcher.program(id).start_sequence > 0;
  switch (strategy) {
    case RunningFailureStrategy::continue_:
      return;
    case RunningFailureStrategy::shutdown:
    case RunningFailureStrategy::restart:
      context.actions.emplace_back(ClusterOrder{strategy == RunningFailureStrategy::restart,
                                                cause + " (" + std::string(name_of(strategy)) + ")"});
      return;
    case RunningFailureStrategy::stop_application: {
      auto& pending = pending_[id.group];
      pending = Pending{cause + " (STOP_APPLICATION)", "", "", {}, false};
      return;
    }
    case RunningFailureStrategy::restart_application: {
      auto& pending = pending_[id.group];
      if (!pending.stop_cause.empty()) {
        return;
      }
      if (pending.restart_cause.empty()) {
        pending.restart_cause = cause + " (RESTART_APPLICATION)";
        pending.culprit = id.name;
      }
      std::erase_if(pending.restart, [&](const auto& entry) {  // RFS-2: the sequence starts these again
        return context.matcher.program({id.group, entry.first}).start_sequence > 0;
      });
      return;
    }
    case RunningFailureStrategy::restart_process: {
      auto& pending = pending_[id.group];
      if (pending.stop_cause.empty() && (pending.restart_cause.empty() || !in_sequence)) {
        pending.restart[id.name] = cause + " (RESTART_PROCESS)";
      }
      return;
    }
  }
}

// A process alone is restarted elsewhere, unless nothing of its application runs any more: then the ranks
// count, and the whole sequence starts again. Judged when it is due, since a job may have brought the
// application back.
void FailureHandler::promote(StepContext& context, const std::string& name, Pending& pending) {
  const bool stopped = application_status(context.view, context.matcher, name).state == ApplicationState::stopped;
  const auto ranked = std::find_if(pending.restart.begin(), pending.restart.end(), [&](const auto& entry) {
    return context.matcher.program({name, entry.first}).start_sequence > 0;
  });
  if (!stopped || ranked == pending.restart.end() || !pending.restart_cause.empty()) {
    return;
  }
  const std::string cause = ranked->second + ", and nothing of " + name + " runs any more";
  add(context, {name, ranked->first}, RunningFailureStrategy::restart_application, cause);
}

bool FailureHandler::trigger(StepContext& context, Sequencer& sequencer) {
  if (sequencer.ending()) {
    pending_.clear();
    return false;
  }
  bool begun = false;
  for (auto& [name, pending] : pending_) {
    if (!sequencer.has_job(name)) {
      promote(context, name, pending);
    }
  }
  std::vector<std::string> due;
  for (const auto& [name, pending] : pending_) {
    const auto history = history_.find(name);
    const bool held = !pending.at_once && !pending.restart_cause.empty() && history != history_.end() &&
                      context.now < history->second.not_before;
    if (!sequencer.has_job(name) && !held) {  // RFS-3
      due.push_back(name);
    }
  }
  for (const auto& name : due) {
    begin(context, sequencer, name, pending_.extract(name).mapped());
    begun = true;
  }
  return begun;
}

void FailureHandler::begin(StepContext& context, Sequencer& sequencer, const std::string& name,
                           const Pending& pending) {
  if (!pending.stop_cause.empty()) {
    sequencer.stop_application(context, name, origin_of(pending.stop_cause));
    return;
  }
  if (!pending.restart_cause.empty()) {
    if (pending.at_once || note_restart(context, name)) {
      sequencer.restart_application(context, name, origin_of(pending.restart_cause));
    } else {
      give_up(context, name, pending);
    }
  }
  begin_restarts(context, sequencer, name, pending);
}

// By ranks, as in the sequence (contract 4.3 point 4); what is in none starts at once. With a restart of the whole
// application only the latter are left here (RFS-2).
void FailureHandler::begin_restarts(StepContext& context, Sequencer& sequencer, const std::string& name,
                                    const Pending& pending) {
  for (const auto& [process, cause] : pending.restart) {
    const ProcessId id{name, process};
    if (context.matcher.program(id).start_sequence > 0 && pending.restart_cause.empty()) {
      sequencer.start_in_rank(context, id, origin_of(cause));
    } else {
      sequencer.start_process(context, id, origin_of(cause));
    }
  }
}

void FailureHandler::give_up(StepContext& context, const std::string& name, const Pending& pending) {
  const std::string why = pending.restart_cause + ": restarted " + std::to_string(limits::rules_restart_attempts) +
                          " times, and never calm for " +
                          std::to_string(std::chrono::seconds(limits::rules_restart_calm).count()) +
                          " s in between; it is left as it is until somebody starts it";
  context.force({name, pending.culprit}, ProcessState::fatal, why);
  context.decide_of(origin_of(pending.restart_cause), name, "no restart of " + name, why);
}

// For an application that fails by itself. The first restart is immediate; the next ones wait 1, 2, 4 … s
// until the application has been calm for a while.
bool FailureHandler::note_restart(StepContext& context, const std::string& application) {
  std::erase_if(history_, [&](const auto& entry) {
    return context.now - entry.second.last > Duration(limits::rules_restart_calm);
  });
  History& history = history_[application];
  if (history.restarts >= limits::rules_restart_attempts) {
    return false;
  }
  Duration wait = limits::rules_restart_backoff;
  for (int i = 0; i < history.restarts && wait < Duration(limits::rules_restart_backoff_max); ++i) {
    wait *= 2;
  }
  ++history.restarts;
  history.last = context.now;
  history.not_before = context.now + std::min(wait, Duration(limits::rules_restart_backoff_max));
  return true;
}

std::optional<Instant> FailureHandler::next_deadline(const Sequencer& sequencer) const {
  std::optional<Instant> first;
  for (const auto& [name, pending] : pending_) {
    const auto history = history_.find(name);
    if (pending.at_once || pending.restart_cause.empty() || history == history_.end() || sequencer.has_job(name)) {
      continue;
    }
    if (!first || history->second.not_before < *first) {
      first = history->second.not_before;
    }
  }
  return first;
}

}  // namespace holdfast::rules
