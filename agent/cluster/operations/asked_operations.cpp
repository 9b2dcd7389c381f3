#include "cluster/operations/asked_operations.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "base/process_id.hpp"
#include "cluster/mastery/rules_driver.hpp"
#include "cluster/operations/command_executor.hpp"
#include "cluster/operations/master_plans.hpp"

namespace holdfast::cluster {
namespace {

std::uint32_t remaining(Instant deadline, Instant now) {
  const std::int64_t ms = deadline > now ? (deadline - now) / 1ms : 0;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(ms, UINT32_MAX));
}

/// The order of a Master to start a process there; null: it is something else.
const Command* start_ordered_from(const PendingOperation& pending, NodeId target) {
  const auto* command = std::get_if<Command>(&pending.message);
  const bool is_start = pending.order_id != 0 && pending.target == target && command != nullptr &&
                        command->action == Action::start_process;
  return is_start ? command : nullptr;
}

}  // namespace

bool AskedOperations::full() const {
  return pending_.size() >= limits::cluster_pending_max;
}

void AskedOperations::ask(StepContext& step, const std::string& operation, PendingOperation pending) {
  if (full()) {
    return;  // the engine's own deadline ends it
  }
  const auto [at, is_new] = pending_.insert_or_assign(operation, std::move(pending));
  if (at->second.target != step.view.me().node_id) {
    return send(step, at->second);
  }
  at->second.next_send = at->second.deadline;
  const Message mine = at->second.message;
  if (const auto* command = std::get_if<Command>(&mine)) {
    parts_.commands.execute(step, *command);
  } else {
    parts_.plans.take(step, std::get<OperatorForward>(mine));
  }
}

void AskedOperations::forward(StepContext& step, const std::string& operation, const OperatorRequest& input,
                              NodeId to) {
  OperatorForward forwarded;
  forwarded.operation = operation;
  forwarded.term = step.view.term();
  forwarded.origin = step.view.me().node_id;
  forwarded.user = input.user;
  forwarded.action = input.action;
  forwarded.target = input.target;
  forwarded.strategy = input.strategy;
  forwarded.conciliation = input.conciliation;
  forwarded.argument = input.argument;
  PendingOperation pending;
  pending.target = to;
  pending.deadline = step.now + input.deadline;
  pending.handle = input.handle;
  pending.message = std::move(forwarded);
  ask(step, operation, std::move(pending));
}

void AskedOperations::send(StepContext& step, PendingOperation& pending) {
  pending.next_send = step.now + (pending.accepted ? 3 : 1) * limits::cluster_resend_period;
  if (auto* command = std::get_if<Command>(&pending.message)) {
    command->remaining_ms = remaining(pending.deadline, step.now);
    if (const MemberView* target = step.members.find(pending.target)) {
      command->cited_mono_ms = target->remote_mono_ms;
    }
  } else if (auto* forward = std::get_if<OperatorForward>(&pending.message)) {
    forward->remaining_ms = remaining(pending.deadline, step.now);
  }
  step.send(pending.target, pending.message);
}

void AskedOperations::resend(StepContext& step) {
  std::vector<std::string> over;
  for (auto& [operation, pending] : pending_) {
    if (step.now >= pending.deadline) {
      over.push_back(operation);
    } else if (step.now >= pending.next_send) {
      send(step, pending);
    }
  }
  for (const std::string& operation : over) {
    const PendingOperation pending = std::move(pending_.at(operation));
    pending_.erase(operation);
    if (pending.handle) {
      reply(step, *pending.handle, operation, AnswerPhase::completed,
            {Obstacle::outcome_unknown, "no answer in time: it may or may not have been done"});
    }
  }
}

