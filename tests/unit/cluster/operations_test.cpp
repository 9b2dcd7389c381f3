// What is asked, executed and planned, part by part. With whole nodes: node_test.cpp.
#include "base/limits.hpp"
#include "cluster/operations/action_gates.hpp"
#include "cluster/operations/state_gates.hpp"
#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Operations : public OneNode {
 protected:
  Operations() { make_running(2); }

  Command command(const std::string& operation, Action action = Action::start_process) {
    Command command;
    command.operation = operation;
    command.term = member(1).term;
    command.origin = member(2).node_id;
    command.target_incarnation = member(1).incarnation;
    command.action = action;
    command.namespec = "app:web";
    command.cited_mono_ms = static_cast<std::uint64_t>(now_.ms());
    return command;
  }
  void receive(const Command& command) {
    StepContext context = step();
    parts().commands.receive(context, member(2), command);
  }
  CommandAnswer last_answer() { return sent_to<CommandAnswer>(2).back(); }
  /// This node asks n2 for something, for a person.
  void ask(const std::string& operation) {
    PendingOperation pending;
    pending.target = member(2).node_id;
    pending.deadline = now_ + 10s;
    pending.handle = 4;
    pending.message = command(operation);
    StepContext context = step();
    parts().requests.ask(context, operation, std::move(pending));
  }
  void answer(const std::string& operation, AnswerPhase phase, OperationCode code = {}) {
    StepContext context = step();
    parts().requests.answered(context, operation, member(2).node_id, phase, {code, {}});
  }
};

TEST_F(Operations, NamesAreOfThisIncarnationAndItsNonce) {
  EXPECT_EQ(parts().ids.next(step()), "n1.7-5.1");
  EXPECT_EQ(parts().ids.next(step()), "n1.7-5.2");
  EXPECT_EQ(parts().ids.of_order(step(), 9), "n1.7-5.o9");
}

TEST_F(Operations, ACommandIsExecutedOnceAndARepeatedOneGetsItsLastAnswer) {
  receive(command("a"));
  receive(command("a"));
  EXPECT_EQ(outcome_.commands.size(), 1U);
  EXPECT_EQ(last_answer().phase, AnswerPhase::accepted);
  StepContext context = step();
  parts().commands.done(context, {"a", Fault::spawn_error, "no such file"});
  receive(command("a"));
  EXPECT_EQ(last_answer().phase, AnswerPhase::completed);
  EXPECT_EQ(last_answer().code, Fault::spawn_error);
  EXPECT_EQ(view_->counters.repeated_command, 2U);
}

TEST_F(Operations, WhatIsNotMeantForNowIsRefused) {
  member(1).term = {5, member(3).node_id};
  Command old = command("a");
  old.term = {4, member(2).node_id};
  receive(old);
  EXPECT_EQ(last_answer().code, Obstacle::stale_term);
  Command earlier = command("b");
  earlier.target_incarnation = 6;
  receive(earlier);
  EXPECT_EQ(last_answer().code, Obstacle::wrong_incarnation);
  Command late = command("c");
  late.cited_mono_ms -= static_cast<std::uint64_t>(limits::cluster_command_age_max / 1ms) + 1;
  receive(late);
  EXPECT_EQ(view_->counters.expired_command, 1U);
  Command foreign = command("d");
  foreign.origin = member(3).node_id;
  receive(foreign);
  EXPECT_EQ(view_->counters.wrong_sender, 1U);
  EXPECT_TRUE(outcome_.commands.empty());
}

TEST_F(Operations, ANewerTermIsFollowedAndWhoStopsOnlyStops) {
  Command newer = command("a");
  newer.term = {5, member(2).node_id};
  receive(newer);
  EXPECT_EQ(view_->term(), newer.term);
  StepContext context = step();
  parts().membership.leave(context);
  receive(command("b"));
  EXPECT_EQ(last_answer().code, Fault::failed);
  receive(command("c", Action::stop_process));
  EXPECT_EQ(last_answer().phase, AnswerPhase::accepted);
}

TEST_F(Operations, WhatIsAskedIsSentAgainUntilItIsAnswered) {
  ask("a");
  EXPECT_EQ(sent_to<Command>(2).size(), 1U);
  now_ = now_ + limits::cluster_resend_period;
  StepContext context = step();
  parts().requests.resend(context);
  EXPECT_EQ(sent_to<Command>(2).size(), 2U);
  answer("a", AnswerPhase::accepted);
  now_ = now_ + limits::cluster_resend_period;
  StepContext later = step();
  parts().requests.resend(later);
  EXPECT_EQ(sent_to<Command>(2).size(), 3U) << "it was due before";
  parts().requests.resend(later);
  answer("a", AnswerPhase::accepted);
  answer("a", AnswerPhase::completed);
  EXPECT_TRUE(parts().requests.empty());
  ASSERT_EQ(outcome_.replies.size(), 2U) << "accepted once, then completed";
  EXPECT_EQ(outcome_.replies[0].phase, AnswerPhase::accepted);
  EXPECT_EQ(outcome_.replies[1].phase, AnswerPhase::completed);
}

