// application_state.hpp: one state per process from its copies (contract supvisors.md 3.5) and one per
// application from its processes, with major and minor failure (3.6). Pure functions of view and rules, used
// by the engine, by the API and by the pages, so that all say the same; where the rules have a formula
// (2.6), it decides about major failure instead of `required`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/application_state.hpp"
#include "rules/rule_matcher.hpp"
#include "rules/view.hpp"

namespace holdfast::rules {

struct ProcessStatus {
  ProcessState state = ProcessState::stopped;  // displayed: the forced one if there is one
  ProcessState real = ProcessState::stopped;
  bool expected_exit = true;
  std::vector<std::string> running_on;  // identifiers in running-set or STOPPING, sorted
  std::vector<std::string> active_on;   // these, and who waits to restart it
  bool conflict = false;                // more than one copy runs or will
  std::string reason;                   // of a forced state
  /// FATAL, or EXITED unexpectedly (contract PRC-4), as displayed.
  [[nodiscard]] bool crashed() const {
    return state == ProcessState::fatal || (state == ProcessState::exited && !expected_exit);
  }
};

ProcessStatus process_status(const ProcessView& process);

/// What stands behind the command of a process (contract CFG-E3): as the copy that runs was started, of several the
/// latest; when none runs, as it was started last anywhere. The same for every viewer.
const std::string& extra_args_of(const ProcessView& process);

struct ApplicationStatus {
  ApplicationState state = ApplicationState::stopped;
  bool managed = false;
  bool major_failure = false;
  bool minor_failure = false;
  bool needs_repair = false;  // a failure by `required` and crashes alone: no action depends on a formula (RUL-F6)
  bool never_started = true;  // every copy STOPPED and never run
  std::vector<std::string> causes;  // of the failures: "web is FATAL and required"
};

/// An application that the view does not have is DELETED.
ApplicationStatus application_status(const ClusterView& view, const Matcher& matcher, const std::string& name);

/// "Operational", "Degraded", "Not Operational" while RUNNING, else empty.
std::string_view label_of(const ApplicationStatus& status);

}  // namespace holdfast::rules