void AskedOperations::answered(StepContext& step, const std::string& operation, NodeId by, AnswerPhase phase,
                               const OperationResult& result) {
  const auto at = pending_.find(operation);
  if (at == pending_.end()) {
    return accepted_order_ended(step, operation, by, phase, result);
  }
  PendingOperation& pending = at->second;
  if (pending.target != by) {
    return;
  }
  if (phase == AnswerPhase::accepted) {
    const bool first = !std::exchange(pending.accepted, true);
    if (pending.order_id != 0) {
      // The view shows what becomes of it, unless it is refused.
      accepted_orders_.add(operation, by, pending.order_id);
      pending_.erase(at);
    } else if (first && pending.handle) {
      reply(step, *pending.handle, operation, phase, result);
    }
    return;
  }
  const MemberView* target = step.members.find(pending.target);
  if (result.code == Obstacle::wrong_incarnation && target != nullptr && target->state != MemberState::running &&
      start_ordered_from(pending, target->node_id) != nullptr) {
    return;  // it has restarted: its first table tells what is to be started elsewhere
  }
  const PendingOperation over = std::move(pending);
  pending_.erase(at);
  if (phase == AnswerPhase::refused) {
    refused(step, over.order_id, result);
  }
  if (over.handle) {
    reply(step, *over.handle, operation, phase, result);
  }
}

/// What its target could not even begin shows in no table: the engine is told, so that it need not wait.
void AskedOperations::accepted_order_ended(StepContext& step, const std::string& operation, NodeId by,
                                           AnswerPhase phase, const OperationResult& result) {
  if (phase == AnswerPhase::accepted) {
    return;
  }
  const std::uint64_t order_id = accepted_orders_.take(operation, by);
  if (phase == AnswerPhase::refused) {
    refused(step, order_id, result);
  }
}

void AskedOperations::refused(StepContext& step, std::uint64_t order_id, const OperationResult& result) {
  if (order_id != 0) {
    parts_.rules.tell(step, rules::OrderRefused{order_id, result.code.fault().value_or(Fault::failed), result.text});
  }
}

void AskedOperations::reply(StepContext& step, std::uint64_t handle, const std::string& operation, AnswerPhase phase,
                            const OperationResult& result) {
  step.outcome.replies.push_back({handle, operation, phase, result.code, result.text});
  if (phase != AnswerPhase::accepted) {
    std::string end(phase == AnswerPhase::refused ? "refused" : "completed");
    if (!result.code.done()) {
      end += ' ';
      end += name_of(result.code);
    }
    step.note({HistoryRow::Kind::operation, operation, {}, {}, std::move(end), result.text});
  }
}

void AskedOperations::withdraw_orders() {
  std::erase_if(pending_, [](const auto& item) { return item.second.order_id != 0; });
  accepted_orders_.clear();
}

void AskedOperations::withdraw_orders_to(NodeId target) {
  std::erase_if(pending_, [&](const auto& item) { return item.second.order_id != 0 && item.second.target == target; });
}

void AskedOperations::withdraw_start(NodeId target, const std::string& namespec) {
  std::erase_if(pending_, [&](const auto& item) {
    const Command* start = start_ordered_from(item.second, target);
    return start != nullptr && start->namespec == namespec;
  });
}

void AskedOperations::withdraw_starts_before(NodeId target, std::uint64_t incarnation) {
  std::erase_if(pending_, [&](const auto& item) {  // refused, if it gets there at all
    const Command* start = start_ordered_from(item.second, target);
    return start != nullptr && start->target_incarnation != incarnation;
  });
}

void AskedOperations::withdraw_loss_reports() {
  std::erase_if(pending_, [](const auto& item) { return std::holds_alternative<LossReport>(item.second.message); });
}

void AskedOperations::give_up_commands_to(StepContext& step, const MemberView& member) {
  std::vector<std::string> asked;
  for (const auto& [operation, pending] : pending_) {
    if (pending.target == member.node_id && std::holds_alternative<Command>(pending.message)) {
      asked.push_back(operation);
    }
  }
  for (const std::string& operation : asked) {
    answered(
        step, operation, member.node_id, AnswerPhase::completed,
        {Obstacle::outcome_unknown, member.nick + " was fenced before it answered: it may or may not have been done"});
  }
}

std::vector<ProcessId> AskedOperations::starts_ordered_from(NodeId target) const {
  std::vector<ProcessId> ids;
  for (const auto& [operation, pending] : pending_) {
    if (const Command* start = start_ordered_from(pending, target)) {
      ids.push_back(parse_process_id(start->namespec));
    }
  }
  return ids;
}

}  // namespace holdfast::cluster
