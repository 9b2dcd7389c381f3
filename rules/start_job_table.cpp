// How a start command ends: the completion table of contract supvisors.md 4.3, and its deadlines.
#include "base/limits.hpp"
#include "rules/application_state.hpp"
#include "rules/start_job.hpp"

namespace holdfast::rules {
namespace {

std::string with_cause(const std::string& where, const std::string& failure) {
  return failure.empty() ? where : where + ": " + failure;
}

}  // namespace

StartJob::Judgement StartJob::judge(StepContext& context, Command& command) const {
  const ProcessId id = id_of(command.plan.process);
  const ProcessView* process = context.process(id);
  if (process == nullptr) {
    return {Verdict::failure, "no instance defines it any more", false};
  }
  if (command.phase == CommandPhase::stopping) {
    return process_status(*process).real != ProcessState::stopping ? Judgement{Verdict::place, "", false}
                                                                   : judge_time(context, command);
  }
  const auto found = process->copies.find(command.identifier);
  if (found == process->copies.end()) {
    return {Verdict::failure, context.label(command.identifier) + " does not define it any more", false};
  }
  const CopyView& copy = found->second;
  // A copy that was STOPPED and is still STOPPED has changed in something else (it was disabled, say).
  const bool same = command.phase == CommandPhase::requested && command.before == ProcessState::stopped &&
                    copy.state == ProcessState::stopped;
  const bool news = copy.change > command.change && !same;
  const bool found_running = copy.state == ProcessState::running && command.phase != CommandPhase::waiting_exit;
  if (news || found_running) {
    command.change = copy.change;
    return judge_state(context, command, copy);
  }
  return judge_time(context, command);
}

// The completion table of contract 4.3.
StartJob::Judgement StartJob::judge_state(StepContext& context, Command& command, const CopyView& copy) const {
  const auto& rules = context.matcher.program(id_of(command.plan.process));
  const std::string where = " on " + context.label(command.identifier);
  switch (copy.state) {
    case ProcessState::starting:
    case ProcessState::backoff:
      command.phase = CommandPhase::starting;
      command.deadline = context.now + std::chrono::seconds(copy.startsecs) + limits::rules_order_margin;
      return {};
    case ProcessState::running:
      if (rules.wait_exit && command.plan.sequence) {
        command.phase = CommandPhase::waiting_exit;
        command.deadline = context.now + limits::rules_wait_exit_max;  // the peer waits for ever (contract 4.3, weak)
        return {};
      }
      return {Verdict::success, "", false};
    case ProcessState::exited:
      if (rules.wait_exit && copy.expected_exit) {
        return {Verdict::success, "", false};
      }
      return {Verdict::failure,
              copy.expected_exit ? "it exited" + where : "it exited unexpectedly" + with_cause(where, copy.failure),
              false};
    case ProcessState::fatal:
      return {Verdict::failure, "it became FATAL" + with_cause(where, copy.failure), false};
    case ProcessState::stopped:
    case ProcessState::stopping:
      return {Verdict::failure, "it was stopped" + where, false};
    case ProcessState::unknown:
      return {Verdict::failure, "its state became UNKNOWN" + where, false};
  }
  return {};
}

StartJob::Judgement StartJob::judge_time(StepContext& context, const Command& command) const {
  if (context.now < command.deadline) {
    return {};
  }
  const std::string where = " from " + context.label(command.identifier);
  switch (command.phase) {
    case CommandPhase::requested:
      return {Verdict::failure, "process STARTING event not received in time" + where, true};
    case CommandPhase::starting:
      return {Verdict::failure, "process RUNNING event not received in time" + where, true};
    case CommandPhase::stopping:
      return {Verdict::failure, "it did not end its stop in time", true};
    case CommandPhase::waiting_exit:
      return {Verdict::failure, "process EXITED event not received in time" + where, true};
  }
  return {};
}

}  // namespace holdfast::rules
