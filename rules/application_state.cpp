#include "rules/application_state.hpp"

#include <algorithm>
#include <tuple>

#include "rules/status_formula.hpp"

namespace holdfast::rules {
namespace {

std::string_view name_of_state(ProcessState state) {
  switch (state) {
    case ProcessState::stopped:
      return "STOPPED";
    case ProcessState::starting:
      return "STARTING";
    case ProcessState::running:
      return "RUNNING";
    case ProcessState::backoff:
      return "BACKOFF";
    case ProcessState::stopping:
      return "STOPPING";
    case ProcessState::exited:
      return "EXITED";
    case ProcessState::fatal:
      return "FATAL";
    case ProcessState::unknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

/// The first of RUNNING, BACKOFF, STARTING, STOPPING that any copy has (contract PRC-3).
ProcessState strongest(const ProcessView& process) {
  for (const auto wanted : {ProcessState::running, ProcessState::backoff, ProcessState::starting}) {
    for (const auto& [identifier, copy] : process.copies) {
      if (copy.state == wanted) {
        return wanted;
      }
    }
  }
  return ProcessState::stopping;
}

ApplicationState state_of(bool stopping, bool starting, bool running) {
  if (stopping) {
    return ApplicationState::stopping;
  }
  if (starting) {
    return ApplicationState::starting;
  }
  return running ? ApplicationState::running : ApplicationState::stopped;
}

bool failed(const ProcessStatus& process) {
  return process.crashed() || process.state == ProcessState::unknown;
}

/// Major and minor failure of one process, without formula (contract 3.6).
void add_failures(ApplicationStatus& status, const std::string& name, const ProcessStatus& process,
                  const ProgramRules& rules) {
  const std::string what = name + " is " + std::string(name_of_state(process.state));
  if (failed(process) && rules.required) {
    status.major_failure = true;
    status.causes.push_back(what + " and required");
  } else if (failed(process) && status.managed) {
    status.minor_failure = true;  // rank 0 counts too: the sequence of 3.6 includes it
    status.causes.push_back(what);
  } else if (rules.required && process.state == ProcessState::stopped && status.state != ApplicationState::stopped) {
    status.major_failure = true;
    status.causes.push_back(what + " and required");
  }
}

/// What a formula says instead (contract RUL-F3 to F5): what cannot be resolved is a major failure, too.
void set_formula_failures(ApplicationStatus& status, const std::map<std::string, ProcessStatus>& processes,
                          const ApplicationRules& rules) {
  StatusFormula::Processes values;
  for (const auto& [name, process] : processes) {
    values.emplace(name, is_running(process.state) || (process.state == ProcessState::exited && process.expected_exit));
  }
  const auto operational = rules.formula->evaluate(values);
  status.causes.clear();
  status.minor_failure = false;
  status.major_failure = !operational || !operational.value();
  if (status.major_failure) {
    status.causes.push_back("formula " + rules.operational_status +
                            (operational ? " is false" : " cannot be resolved: " + operational.error().message));
  }
  for (const auto& [name, process] : processes) {
    if (failed(process)) {
      status.minor_failure = true;  // any rank counts, 0 too
      status.causes.push_back(name + " is " + std::string(name_of_state(process.state)));
    }
  }
}

/// Which of two ended copies tells the state (contract PRC-3: the last event). By the owners' times first, so
/// that every node shows the same: the order of arrival differs from viewer to viewer, and a row that merely
/// arrives again, or a copy that never started, is no event.
bool is_later(const CopyView& a, const CopyView& b) {
  return std::tie(a.event_us, a.change) > std::tie(b.event_us, b.change);
}

}  // namespace

ProcessStatus process_status(const ProcessView& process) {
  ProcessStatus status;
  std::size_t active = 0;
  const CopyView* latest = nullptr;
  for (const auto& [identifier, copy] : process.copies) {
    active += is_active(copy) ? 1 : 0;
    if (is_running(copy.state) || copy.state == ProcessState::stopping) {
      status.running_on.push_back(identifier);
    }
    if (is_active(copy) || copy.state == ProcessState::stopping) {
      status.active_on.push_back(identifier);
    }
    if (latest == nullptr || is_later(copy, *latest)) {
      latest = &copy;
    }
  }
  status.conflict = active > 1;
  if (!status.running_on.empty()) {
    status.real = strongest(process);
  } else if (latest != nullptr) {
    status.real = latest->state;
    status.expected_exit = latest->expected_exit;
  }
  status.state = status.real;
  if (process.forced) {
    status.state = process.forced->state;
    status.reason = process.forced->reason;
  }
  return status;
}

const std::string& extra_args_of(const ProcessView& process) {
  static const std::string kNone;
  const CopyView* last = nullptr;
  const auto rank = [](const CopyView& copy) { return std::pair(is_active(copy), copy.started_us); };
  for (const auto& [identifier, copy] : process.copies) {
    if (copy.ever_started && (last == nullptr || rank(copy) > rank(*last))) {
      last = &copy;
    }
  }
  return last == nullptr ? kNone : last->extra_args;
}

ApplicationStatus application_status(const ClusterView& view, const Matcher& matcher, const std::string& name) {
  ApplicationStatus status;
  status.managed = matcher.application(name).managed;
  const auto found = view.applications.find(name);
  if (found == view.applications.end() || found->second.empty()) {
    status.state = ApplicationState::deleted;
    return status;
  }
  std::map<std::string, ProcessStatus> processes;
  bool stopping = false;
  bool starting = false;
  bool running = false;
  for (const auto& [process_name, process] : found->second) {
    const auto& one = processes.emplace(process_name, process_status(process)).first->second;
    stopping = stopping || one.state == ProcessState::stopping;
    starting = starting || one.state == ProcessState::starting || one.state == ProcessState::backoff;
    running = running || one.state == ProcessState::running;
    for (const auto& [identifier, copy] : process.copies) {
      status.never_started = status.never_started && copy.state == ProcessState::stopped && !copy.ever_started;
    }
  }
  status.state = state_of(stopping, starting, running);
  for (const auto& [process_name, process] : processes) {
    add_failures(status, process_name, process, matcher.program({name, process_name}));
  }
  status.needs_repair = status.major_failure || status.minor_failure;
  if (const auto& rules = matcher.application(name); rules.formula) {
    set_formula_failures(status, processes, rules);
  }
  if (status.major_failure) {
    status.minor_failure = false;
  }
  return status;
}

std::string_view label_of(const ApplicationStatus& status) {
  if (status.state != ApplicationState::running) {
    return {};
  }
  return status.major_failure ? "Not Operational" : status.minor_failure ? "Degraded" : "Operational";
}

}  // namespace holdfast::rules
