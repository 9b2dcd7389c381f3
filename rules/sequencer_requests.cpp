// The Sequencer's requests and their answers (contract supvisors.md 5.1 for the codes, 5.3 for who gets
// which).
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "rules/application_state.hpp"
#include "rules/pattern.hpp"
#include "rules/placement.hpp"
#include "rules/sequencer.hpp"

namespace holdfast::rules {
namespace {

bool is_application_kind(RequestKind kind) {
  return kind == RequestKind::start_application || kind == RequestKind::stop_application ||
         kind == RequestKind::restart_application;
}

bool is_global_kind(RequestKind kind) {
  return kind == RequestKind::restart_sequence || kind == RequestKind::stop_everything;
}

/// As the request names it; a process called like its application by that name alone.
std::string subject_of(const Request& request) {
  return is_application_kind(request.kind) ? request.application
                                           : make_namespec({request.application, request.process});
}

bool is_restart(RequestKind kind) {
  return kind == RequestKind::restart_application || kind == RequestKind::restart_process;
}

/// A request that names processes says what stands behind their commands, be it nothing; any other leaves it.
Origin origin_of(const Request& request) {
  const bool of_process = request.kind == RequestKind::start_process || request.kind == RequestKind::restart_process;
  return {request.user.empty() ? "asked for" : "asked for by " + request.user, request.operation_id, request.strategy,
          request.requester, of_process ? std::optional(request.extra_args) : std::nullopt};
}

/// Whether nothing of it runs, or will by itself.
bool is_at_rest(const std::map<std::string, ProcessView>& processes) {
  return std::all_of(processes.begin(), processes.end(),
                     [](const auto& entry) { return process_status(entry.second).active_on.empty(); });
}

/// Started and over, as a wait_exit program is when it did what it was started for.
bool did_its_work(const ProcessStatus& status, const ProgramRules& rules) {
  return rules.wait_exit && status.state == ProcessState::exited && status.expected_exit;
}

}  // namespace

void Sequencer::refuse(StepContext& context, const Request& request, Fault fault, std::string detail, std::string why) {
  const bool of_process = request.kind == RequestKind::start_process || request.kind == RequestKind::stop_process ||
                          request.kind == RequestKind::restart_process;
  if (of_process) {
    context.decide(origin_of(request), {request.application, request.process}, "request refused", why);
  } else {
    context.decide_of(origin_of(request), request.application, "request refused", why);
  }
  context.actions.emplace_back(Completed{request.operation_id, fault, std::move(detail), std::move(why), true});
}

bool Sequencer::accept(StepContext& context, const Request& request, std::vector<std::string> processes,
                       std::string chosen) {
  if (operations_.size() >= limits::rules_operations_max) {
    refuse(context, request, Fault::failed, subject_of(request),
           "too many requests are open (" + std::to_string(limits::rules_operations_max) + ")");
    return false;
  }
  operations_.push_back({request, std::move(processes), "", std::move(chosen), true});
  return true;
}

void Sequencer::request(StepContext& context, const Request& request) {
  if (is_global_kind(request.kind)) {
    request_everything(context, request);
  } else if (request.kind == RequestKind::start_any_process) {
    request_any(context, request);
  } else if (context.view.applications.count(request.application) == 0) {
    refuse(context, request, Fault::bad_name, "application=" + request.application + " unknown to Supvisors",
           "no instance defines " + request.application);
  } else if (is_application_kind(request.kind)) {
    request_application(context, request);
  } else {
    request_process(context, request);
  }
}

void Sequencer::request_application(StepContext& context, const Request& request) {
  const std::string& name = request.application;
  const auto status = application_status(context.view, context.matcher, name);
  const Origin origin = origin_of(request);
  if (!status.managed) {
    refuse(context, request, Fault::not_managed, name, "no rule matches " + name);
    return;
  }
  const auto state = std::string(name_of(status.state));
  const bool stopped = status.state == ApplicationState::stopped;
  switch (request.kind) {
    case RequestKind::start_application:
      if (!stopped) {
        refuse(context, request, Fault::already_started, name, name + " is " + state);
      } else if (accept(context, request, {})) {
        begin_start(context, name, origin);
      }
      return;
    case RequestKind::stop_application:
      if (stopped && starts_.count(name) == 0 && is_at_rest(context.view.applications.at(name))) {
        refuse(context, request, Fault::not_running, "failed to stop " + name, name + " is " + state);
      } else if (accept(context, request, {})) {
        begin_stop(context, name, origin);
      }
      return;
    case RequestKind::restart_application:
      if (accept(context, request, {})) {
        restart_application(context, name, origin);
      }
      return;
    case RequestKind::start_process:
    case RequestKind::start_any_process:
    case RequestKind::stop_process:
    case RequestKind::restart_process:
    case RequestKind::restart_sequence:
    case RequestKind::stop_everything:
      return;
  }
}

void Sequencer::request_process(StepContext& context, const Request& request) {
  const auto& views = context.view.applications.at(request.application);
  std::vector<std::string> names;
  if (request.process == "*") {
    for (const auto& [name, process] : views) {
      names.push_back(name);
    }
  } else if (views.count(request.process) != 0) {
    names.push_back(request.process);
  }
  if (names.empty()) {
    refuse(context, request, Fault::bad_name,
           "process=" + request.process + " unknown in application=" + request.application,
           "no instance defines " + subject_of(request));
    return;
  }
  const Origin origin = origin_of(request);
  bool any_active = false;
  for (const auto& name : names) {
    const ProcessId id{request.application, name};
    const auto status = process_status(views.at(name));
    if (request.kind == RequestKind::start_process && is_running(status.real)) {
      refuse(context, request, Fault::already_started, make_namespec(id),
             full_namespec(id) + " runs on " + context.label(status.running_on.front()));
      return;
    }
    any_active = any_active || !status.active_on.empty() || is_starting(id);
  }
  if (request.kind == RequestKind::stop_process && !any_active) {
    refuse(context, request, Fault::not_running, subject_of(request) + " already stopped",
           subject_of(request) + " does not run anywhere");
    return;
  }
  if (!accept(context, request, names)) {
    return;
  }
  for (const auto& name : names) {
    const ProcessId id{request.application, name};
    if (request.kind != RequestKind::start_process) {
      stop_process(context, id, origin);
    }
  }
  for (const auto& name : names) {
    if (request.kind != RequestKind::stop_process) {
      start_process(context, {request.application, name}, origin);
    }
  }
}

/// What is chosen is then started as if it had been named.
void Sequencer::request_any(StepContext& context, const Request& request) {
  const auto pattern = Pattern::compile(request.process);
  if (!pattern) {
    return refuse(context, request, Fault::incorrect_parameters, pattern.error().message, pattern.error().message);
  }
  auto table = loads(context);
  std::string why_not = "no stopped process has such a name";
  for (const auto& [application, processes] : context.view.applications) {
    for (const auto& [name, process] : processes) {
      const ProcessId id{application, name};
      if (!pattern.value().search(make_namespec(id)) || !process_status(process).active_on.empty() || is_starting(id)) {
        continue;
      }
      const auto strategy = request.strategy.value_or(context.matcher.application(application).starting_strategy);
      const Placement place =
          place_process(context.view, context.matcher, table.get(), id, {strategy, request.requester});
      if (!place.found()) {
        why_not = full_namespec(id) + ": " + place.reason;
        continue;
      }
      Request chosen = request;
      chosen.kind = RequestKind::start_process;
      chosen.application = application;
      chosen.process = name;
      if (accept(context, chosen, {name}, make_namespec(id))) {
        start_process(context, id, origin_of(chosen));
      }
      return;
    }
  }
  refuse(context, request, Fault::failed, "no candidate process matching \"" + request.process + "\"", why_not);
}

void Sequencer::request_everything(StepContext& context, const Request& request) {
  Origin origin = origin_of(request);
  if (request.kind == RequestKind::restart_sequence) {
    if (busy()) {
      refuse(context, request, Fault::bad_supvisors_state, "jobs in progress",
             "there are start or stop jobs in progress");
      return;
    }
    automatic_start(context, "start sequence " + origin.cause);
    if (!sequence_) {
      refuse(context, request, Fault::abnormal_termination, "failed to trigger start sequence",
             "no application of the start sequence is new or failed");
      return;
    }
    sequence_->origin.operation_id = request.operation_id;
    if (!accept(context, request, {})) {
      sequence_.reset();
    }
    return;
  }
  if (!accept(context, request, {})) {
    return;
  }
  sequence_.reset();
  deferred_.clear();
  RankQueue queue;
  queue.origin = origin;
  queue.origin.cause = "stop of everything " + origin.cause;
  for (const auto& [name, processes] : context.view.applications) {  // managed or not (contract STP-3)
    queue.ranks[context.matcher.application(name).stop_sequence].push_back(name);
  }
  std::vector<std::string> pending;
  for (const auto& [name, job] : starts_) {
    pending.push_back(name);
  }
  for (const auto& name : pending) {
    begin_stop(context, name, queue.origin);  // no start goes on while the world ends
  }
  shutdown_ = std::move(queue);
  changed_ = true;
}

void Sequencer::note_trouble(const JobNotes& notes) {
  constexpr std::size_t kTroubleMax = 2'000;
  for (auto& operation : operations_) {
    const auto& request = operation.request;
    const auto& names = operation.processes;
    const bool concerned =
        is_global_kind(request.kind) ||
        (request.application == notes.application &&
         (names.empty() || !notes.process || std::find(names.begin(), names.end(), *notes.process) != names.end()));
    if (concerned && operation.trouble.size() < kTroubleMax) {
      operation.trouble += (operation.trouble.empty() ? "" : "; ") + notes.text;
    }
  }
}

bool Sequencer::waits_for_stop(const Operation& operation, const std::string& process) const {
  const auto found = deferred_.find(operation.request.application);
  return found != deferred_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const DeferredStart& d) { return !d.process || d.process == process; });
}

