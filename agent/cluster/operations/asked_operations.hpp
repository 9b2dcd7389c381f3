// asked_operations.hpp: what this node has asked of others, or of itself, and is still waiting for: orders of its
// rules engine, requests of people, loss reports. Each is sent again until it is answered or its deadline has passed;
// people get their replies here. What is asked is the callers' business, what is executed CommandExecutor's and
// MasterPlans'. Bounded by limits::cluster_pending_max. Owned by NodeParts.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cluster/codec/operation_result.hpp"
#include "cluster/input.hpp"
#include "cluster/operations/commands.hpp"
#include "cluster/step_context.hpp"
#include "rules/events.hpp"

namespace holdfast::cluster {

class CommandExecutor;
class MasterPlans;
class RulesDriver;

class AskedOperations {
 public:
  /// The other parts that it asks.
  struct Parts {
    RulesDriver& rules;
    CommandExecutor& commands;
    MasterPlans& plans;
  };

  explicit AskedOperations(Parts parts) : parts_(parts) {}

  /// Of this node itself it is done at once.
  void ask(StepContext& step, const std::string& operation, PendingOperation pending);
  /// A request of a person goes to the node that plans it, this one too.
  void forward(StepContext& step, const std::string& operation, const OperatorRequest& input, NodeId to);
  /// In each turn: what is due is sent again, what is overdue ends as unknown.
  void resend(StepContext& step);
  void answered(StepContext& step, const std::string& operation, NodeId by, AnswerPhase phase,
                const OperationResult& result);
  /// To the local request behind it.
  void reply(StepContext& step, std::uint64_t handle, const std::string& operation, AnswerPhase phase,
             const OperationResult& result);

  /// Not sent again: every order (this node is no longer Master), those to a node that is lost, a start that a stop
  /// follows, starts that were meant for an earlier incarnation, and what another Master was to hear.
  void withdraw_orders();
  void withdraw_orders_to(NodeId target);
  void withdraw_start(NodeId target, const std::string& namespec);
  void withdraw_starts_before(NodeId target, std::uint64_t incarnation);
  void withdraw_loss_reports();
  /// It was fenced: who asked something of its processes is told that it may or may not have been done.
  void give_up_commands_to(StepContext& step, const MemberView& member);

  /// Processes that this Master has ordered it to start, without an answer yet.
  [[nodiscard]] std::vector<ProcessId> starts_ordered_from(NodeId target) const;
  [[nodiscard]] bool empty() const { return pending_.empty(); }
  [[nodiscard]] bool full() const;

 private:
  void send(StepContext& step, PendingOperation& pending);
  void accepted_order_ended(StepContext& step, const std::string& operation, NodeId by, AnswerPhase phase,
                            const OperationResult& result);
  void refused(StepContext& step, std::uint64_t order_id, const OperationResult& result);

  Parts parts_;
  std::map<std::string, PendingOperation> pending_;
  AcceptedOrders accepted_orders_;
};

}  // namespace holdfast::cluster
