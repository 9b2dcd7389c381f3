#include "ctl/commands/process_action.hpp"
#include "base/process_id.hpp"

#include "ctl/client/failure.hpp"
#include "ctl/exit_status.hpp"
#include "ctl/format/namespec.hpp"

namespace holdfast::ctl {

const ProcessAction& start_action() {
  static const ProcessAction action{"supervisor.startAllProcesses",
                                    "supervisor.startProcessGroup",
                                    "supervisor.startProcess",
                                    "started",
                                    Fault::already_started,
                                    exit_status::invalid_arguments,
                                    false,
                                    {{Fault::bad_name, "no such process"},
                                     {Fault::no_file, "no such file"},
                                     {Fault::not_executable, "file is not executable"},
                                     {Fault::already_started, "already started"},
                                     {Fault::spawn_error, "spawn error"},
                                     {Fault::abnormal_termination, "abnormal termination"}}};
  return action;
}

const ProcessAction& stop_action() {
  static const ProcessAction action{"supervisor.stopAllProcesses",
                                    "supervisor.stopProcessGroup",
                                    "supervisor.stopProcess",
                                    "stopped",
                                    Fault::not_running,
                                    exit_status::generic,
                                    true,
                                    {{Fault::bad_name, "no such process"},
                                     {Fault::bad_signal, "bad signal name"},
                                     {Fault::not_running, "not running"}}};
  return action;
}

const ProcessAction& signal_action() {
  static const ProcessAction action{"supervisor.signalAllProcesses",
                                    "supervisor.signalProcessGroup",
                                    "supervisor.signalProcess",
                                    "signalled",
                                    std::nullopt,
                                    exit_status::generic,
                                    true,
                                    stop_action().error_texts};
  return action;
}

const ProcessAction& clear_action() {
  static const ProcessAction action{"supervisor.clearAllProcessLogs",
                                    "",
                                    "supervisor.clearProcessLogs",
                                    "cleared",
                                    std::nullopt,
                                    exit_status::generic,
                                    false,
                                    {{Fault::bad_name, "no such process"}, {Fault::failed, "failed"}}};
  return action;
}

std::optional<std::string> outcome_text(const ProcessAction& action, const ProcessOutcome& outcome) {
  const std::string name = outcome.where + make_namespec({outcome.group, outcome.process});
  if (outcome.code == code_of(Fault::success)) {
    return name + ": " + action.done;
  }
  if (outcome.code == code_of(Fault::failed) && action.failed_shows_description) {
    return outcome.where + outcome.description;
  }
  if (outcome.code == code_of(Fault::disabled)) {
    return name + ": ERROR disabled";  // contract supvisors.md 6
  }
  for (const auto& [fault, words] : action.error_texts) {
    if (code_of(fault) == outcome.code) {
      return name + ": ERROR (" + words + ")";
    }
  }
  return std::nullopt;
}

}  // namespace holdfast::ctl