bool Sequencer::is_open(const Operation& operation) const {
  const auto& request = operation.request;
  switch (request.kind) {
    case RequestKind::restart_sequence:
      return sequence_.has_value();
    case RequestKind::stop_everything:
      return shutdown_.has_value();
    case RequestKind::start_application:
    case RequestKind::stop_application:
    case RequestKind::restart_application:
      return has_job(request.application);
    case RequestKind::start_process:
    case RequestKind::start_any_process:
    case RequestKind::stop_process:
    case RequestKind::restart_process:
      break;
  }
  const auto start = starts_.find(request.application);
  const auto stop = stops_.find(request.application);
  return std::any_of(operation.processes.begin(), operation.processes.end(), [&](const std::string& name) {
    return (start != starts_.end() && start->second.contains(name)) ||
           (stop != stops_.end() && stop->second.contains(name)) || waits_for_stop(operation, name);
  });
}

void Sequencer::answer_ended_operations(StepContext& context) {
  std::vector<Operation> open;
  for (auto& operation : operations_) {
    if (is_open(operation)) {
      if (std::exchange(operation.fresh, false)) {
        context.actions.emplace_back(Accepted{operation.request.operation_id, operation.chosen});
      }
      open.push_back(std::move(operation));
    } else {
      answer(context, operation);
    }
  }
  operations_ = std::move(open);
}

