#include "rules/sequencer.hpp"

#include <algorithm>

#include "rules/application_state.hpp"

namespace holdfast::rules {

LazyLoads Sequencer::loads(const StepContext& context) const {
  return LazyLoads([this, &context] {
    LoadTable table(context.view, context.matcher);
    for (const auto& [name, job] : starts_) {
      job.add_pending(context, table);
    }
    return table;
  });
}

void Sequencer::abort(StepContext& context, const std::string& reason) {
  changed_ = changed_ || busy();
  starts_.clear();
  stops_.clear();
  deferred_.clear();
  sequence_.reset();
  shutdown_.reset();
  for (const auto& operation : operations_) {
    const auto& request = operation.request;
    context.actions.emplace_back(Completed{request.operation_id, Fault::abnormal_termination,
                                           request.application.empty() ? "aborted" : request.application,
                                           "given up: " + reason + "; what was ordered may still happen", false});
  }
  operations_.clear();
}

void Sequencer::order_refused(StepContext& context, const OrderRefused& refusal) {
  std::vector<JobNotes> notes;
  for (auto& [name, job] : starts_) {
    changed_ = job.order_refused(context, refusal, notes) || changed_;
  }
  for (auto& [name, job] : stops_) {
    changed_ = job.order_refused(context, refusal, notes) || changed_;
  }
  for (const auto& note : notes) {
    note_trouble(note);
  }
}

std::set<ProcessId> Sequencer::instance_lost(StepContext& context, const InstanceLost& lost) {
  std::set<ProcessId> handled;
  for (const auto& [name, job] : starts_) {
    for (const auto& process : job.processes()) {
      handled.insert({name, process});
    }
  }
  for (const auto& [name, job] : stops_) {
    for (const auto& process : job.processes()) {
      if (job.stops(process, lost.identifier)) {  // else the lost copy was the one to keep
        handled.insert({name, process});
      }
    }
  }
  if (lost.is_back) {
    return handled;
  }
  std::vector<JobNotes> notes;
  for (auto& [name, job] : starts_) {
    job.instance_lost(context, lost.identifier, notes);
  }
  for (auto& [name, job] : stops_) {
    job.instance_lost(lost.identifier);
  }
  for (const auto& note : notes) {
    note_trouble(note);
  }
  changed_ = changed_ || !handled.empty();
  return handled;
}

bool Sequencer::begin_start(StepContext& context, const std::string& name, const Origin& origin) {
  if (ending()) {
    context.decide_of(origin, name, "no start of " + name, "the whole cluster is being stopped");
    return false;
  }
  if (stops_.count(name) != 0) {
    deferred_[name].push_back({std::nullopt, origin});
    return true;
  }
  if (starts_.count(name) != 0) {
    return true;  // what asks now gets the outcome of the job that is under way
  }
  StartJob job(name, origin);
  auto table = loads(context);
  if (!job.plan_sequence(context, table)) {
    context.decide_of(origin, name, "no start of " + name, "no process with a start_sequence above 0 is stopped");
    return false;
  }
  context.decide_of(origin, name, "start application " + name, origin.cause);
  starts_.emplace(name, std::move(job));
  changed_ = true;
  return true;
}

void Sequencer::drop_start(StepContext& context, const std::string& name, const std::string& why) {
  const auto found = starts_.find(name);
  if (found != starts_.end()) {
    context.decide_of(found->second.origin(), name, "start of " + name + " given up", why);
    note_trouble({name, std::nullopt, "its start was given up: " + why});
    starts_.erase(found);
    changed_ = true;
  }
}

void Sequencer::begin_stop(StepContext& context, const std::string& name, const Origin& origin) {
  std::vector<std::pair<std::string, std::string>> ordered;
  if (const auto start = starts_.find(name); start != starts_.end()) {
    ordered = start->second.targets();
    drop_start(context, name, "stop: " + origin.cause);
  }
  deferred_.erase(name);  // a later stop wins over a start that waited
  auto job = stops_.find(name);
  if (job == stops_.end()) {
    job = stops_.emplace(name, StopJob(name, origin)).first;
  }
  if (job->second.plan_application(context, ordered)) {
    context.decide_of(origin, name, "stop application " + name, origin.cause);
  } else {
    stops_.erase(job);
  }
  changed_ = true;
}

void Sequencer::stop_application(StepContext& context, const std::string& name, const Origin& origin) {
  begin_stop(context, name, origin);
}

void Sequencer::restart_application(StepContext& context, const std::string& name, const Origin& origin) {
  begin_stop(context, name, origin);
  begin_start(context, name, origin);  // deferred while the stop job is there
}

void Sequencer::start_process(StepContext& context, const ProcessId& id, const Origin& origin) {
  if (ending()) {
    context.decide(origin, id, "no start of " + full_namespec(id), "the whole cluster is being stopped");
    return;
  }
  const auto stop = stops_.find(id.group);
  if (stop != stops_.end() && stop->second.contains(id.name)) {
    deferred_[id.group].push_back({id.name, origin});
    return;
  }
  auto job = starts_.find(id.group);
  if (job == starts_.end()) {
    job = starts_.emplace(id.group, StartJob(id.group, origin)).first;
  }
  job->second.add_process(id.name, origin);
  changed_ = true;
}

void Sequencer::start_in_rank(StepContext& context, const ProcessId& id, const Origin& origin) {
  const auto job = starts_.try_emplace(id.group, id.group, origin).first;
  job->second.add_in_rank(context, id.name, origin);
  changed_ = true;
}

std::vector<std::string> Sequencer::copies_to_stop(StepContext& context, const ProcessId& id) {
  std::vector<std::string> targets;
  if (const ProcessView* process = context.process(id)) {
    targets = process_status(*process).active_on;
  }
  const auto job = starts_.find(id.group);
  if (job == starts_.end()) {
    return targets;
  }
  const auto ordered = job->second.cancel(id.name);
  if (ordered && std::find(targets.begin(), targets.end(), *ordered) == targets.end()) {
    targets.push_back(*ordered);
  }
  return targets;
}

void Sequencer::stop_process(StepContext& context, const ProcessId& id, const Origin& origin) {
  if (const auto waiting = deferred_.find(id.group); waiting != deferred_.end()) {
    std::erase_if(waiting->second, [&](const DeferredStart& d) { return d.process == id.name; });
  }
  stop_copies(context, id, copies_to_stop(context, id), origin);
}

void Sequencer::stop_copies(StepContext&, const ProcessId& id, const std::vector<std::string>& identifiers,
                            const Origin& origin) {
  if (identifiers.empty()) {
    return;
  }
  auto job = stops_.find(id.group);
  if (job == stops_.end()) {
    job = stops_.emplace(id.group, StopJob(id.group, origin)).first;
  }
  for (const auto& identifier : identifiers) {
    job->second.add_copy(id.name, identifier, origin);
  }
  changed_ = true;
}

void Sequencer::restart_process(StepContext& context, const ProcessId& id, const Origin& origin) {
  stop_process(context, id, origin);
  start_process(context, id, origin);
}

void Sequencer::after_stop(StepContext& context, const std::string& name, const std::vector<DeferredStart>& starts) {
  for (const auto& deferred : starts) {
    if (deferred.process) {
      start_process(context, {name, *deferred.process}, deferred.origin);
    } else {
      begin_start(context, name, deferred.origin);
    }
  }
}

bool Sequencer::advance_stops(StepContext& context) {
  bool moved = false;
  std::vector<JobNotes> notes;
  std::vector<std::string> ended;
  for (auto& [name, job] : stops_) {
    moved = job.advance(context, last_order_id_, notes) || moved;
    if (job.done()) {
      ended.push_back(name);
    }
  }
  for (const auto& note : notes) {
    note_trouble(note);
  }
  for (const auto& name : ended) {
    stops_.erase(name);
    const auto waiting = deferred_.extract(name);
    if (!waiting.empty()) {
      after_stop(context, name, waiting.mapped());
    }
    moved = true;
  }
  return moved;
}

bool Sequencer::advance_starts(StepContext& context) {
  bool moved = false;
  std::vector<JobNotes> notes;
  std::map<std::string, std::string> ended;  // application -> why it must be stopped now, or empty
  Origin origin;
  auto table = loads(context);
  for (auto& [name, job] : starts_) {
    moved = job.advance(context, table, last_order_id_, notes) || moved;
    if (job.done()) {
      ended.emplace(name, job.stop_reason());
    }
  }
  for (const auto& note : notes) {
    note_trouble(note);
  }
  for (const auto& [name, stop_reason] : ended) {
    origin = starts_.at(name).origin();
    starts_.erase(name);
    if (!stop_reason.empty()) {  // contract 4.4, STOP
      origin.cause = stop_reason;
      begin_stop(context, name, origin);
    }
    moved = true;
  }
  return moved;
}

void Sequencer::advance(StepContext& context) {
  bool moved = true;
  while (moved) {
    moved = advance_stops(context);
    moved = advance_starts(context) || moved;
    moved = advance_shutdown(context) || moved;
    moved = advance_sequence(context) || moved;
    changed_ = changed_ || moved;
  }
  answer_ended_operations(context);
}

bool Sequencer::has_job(const std::string& application) const {
  return starts_.count(application) != 0 || stops_.count(application) != 0 || deferred_.count(application) != 0;
}

bool Sequencer::is_starting(const ProcessId& id) const {
  const auto job = starts_.find(id.group);
  return job != starts_.end() && job->second.contains(id.name);
}

std::optional<Instant> Sequencer::next_deadline() const {
  std::optional<Instant> first;
  const auto consider = [&](std::optional<Instant> at) {
    if (at && (!first || *at < *first)) {
      first = at;
    }
  };
  for (const auto& [name, job] : starts_) {
    consider(job.next_deadline());
  }
  for (const auto& [name, job] : stops_) {
    consider(job.next_deadline());
  }
  return first;
}

std::vector<JobView> Sequencer::jobs() const {
  std::vector<JobView> all;
  for (const auto& [name, job] : starts_) {
    all.push_back(job.view());
  }
  for (const auto& [name, job] : stops_) {
    all.push_back(job.view());
  }
  return all;
}

}  // namespace holdfast::rules
