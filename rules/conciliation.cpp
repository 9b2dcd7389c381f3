#include "rules/conciliation.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.hpp"
#include "rules/application_state.hpp"

namespace holdfast::rules {
namespace {

/// Identifiers of the copies that run or will, in order of declaration.
std::vector<std::string> running_copies(const ClusterView& view, const ProcessView& process) {
  std::vector<std::string> running;
  for (const auto& instance : view.instances) {
    const auto copy = process.copies.find(instance.identifier);
    if (copy != process.copies.end() && is_active(copy->second)) {
      running.push_back(instance.identifier);
    }
  }
  return running;
}

/// When the copy began to run; one that only tries to is younger than all that run.
Instant began(const CopyView& copy) {
  return copy.state == ProcessState::running ? copy.since : Instant::max();
}

/// The copy to keep; of equally old ones the first in order of declaration.
std::string survivor(const ProcessView& process, const std::vector<std::string>& running, bool youngest) {
  std::string kept = running.front();
  for (const auto& identifier : running) {
    const Instant at = began(process.copies.at(identifier));
    const Instant best = began(process.copies.at(kept));
    if (youngest ? at > best : at < best) {
      kept = identifier;
    }
  }
  return kept;
}

std::string uptime_text(const StepContext& context, const CopyView& copy) {
  return copy.state == ProcessState::running
             ? "up " + std::to_string((context.now - copy.since).count() / 1'000'000'000) + " s"
             : "not running yet";
}

std::string describe(const StepContext& context, const ProcessView& process, const std::vector<std::string>& running) {
  std::string all;
  for (const auto& identifier : running) {
    all += (all.empty() ? "" : ", ") + context.label(identifier) + " (" +
           uptime_text(context, process.copies.at(identifier)) + ")";
  }
  return all;
}

}  // namespace

std::vector<ProcessId> Conciliator::conflicts(const ClusterView& view, const Matcher& matcher) {
  std::vector<ProcessId> found;
  for (const auto& [application, processes] : view.applications) {
    for (const auto& [name, process] : processes) {
      if (process.copies.size() > 1 && running_copies(view, process).size() > 1 &&
          matcher.application(application).managed) {
        found.push_back({application, name});
      }
    }
  }
  return found;
}

bool Conciliator::is_due(const StepContext& context, const ProcessId& id, std::uint64_t epoch,
                         const std::vector<std::string>& running, bool forced) {
  Decided& decided = decided_[id];
  if (forced || decided.epoch != epoch || decided.running != running) {
    // Copies that come and go must not reset the bound; another conflict, long after the last, does.
    const bool calm = context.now - decided.last >= Duration(limits::rules_restart_calm);
    const bool goes_on = decided.epoch == epoch && !(decided.running != running && calm);
    decided = {epoch, running, goes_on ? decided.attempts : 0, context.now};
  } else if (context.now - decided.last < Duration(limits::rules_conciliation_retry)) {
    return false;
  }
  // Nodes that come back one by one, each with its copy, make one conflict each.
  const auto instances = static_cast<int>(context.view.instances.size());
  if (!forced && decided.attempts >= std::max(limits::rules_conciliation_attempts, instances)) {
    return false;
  }
  decided.last = context.now;
  ++decided.attempts;
  return true;
}

void Conciliator::conciliate(StepContext& context, ConciliationStrategy strategy, std::uint64_t epoch,
                             const Origin& origin, bool forced, Sequencer& sequencer, FailureHandler& failures) {
  const auto found = conflicts(context.view, context.matcher);
  std::erase_if(decided_, [&](const auto& entry) {
    return entry.second.epoch != epoch && !std::binary_search(found.begin(), found.end(), entry.first);
  });
  // Of itself the Master waits for the jobs of an application, but for those that begin here; a person does not wait.
  std::set<std::string> at_work;
  for (const auto& id : found) {
    if (!forced && sequencer.has_job(id.group)) {
      at_work.insert(id.group);
    }
  }
  for (const auto& id : found) {
    const ProcessView& process = *context.process(id);
    const auto running = running_copies(context.view, process);
    if (at_work.contains(id.group) || !is_due(context, id, epoch, running, forced)) {
      continue;
    }
    const std::string name(name_of(strategy));
    Origin own = origin;
    own.cause = name + ": " + full_namespec(id) + " runs on " + describe(context, process, running);
    switch (strategy) {
      case ConciliationStrategy::user:
        context.decide(own, id, "conflict of " + full_namespec(id) + " left to a person", own.cause);
        break;
      case ConciliationStrategy::senicide:
      case ConciliationStrategy::infanticide: {
        const bool youngest = strategy == ConciliationStrategy::senicide;
        const std::string kept = survivor(process, running, youngest);
        std::vector<std::string> others = running;
        std::erase(others, kept);
        own.cause += std::string("; the ") + (youngest ? "youngest" : "oldest") + " is kept, on " + context.label(kept);
        context.decide(own, id, "keep " + full_namespec(id) + " on " + context.label(kept), own.cause);
        sequencer.stop_copies(context, id, others, own);
        break;
      }
      case ConciliationStrategy::stop:
        own.cause += "; all are stopped";
        sequencer.stop_copies(context, id, running, own);
        break;
      case ConciliationStrategy::restart:
        own.cause += "; all are stopped, then one is started";
        sequencer.restart_process(context, id, own);
        break;
      case ConciliationStrategy::running_failure:
        own.cause += "; all are stopped, then its running failure strategy holds";
        sequencer.stop_copies(context, id, running, own);
        failures.apply(context, id, own.cause);  // waits for the stop: the application has a job
        break;
    }
  }
}

}  // namespace holdfast::rules
