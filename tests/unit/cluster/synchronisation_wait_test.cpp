// The wait for other nodes. Its conditions: node_test.cpp; USER with whole nodes: node_end_sync_test.cpp.
#include "cluster/mastery/synchronisation_wait.hpp"

#include "base/limits.hpp"
#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Waiting : public OneNode {
 protected:
  Waiting() { options_.synchronisation.strict = true; }

  void begin() {
    make_running(1);
    member(1).synchronised = false;
    StepContext context = step();
    parts().replication.set_own_table(context, {});
    parts().mastery.set_state(context, ClusterState::synchronization, "started");
    outcome_ = {};
  }
  void look() {
    StepContext context = step();
    parts().synchronisation.end_if_over(context);
  }
};

TEST_F(Waiting, ItEndsWhenItsConditionHolds) {
  begin();
  look();
  EXPECT_FALSE(member(1).synchronised);
  EXPECT_TRUE(view_->degraded) << "two listed nodes are missing";
  make_running(2);
  make_running(3);
  look();
  EXPECT_TRUE(member(1).synchronised);
  EXPECT_FALSE(view_->degraded);
  EXPECT_EQ(view_->state(), ClusterState::election);
  EXPECT_EQ(parts().membership.sight_changed(), now_) << "the others may end theirs this very moment";
}

TEST_F(Waiting, OneThatLeavesEndsNoWait) {
  begin();
  make_running(2);
  make_running(3);
  StepContext context = step();
  parts().membership.left(context, member(3));
  look();
  EXPECT_FALSE(member(1).synchronised);
}

TEST_F(Waiting, WhoIsNotTakenAsAMemberBeginsNothingOfItsOwn) {
  options_.synchronisation = {};
  options_.synchronisation.timeout = 15s;
  begin();
  StepContext context = step();
  parts().membership.hello_failed(context, {member(2).identifier, HelloFault::objection, "it is not in the list"});
  now_ = now_ + 60s;
  look();
  EXPECT_FALSE(member(1).synchronised) << "TIMEOUT has passed, but what it would start runs there";
  StepContext later = step();
  parts().membership.hello_failed(later, {member(2).identifier, HelloFault::unreachable, ""});
  look();
  EXPECT_FALSE(member(1).synchronised) << "its silence takes nothing back";
  HelloDone done;
  done.identifier = member(2).identifier;
  done.incarnation = 3;
  StepContext last = step();
  parts().membership.greeted(last, done);
  look();
  EXPECT_TRUE(member(1).synchronised) << "it is taken now";
}

TEST_F(Waiting, ASeedMayObjectToo) {
  options_.synchronisation = {};
  options_.synchronisation.timeout = 15s;
  options_.seeds = {"10.0.0.9:60000"};
  begin();
  StepContext context = step();
  parts().seeds.answered(context, {"10.0.0.9:60000", "", "it refuses this node", true});
  parts().seeds.answered(context, {"10.0.0.9:60000", "", "unreachable", false});
  now_ = now_ + 60s;
  look();
  EXPECT_FALSE(member(1).synchronised);
  parts().seeds.answered(context, {"10.0.0.9:60000", "10.0.0.9:60000", "", false});
  look();
  EXPECT_TRUE(member(1).synchronised);
}

TEST_F(Waiting, ItEndsWhenAMasterIsAtWork) {
  begin();
  view_->master = member(2).identifier;
  look();
  EXPECT_TRUE(member(1).synchronised);
}

TEST_F(Waiting, ItBeginsAgainWhenItsConditionHoldsNoLonger) {
  options_.failure_strategy = FailureStrategy::resync;
  begin();
  make_running(2);
  make_running(3);
  look();
  member(3).state = MemberState::away;
  StepContext context = step();
  parts().synchronisation.check(context);
  EXPECT_TRUE(member(1).synchronised) << "a restart of an agent is no failure";
  member(3).state = MemberState::stopped;
  parts().synchronisation.check(context);
  EXPECT_FALSE(member(1).synchronised);
  EXPECT_EQ(view_->state(), ClusterState::synchronization);
}

TEST_F(Waiting, WhoFollowsAMasterLeavesTheJudgementToIt) {
  options_.failure_strategy = FailureStrategy::resync;
  begin();
  member(1).synchronised = true;
  member(1).cluster_state = ClusterState::operation;
  member(2).acting_master = true;
  view_->master = member(2).identifier;
  StepContext context = step();
  parts().synchronisation.check(context);
  EXPECT_TRUE(member(1).synchronised);
}

TEST_F(Waiting, APersonNamesTheMasterWhileNobodyIs) {
  options_.synchronisation = {};
  options_.synchronisation.user = true;
  begin();
  OperatorForward request;
  request.operation = "n1.1";
  request.origin = member(2).node_id;
  request.user = "ann";
  StepContext context = step();
  parts().synchronisation.become_named_master(context, request);
  EXPECT_TRUE(parts().synchronisation.named_master());
  EXPECT_TRUE(member(1).synchronised);
  ASSERT_EQ(sent_to<OperatorAnswer>(2).size(), 1U);
  EXPECT_EQ(sent_to<OperatorAnswer>(2).front().phase, AnswerPhase::completed);
  request.operation = "n1.2";
  parts().synchronisation.become_named_master(context, request);
  EXPECT_EQ(sent_to<OperatorAnswer>(2).back().code, Fault::bad_supvisors_state) << "it waits no longer";
  parts().synchronisation.master_in_sight();
  EXPECT_FALSE(parts().synchronisation.named_master());
}

TEST_F(Waiting, APersonNamesANodeThatIsThere) {
  options_.synchronisation = {};
  options_.synchronisation.user = true;
  begin();
  OperatorRequest request;
  request.handle = 4;
  request.target = "n2";
  StepContext context = step();
  parts().synchronisation.request(context, "n1.1", request);
  ASSERT_EQ(outcome_.replies.size(), 1U);
  EXPECT_EQ(outcome_.replies.front().text, "Supvisors instance=10.0.0.2:60000 is not RUNNING (STOPPED)");
  make_running(2);
  parts().synchronisation.request(context, "n1.2", request);
  ASSERT_EQ(sent_to<OperatorForward>(2).size(), 1U);
  EXPECT_EQ(sent_to<OperatorForward>(2).front().target, member(2).identifier);
}

TEST_F(Waiting, UnderTheUserConditionALossBeginsTheWaitAgainIfItIsRecent) {
  options_.failure_strategy = FailureStrategy::resync;
  options_.synchronisation = {};
  options_.synchronisation.user = true;
  begin();
  member(1).synchronised = true;
  member(1).cluster_state = ClusterState::operation;
  StepContext context = step();
  parts().synchronisation.check(context);
  EXPECT_TRUE(member(1).synchronised);
  parts().synchronisation.somebody_was_lost(now_ - limits::cluster_loss_counts);
  parts().synchronisation.check(context);
  EXPECT_TRUE(member(1).synchronised);
  parts().synchronisation.somebody_was_lost(now_);
  parts().synchronisation.check(context);
  EXPECT_FALSE(member(1).synchronised);
  EXPECT_EQ(view_->state(), ClusterState::synchronization);
}

}  // namespace
}  // namespace holdfast::cluster