/// The processes of the request that are not as it wants them.
std::vector<std::string> Sequencer::failed_processes(const StepContext& context, const Operation& operation) {
  std::vector<std::string> failed;
  for (const auto& name : operation.processes) {
    const ProcessId id{operation.request.application, name};
    const ProcessView* process = context.process(id);
    const auto status = process == nullptr ? ProcessStatus{} : process_status(*process);
    const bool runs = !status.active_on.empty();
    // STARTING after a timeout is no success, though it may still become one.
    const bool runs_well = status.real == ProcessState::running || (runs && operation.trouble.empty());
    const bool reached = operation.request.kind == RequestKind::stop_process
                             ? !runs
                             : runs_well || did_its_work(status, context.matcher.program(id));
    if (!reached) {
      failed.push_back(make_namespec(id));
    }
  }
  return failed;
}

void Sequencer::answer(StepContext& context, const Operation& operation) {
  const auto& request = operation.request;
  Completed completed{request.operation_id, std::nullopt, "", operation.trouble, false};
  const bool stop = request.kind == RequestKind::stop_application || request.kind == RequestKind::stop_process;
  bool reached = true;
  if (is_application_kind(request.kind)) {
    const auto state = application_status(context.view, context.matcher, request.application).state;
    reached = is_restart(request.kind) ? state != ApplicationState::stopped
                                       : state == (stop ? ApplicationState::stopped : ApplicationState::running);
    completed.detail = request.application;
    if (!reached && completed.why.empty()) {
      completed.why = request.application + " is " + std::string(name_of(state));
    }
  } else if (!is_global_kind(request.kind)) {
    const auto failed = failed_processes(context, operation);
    reached = failed.empty();
    completed.detail = reached ? "" : "processes=" + text::quoted_list(failed);
  }
  if (!reached) {
    completed.fault = stop ? Fault::still_running : Fault::not_running;
  }
  if (!reached && operation.fresh && !stop) {  // nothing was queued
    completed.fault = Fault::abnormal_termination;
    completed.detail =
        std::string("failed to ") + (is_restart(request.kind) ? "restart " : "start ") + subject_of(request);
  }
  if (!completed.fault && !operation.chosen.empty()) {
    completed.detail = operation.chosen;
  }
  context.actions.emplace_back(std::move(completed));
}

}  // namespace holdfast::rules
