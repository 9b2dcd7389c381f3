// Who is Master and in which state the cluster is, from one node's sight. Who should be: election_test.cpp.
#include "cluster/mastery/mastery.hpp"

#include "base/limits.hpp"
#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class OneMaster : public OneNode {
 protected:
  void decide() {
    StepContext context = step();
    parts().mastery.decide_master(context);
    parts().mastery.decide_state(context);
  }
  /// n2 acts as Master of `epoch` and is in `state`.
  void other_master(std::uint64_t epoch, ClusterState state) {
    make_running(2);
    member(2).term = {epoch, member(2).node_id};
    member(2).acting_master = true;
    member(2).cluster_state = state;
  }
};

TEST_F(OneMaster, ATermIsHandedToTheDiskBeforeItIsUsedAndNeverGoesBack) {
  make();
  StepContext context = step();
  parts().mastery.follow(context, {5, member(2).node_id}, "test");
  EXPECT_EQ(view_->term(), (Term{5, member(2).node_id}));
  ASSERT_TRUE(outcome_.persist);
  EXPECT_EQ(outcome_.persist->term, view_->term());
  EXPECT_TRUE(agenda_.heartbeat_urgent);
  outcome_ = {};
  parts().mastery.follow(context, {4, member(3).node_id}, "test");
  EXPECT_EQ(view_->term().epoch, 5U);
  EXPECT_FALSE(outcome_.persist);
}

TEST_F(OneMaster, AloneAndReadyItClaimsATermAboveAllSeen) {
  make_running(1);
  member(1).cluster_state = ClusterState::election;
  parts().mastery.saw({41, 0});
  now_ = now_ + limits::cluster_election_calm;
  decide();
  EXPECT_TRUE(view_->acting_master());
  EXPECT_EQ(view_->term(), (Term{42, member(1).node_id}));
  EXPECT_EQ(view_->master, member(1).identifier);
  EXPECT_EQ(view_->counters.terms_started, 1U);
  EXPECT_EQ(parts().mastery.changed_at(), now_);
  EXPECT_EQ(view_->state(), ClusterState::distribution) << "nobody else is to follow";
}

TEST_F(OneMaster, ItFollowsTheMasterInSightAndItsState) {
  make_running(1);
  member(1).cluster_state = ClusterState::election;
  other_master(3, ClusterState::operation);
  decide();
  EXPECT_FALSE(view_->acting_master());
  EXPECT_EQ(view_->master, member(2).identifier);
  EXPECT_EQ(view_->state(), ClusterState::operation);
  member(2).state = MemberState::stopped;
  member(2).acting_master = false;
  now_ = now_ + 1ms;
  parts().membership.sight_has_changed(now_);  // too soon to claim
  decide();
  EXPECT_EQ(view_->master, std::nullopt);
  EXPECT_EQ(view_->state(), ClusterState::election);
  EXPECT_EQ(parts().mastery.changed_at(), now_);
}

TEST_F(OneMaster, WhoStepsDownTakesBackItsOrders) {
  make_me_master();
  StepContext context = step();
  PendingOperation order;
  order.target = member(2).node_id;
  order.order_id = 1;
  order.deadline = now_ + 10s;
  order.message = Command{};
  parts().requests.ask(context, "n1.o1", order);
  ASSERT_FALSE(parts().requests.empty());
  parts().mastery.step_down(context, "test");
  EXPECT_TRUE(parts().requests.empty());
  EXPECT_FALSE(view_->acting_master());
  outcome_ = {};
  parts().mastery.step_down(context, "test");
  EXPECT_TRUE(outcome_.history.empty()) << "it was none";
}

TEST_F(OneMaster, ANewMasterWaitsUntilEverybodyInSightFollowsButNotForEver) {
  make_me_master();
  make_running(2);
  member(2).state_since = now_;
  EXPECT_FALSE(parts().mastery.all_synced(step(), 2s));
  member(1).cluster_state = ClusterState::election;
  decide();
  EXPECT_EQ(view_->state(), ClusterState::election);
  member(2).term = member(1).term;
  decide();
  EXPECT_TRUE(parts().mastery.all_synced(step(), 2s));
  EXPECT_EQ(view_->state(), ClusterState::distribution);
  parts().mastery.forget_sync(member(2));
  EXPECT_FALSE(parts().mastery.all_synced(step(), 2s));
  now_ = now_ + 2s;
  EXPECT_TRUE(parts().mastery.all_synced(step(), 2s)) << "it is no longer waited for";
}

TEST_F(OneMaster, AHeartbeatOfWhoFollowsIsWorthALookUntilItIsNoted) {
  make_me_master();
  make_running(2);
  member(2).term = member(1).term;
  StepContext context = step();
  parts().mastery.heard(context, member(2));
  EXPECT_TRUE(agenda_.reconsider);
  parts().mastery.decide_state(context);
  agenda_.reconsider = false;
  parts().mastery.heard(context, member(2));
  EXPECT_FALSE(agenda_.reconsider);
}

TEST_F(OneMaster, TheEndOfTheClusterIsKnownToEverybodyFirst) {
  make_me_master();
  make_running(2);
  member(2).term = member(1).term;
  member(1).cluster_state = ClusterState::operation;
  StepContext context = step();
  parts().mastery.end_cluster(context, true, "asked by a person");
  EXPECT_EQ(view_->state(), ClusterState::restarting);
  decide();
  EXPECT_EQ(view_->state(), ClusterState::restarting) << "n2 does not know of it";
  member(2).cluster_state = ClusterState::restarting;
  decide();
  EXPECT_EQ(view_->state(), ClusterState::final_state);
  EXPECT_EQ(outcome_.end, ClusterEnd::restart);
}

TEST_F(OneMaster, WhatEndsTheClusterFirstHolds) {
  make_running(1);
  member(1).cluster_state = ClusterState::operation;
  StepContext context = step();
  parts().mastery.end_cluster(context, false, "a program with SHUTDOWN crashed");
  parts().mastery.end_cluster(context, true, "another, with RESTART, crashes as it is stopped");
  EXPECT_EQ(view_->state(), ClusterState::shutting_down);
}

TEST_F(OneMaster, WhoGivesUpWaitsForTheOthersAgain) {
  make_me_master();
  member(1).cluster_state = ClusterState::operation;
  StepContext context = step();
  parts().mastery.give_up(context, "test");
  EXPECT_FALSE(view_->acting_master());
  EXPECT_EQ(view_->master, std::nullopt);
  EXPECT_EQ(view_->state(), ClusterState::synchronization);
  EXPECT_TRUE(agenda_.heartbeat_urgent);
}

}  // namespace
}  // namespace holdfast::cluster
