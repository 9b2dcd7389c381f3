// What is no longer to be sent again, and what this node asks of itself. Resending and answers: operations_test.cpp.
#include "cluster/operations/asked_operations.hpp"

#include "base/limits.hpp"
#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class AskedOfOthers : public OneNode {
 protected:
  AskedOfOthers() {
    make_running(2);
    make_running(3);
  }
  /// Of the rules engine, if `order_id` is not 0, about app:web.
  void ask(const std::string& operation, std::size_t target, std::uint64_t order_id,
           Action action = Action::start_process) {
    Command command;
    command.operation = operation;
    command.term = member(1).term;
    command.origin = member(1).node_id;
    command.target_incarnation = member(target).incarnation;
    command.action = action;
    command.namespec = "app:web";
    PendingOperation pending;
    pending.target = member(target).node_id;
    pending.deadline = now_ + 1h;
    pending.order_id = order_id;
    pending.message = std::move(command);
    StepContext context = step();
    parts().requests.ask(context, operation, std::move(pending));
  }
  void answer(std::size_t by, AnswerPhase phase) {
    StepContext context = step();
    parts().requests.answered(context, "a", member(by).node_id, phase, {});
  }
  /// How many are sent again when that is due.
  std::size_t sent_again() {
    outcome_.sends.clear();
    now_ = now_ + limits::cluster_resend_period;
    StepContext context = step();
    parts().requests.resend(context);
    return outcome_.sends.size();
  }
};

TEST_F(AskedOfOthers, OrdersEndWithWhoIsLostAndWithTheMasteryButNotWhatAPersonAsked) {
  ask("a", 2, 1);
  ask("b", 3, 2);
  ask("c", 2, 0);
  ASSERT_EQ(sent_again(), 3U);
  parts().requests.withdraw_orders_to(member(2).node_id);
  EXPECT_EQ(sent_again(), 2U);
  parts().requests.withdraw_orders();
  EXPECT_EQ(sent_again(), 1U);
}

TEST_F(AskedOfOthers, AStartEndsByItsNameOrWithTheIncarnationThatWasMeant) {
  const NodeId n2 = member(2).node_id;
  ask("a", 2, 1);
  ask("b", 2, 2, Action::stop_process);
  EXPECT_EQ(parts().requests.starts_ordered_from(n2), (std::vector<ProcessId>{{"app", "web"}}));
  parts().requests.withdraw_start(n2, "app:mail");
  parts().requests.withdraw_starts_before(n2, member(2).incarnation);
  EXPECT_EQ(sent_again(), 2U);
  parts().requests.withdraw_starts_before(n2, member(2).incarnation + 1);
  EXPECT_EQ(sent_again(), 1U) << "the stop";
  EXPECT_TRUE(parts().requests.starts_ordered_from(n2).empty());
  ask("c", 2, 3);
  parts().requests.withdraw_start(n2, "app:web");
  EXPECT_EQ(sent_again(), 1U);
}

TEST_F(AskedOfOthers, ReportsOfLossesEndWithTheMasterThatWasToHearThem) {
  PendingOperation report;
  report.target = member(2).node_id;
  report.deadline = now_ + 1h;
  report.message = LossReport{};
  StepContext context = step();
  parts().requests.ask(context, "r", report);
  ask("a", 2, 0);
  EXPECT_EQ(sent_again(), 2U);
  parts().requests.withdraw_loss_reports();
  EXPECT_EQ(sent_again(), 1U);
}

TEST_F(AskedOfOthers, AnAcceptedOrderThatIsRefusedAfterAllIsToldToTheRulesOnce) {
  make_me_master();
  ask("a", 2, 9);
  answer(2, AnswerPhase::accepted);
  EXPECT_TRUE(parts().requests.empty()) << "its states tell what becomes of it";
  agenda_.reconsider = false;
  answer(3, AnswerPhase::refused);
  EXPECT_FALSE(agenda_.reconsider) << "it was not asked";
  answer(2, AnswerPhase::refused);
  EXPECT_TRUE(agenda_.reconsider);
  agenda_.reconsider = false;
  answer(2, AnswerPhase::refused);
  EXPECT_FALSE(agenda_.reconsider);
}

TEST_F(AskedOfOthers, WhatIsAskedOfThisNodeIsDoneAtOnceAndNotSent) {
  ask("a", 1, 0);
  EXPECT_EQ(outcome_.commands.size(), 1U);
  OperatorRequest request;
  request.handle = 4;
  request.action = Action::start_application;
  request.target = "app";
  StepContext context = step();
  parts().requests.forward(context, "b", request, member(1).node_id);
  ASSERT_EQ(outcome_.replies.size(), 1U);
  EXPECT_EQ(outcome_.replies.front().handle, 4U);
  EXPECT_EQ(outcome_.replies.front().phase, AnswerPhase::refused) << "not in this state of the cluster";
  EXPECT_TRUE(outcome_.sends.empty());
}

TEST_F(AskedOfOthers, AForwardedRequestSaysWhatWasAskedAndByWhom) {
  OperatorRequest request;
  request.user = "ann";
  request.action = Action::start_application;
  request.target = "app";
  request.argument = "-v";
  StepContext context = step();
  parts().requests.forward(context, "a", request, member(2).node_id);
  const std::vector<OperatorForward> sent = sent_to<OperatorForward>(2);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent.front().operation, "a");
  EXPECT_EQ(sent.front().origin, member(1).node_id);
  EXPECT_EQ(sent.front().user, "ann");
  EXPECT_EQ(sent.front().target, "app");
  EXPECT_EQ(sent.front().argument, "-v");
}

TEST_F(AskedOfOthers, WhatWaitsIsBounded) {
  for (std::size_t i = 0; i < limits::cluster_pending_max; ++i) {
    ask(std::to_string(i), 2, 1);
  }
  EXPECT_TRUE(parts().requests.full());
  outcome_.sends.clear();
  ask("one more", 2, 1);
  EXPECT_TRUE(outcome_.sends.empty());
}

}  // namespace
}  // namespace holdfast::cluster
