#include "rules/engine.hpp"

#include <set>
#include <utility>

#include "base/limits.hpp"

namespace holdfast::rules {
namespace {

bool is_crash(const CopyView& copy) {
  return copy.state == ProcessState::fatal || (copy.state == ProcessState::exited && !copy.expected_exit);
}

std::vector<ProcessId> all_on(const ClusterView& view, const std::string& identifier) {
  std::vector<ProcessId> all;
  for (const auto& [application, processes] : view.applications) {
    for (const auto& [name, process] : processes) {
      if (process.copies.contains(identifier)) {
        all.push_back({application, name});
      }
    }
  }
  return all;
}

}  // namespace

Engine::Engine(RuleSet rules, EngineOptions options)
    : matcher_(std::move(rules), options.starting_strategy), options_(options) {}

void Engine::set_rules(RuleSet rules, EngineOptions options) {
  matcher_ = Matcher(std::move(rules), options.starting_strategy);
  options_ = options;
}

void Engine::step(Instant now, const ClusterView& view, const Event& event) {
  matcher_.trim();
  const bool was_busy = busy();
  if (!std::exchange(looked_around_, true)) {
    look_around(view, event);
  }
  StepContext context{now, view, matcher_, actions_};
  std::visit([&](const auto& one) { handle(context, one); }, event);
  // A failure that waits for a job may begin a job, which may end at once and free the next failure.
  do {
    sequencer_.advance(context);
  } while (failures_.trigger(context, sequencer_));
  if (sequencer_.take_changed() || was_busy != busy()) {
    actions_.emplace_back(JobsChanged{});
  }
}

// News of a copy also come when it was disabled, when its node is back with what it ended as, and again.
bool Engine::is_new_crash(const ProcessId& id, const std::string& identifier, const CopyView& copy) {
  auto& of_instance = seen_[identifier];
  if (of_instance.size() > limits::rules_cache_entries) {
    of_instance.clear();
  }
  const auto [known, first] = of_instance.try_emplace(id);
  const Seen before = std::exchange(known->second, {is_active(copy), copy.event_us});
  return is_crash(copy) && !first && (before.alive || before.event_us != copy.event_us);
}

void Engine::look_around(const ClusterView& view, const Event& event) {
  const auto* news = std::get_if<CopyChanged>(&event);
  for (const auto& [application, processes] : view.applications) {
    for (const auto& [name, process] : processes) {
      for (const auto& [identifier, copy] : process.copies) {
        const ProcessId id{application, name};
        const bool is_news = news != nullptr && news->id == id && news->identifier == identifier;
        seen_[identifier][id] = {is_news || is_active(copy), copy.event_us};
      }
    }
  }
}

void Engine::handle(StepContext& context, const CopyChanged& event) {
  const ProcessView* process = context.process(event.id);
  if (process == nullptr) {
    return;
  }
  const CopyView* copy = context.copy(event.id, event.identifier);
  const bool only_defined = copy != nullptr && copy->state == ProcessState::stopped && !copy->ever_started;
  if (process->forced && !only_defined) {  // PRC-5: any real event ends it, a node that comes with its program does not
    context.actions.emplace_back(ForcedState{event.id, process->forced->state, "", true});
  }
  const bool crashed = copy != nullptr && is_new_crash(event.id, event.identifier, *copy);
  if (crashed && !sequencer_.is_starting(event.id)) {
    failures_.crashed(context, event.id, event.identifier);
  }
}

void Engine::handle(StepContext& context, const InstanceLost& event) {
  const auto handled = sequencer_.instance_lost(context, event);
  auto& seen = seen_[event.identifier];
  seen.clear();  // what it says when it is back is known by its loss
  for (const auto& id : event.is_back ? all_on(context.view, event.identifier) : std::vector<ProcessId>()) {
    const CopyView& copy = *context.copy(id, event.identifier);
    seen[id] = {is_active(copy), copy.event_us};
  }
  const std::set<ProcessId> ran(event.processes.begin(), event.processes.end());
  for (const auto& id : ran) {
    const ProcessView* process = context.process(id);
    if (process == nullptr || handled.count(id) != 0) {
      continue;
    }
    bool elsewhere = false;
    for (const auto& [identifier, copy] : process->copies) {
      elsewhere = elsewhere || (identifier != event.identifier && is_active(copy));
    }
    if (!elsewhere) {
      failures_.lost(context, id, event.identifier);
    }
  }
}

void Engine::handle(StepContext& context, const Request& event) {
  if (event.kind != RequestKind::stop_application && event.kind != RequestKind::stop_process) {
    failures_.forgive(event.application);
  }
  sequencer_.request(context, event);
}

void Engine::handle(StepContext& context, const AutomaticStart&) {
  sequencer_.automatic_start(context, "automatic start");
}

void Engine::handle(StepContext& context, const Conciliate& event) {
  Origin origin;
  origin.operation_id = event.operation_id;
  conciliator_.conciliate(context, event.strategy.value_or(options_.conciliation_strategy), event.epoch, origin,
                          event.strategy.has_value(), sequencer_, failures_);
}

void Engine::handle(StepContext& context, const OrderRefused& event) {
  sequencer_.order_refused(context, event);
}

void Engine::handle(StepContext&, const TimePassed&) {}

void Engine::handle(StepContext& context, const Abort& event) {
  sequencer_.abort(context, event.reason);
  failures_.abort();
  conciliator_.abort();
  seen_.clear();
  looked_around_ = false;
}

std::vector<Action> Engine::take_actions() {
  return std::exchange(actions_, {});
}

std::optional<Instant> Engine::next_deadline() const {
  const auto jobs = sequencer_.next_deadline();
  const auto failures = failures_.next_deadline(sequencer_);
  if (jobs && failures) {
    return std::min(*jobs, *failures);
  }
  return jobs ? jobs : failures;
}

bool Engine::busy() const {
  return sequencer_.busy() || failures_.pending();
}
bool Engine::starting() const {
  return sequencer_.starting();
}
bool Engine::stopping() const {
  return sequencer_.stopping();
}
std::vector<JobView> Engine::jobs() const {
  return sequencer_.jobs();
}

std::vector<ProcessId> Engine::conflicts(const ClusterView& view) const {
  return Conciliator::conflicts(view, matcher_);
}

}  // namespace holdfast::rules