TEST_F(Operations, NoAnswerInTimeIsUnknownAndNotFailed) {
  ask("a");
  now_ = now_ + 10s;
  StepContext context = step();
  parts().requests.resend(context);
  ASSERT_EQ(outcome_.replies.size(), 1U);
  EXPECT_EQ(outcome_.replies[0].code, Obstacle::outcome_unknown);
  EXPECT_EQ(outcome_.replies[0].phase, AnswerPhase::completed);
}

TEST_F(Operations, AnAnswerOfSomebodyElseIsNone) {
  ask("a");
  StepContext context = step();
  parts().requests.answered(context, "a", member(3).node_id, AnswerPhase::completed, {});
  EXPECT_FALSE(parts().requests.empty());
}

TEST_F(Operations, WhatWasAskedOfAFencedNodeMayOrMayNotHaveBeenDone) {
  ask("a");
  StepContext context = step();
  parts().requests.give_up_commands_to(context, member(2));
  ASSERT_EQ(outcome_.replies.size(), 1U);
  EXPECT_EQ(outcome_.replies[0].code, Obstacle::outcome_unknown);
}

TEST_F(Operations, TheMasterPlansUnderItsOwnTermWhatTheStateAllows) {
  OperatorForward request;
  request.operation = "a";
  request.origin = member(2).node_id;
  request.action = Action::start_application;
  request.target = "app";
  StepContext context = step();
  const auto receive = [&](const std::string& operation) {
    request.operation = operation;
    parts().plans.receive(context, member(2), request);
    return sent_to<OperatorAnswer>(2).back().code;
  };
  EXPECT_EQ(receive("a"), Obstacle::no_master);
  make_me_master();
  EXPECT_EQ(receive("b"), Obstacle::stale_term);
  request.term = member(1).term;
  EXPECT_EQ(receive("c"), Fault::bad_supvisors_state);
  request.action = Action::signal_process;
  member(1).cluster_state = ClusterState::operation;
  EXPECT_EQ(receive("d"), Fault::bad_name) << "it needs the name of a node";
  EXPECT_EQ(receive("d"), Fault::bad_name);
  EXPECT_EQ(view_->counters.repeated_command, 1U);
}

TEST_F(Operations, ARequestGoesWhereItIsDone) {
  StepContext context = step();
  OperatorRequest request;
  request.handle = 1;
  request.target = "app";
  parts().operator_requests.take(context, request);
  EXPECT_EQ(outcome_.replies.back().code, Obstacle::no_master);
  view_->master = member(2).identifier;
  parts().operator_requests.take(context, request);
  EXPECT_EQ(sent_to<OperatorForward>(2).size(), 1U);
  request.identifier = "n3";
  parts().operator_requests.take(context, request);
  EXPECT_EQ(outcome_.replies.back().code, Fault::bad_name) << "an application is nobody's own";
  request.action = Action::stop_process;
  parts().operator_requests.take(context, request);
  EXPECT_EQ(outcome_.replies.back().code, Fault::failed) << "n3 is STOPPED";
  request.identifier = "n2";
  parts().operator_requests.take(context, request);
  EXPECT_EQ(sent_to<Command>(2).size(), 1U);
  request.identifier = "n1";
  parts().operator_requests.take(context, request);
  EXPECT_EQ(outcome_.commands.size(), 1U) << "its own is executed at once";
}

TEST(ActionGates, EachActionIsOpenInItsStates) {
  EXPECT_TRUE(state_gates_of(Action::start_application).plan.contains(ClusterState::operation));
  EXPECT_FALSE(state_gates_of(Action::start_application).plan.contains(ClusterState::conciliation));
  EXPECT_TRUE(state_gates_of(Action::stop_application).plan.contains(ClusterState::conciliation));
  EXPECT_FALSE(state_gates_of(Action::conciliate).plan.contains(ClusterState::operation));
  EXPECT_TRUE(state_gates_of(Action::shutdown_cluster).plan.contains(ClusterState::distribution));
  EXPECT_FALSE(state_gates_of(Action::shutdown_cluster).plan.contains(ClusterState::restarting));
  EXPECT_TRUE(state_gates_of(Action::unfence).plan.contains(ClusterState::off));
  EXPECT_TRUE(of_one_process(Action::signal_process));
  EXPECT_FALSE(of_one_process(Action::start_application));
  EXPECT_EQ(request_kind_of(Action::restart_cluster), rules::RequestKind::stop_everything);
  EXPECT_EQ(request_kind_of(Action::signal_process), std::nullopt);
}

}  // namespace
}  // namespace holdfast::cluster
