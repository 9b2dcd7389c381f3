#include "cluster/operations/command_executor.hpp"

#include "base/limits.hpp"
#include "cluster/mastery/mastery.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/operations/asked_operations.hpp"

namespace holdfast::cluster {

void CommandExecutor::receive(StepContext& step, const MemberView& from, const Command& command) {
  if (command.origin != from.node_id) {
    ++step.counters.wrong_sender;
    return;
  }
  // Judged on this node's own clock alone (reference 2.3, A4). If it matters still, it is sent again with a
  // new stamp.
  const std::uint64_t cited_ns = command.cited_mono_ms * 1'000'000;
  if (cited_ns + static_cast<std::uint64_t>(Duration(limits::cluster_command_age_max).count()) <
          static_cast<std::uint64_t>(step.now.ns) &&
      !step.has(Mutation::execute_old_orders)) {
    ++step.counters.expired_command;
    return;
  }
  execute(step, command);
}

void CommandExecutor::refuse(StepContext& step, const Command& command, const OperationResult& why) {
  step.note({HistoryRow::Kind::operation, command.operation, command.user, command.namespec,
             "refused " + std::string(name_of(command.action)), why.text});
  if (command.origin == step.view.me().node_id) {
    parts_.requests.answered(step, command.operation, command.origin, AnswerPhase::refused, why);
  } else {
    step.send(command.origin, CommandAnswer{command.operation, AnswerPhase::refused, why.code, why.text});
  }
}

void CommandExecutor::execute(StepContext& step, const Command& command) {
  const View& view = step.view;
  const auto* known = received_.find(command.operation);
  if (known != nullptr && !step.has(Mutation::execute_every_copy)) {
    ++step.counters.repeated_command;
    if (command.origin != view.me().node_id) {
      step.send(command.origin, CommandAnswer{command.operation, known->phase, known->code, known->text});
    }
    return;
  }
  const TermCheck check = check_term(command.term, view.term());
  if (check == TermCheck::stale && !step.has(Mutation::skip_term_check)) {
    ++step.counters.stale_term;
    return refuse(step, command,
                  {Obstacle::stale_term, "ordered under term " + std::to_string(command.term.epoch) +
                                             ", here is term " + std::to_string(view.term().epoch)});
  }
  if (command.target_incarnation != view.me().incarnation && !step.has(Mutation::ignore_target_life)) {
    ++step.counters.wrong_target;
    return refuse(step, command, {Obstacle::wrong_incarnation, "meant for an earlier life of this node"});
  }
  if (check == TermCheck::newer) {
    parts_.mastery.follow(step, command.term, "an order came under a newer term");
  }
  if (parts_.membership.leaving() && command.action != Action::stop_process) {
    return refuse(step, command, {Fault::failed, "this node is stopping"});
  }
  received_.add(command.operation, {command.origin, AnswerPhase::accepted, OperationCode(), {}});
  step.note({HistoryRow::Kind::operation, command.operation, command.user, command.namespec,
             std::string(name_of(command.action)), command.reason});
  step.outcome.commands.push_back({command.operation, command.cause, command.term, command.user, command.action,
                                   command.namespec, command.argument, command.reason});
  answer(step, command.operation, AnswerPhase::accepted, {});
}

void CommandExecutor::done(StepContext& step, const LocalCommandDone& done) {
  answer(step, done.operation, done.refused ? AnswerPhase::refused : AnswerPhase::completed, {done.code, done.text});
}

/// Recorded, and told who asked: this node's own ledger, or another node.
void CommandExecutor::answer(StepContext& step, const std::string& operation, AnswerPhase phase,
                             const OperationResult& result) {
  const std::optional<NodeId> origin = received_.answer(operation, phase, result.code, result.text);
  if (!origin) {
    return;
  }
  if (*origin == step.view.me().node_id) {
    parts_.requests.answered(step, operation, *origin, phase, result);
  } else {
    step.send(*origin, CommandAnswer{operation, phase, result.code, result.text});
  }
}

}  // namespace holdfast::cluster
