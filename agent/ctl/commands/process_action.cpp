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
                                    fault::already_started,
                                    exit_status::invalid_arguments,
                                    false,
                                    {{fault::bad_name, "no such process"},
                                     {fault::no_file, "no such file"},
                                     {fault::not_executable, "file is not executable"},
                                     {fault::already_started, "already started"},
                                     {fault::spawn_error, "spawn error"},
                                     {fault::abnormal_termination, "abnormal termination"}}};
  return action;
}

const ProcessAction& stop_action() {
  static const ProcessAction action{"supervisor.stopAllProcesses",
                                    "supervisor.stopProcessGroup",
                                    "supervisor.stopProcess",
                                    "stopped",
                                    fault::not_running,
                                    exit_status::generic,
                                    true,
                                    {{fault::bad_name, "no such process"},
                                     {fault::bad_signal, "bad signal name"},
                                     {fault::not_running, "not running"}}};
  return action;
}

const ProcessAction& signal_action() {
  static const ProcessAction action{"supervisor.signalAllProcesses",
                                    "supervisor.signalProcessGroup",
                                    "supervisor.signalProcess",
                                    "signalled",
                                    0,
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
                                    0,
                                    exit_status::generic,
                                    false,
                                    {{fault::bad_name, "no such process"}, {fault::failed, "failed"}}};
  return action;
}

std::optional<std::string> outcome_text(const ProcessAction& action, const ProcessOutcome& outcome) {
  const std::string name = outcome.where + make_namespec({outcome.group, outcome.process});
  if (outcome.code == fault::success) {
    return name + ": " + action.done;
  }
  if (outcome.code == fault::failed && action.failed_shows_description) {
    return outcome.where + outcome.description;
  }
  if (outcome.code == fault::disabled) {
    return name + ": ERROR disabled";  // contract supvisors.md 6
  }
  for (const auto& [code, words] : action.error_texts) {
    if (code == outcome.code) {
      return name + ": ERROR (" + words + ")";
    }
  }
  return std::nullopt;
}

}  // namespace holdfast::ctl
