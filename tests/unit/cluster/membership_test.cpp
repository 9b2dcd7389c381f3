// What HELLO, heartbeats and planned stops make of a member. Whole nodes: node_test.cpp.
#include "cluster/membership/membership.hpp"

#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Members3 : public OneNode {
 protected:
  HelloDone hello(std::uint64_t incarnation, std::uint64_t known_of_me, const std::string& agent = {}) const {
    HelloDone hello;
    hello.identifier = options_.roster[1].identifier;
    hello.nick = "n2";
    hello.incarnation = incarnation;
    hello.machine_id = "m2";
    hello.my_incarnation_known = known_of_me;
    hello.agent.instance = agent;
    return hello;
  }
  void greet(const HelloDone& done) {
    StepContext context = step();
    parts().membership.greeted(context, done);
  }
  void beat(std::uint64_t seq, const Heartbeat& what = {}) {
    StepContext context = step();
    FrameHeader head;
    head.seq = seq;
    head.incarnation = member(2).incarnation;
    head.epoch = 1;
    head.roster_hash = context.members.roster_hash();
    parts().membership.heard(context, member(2), head, what, now_);
  }
};

TEST_F(Members3, AHelloBeginsAnIncarnationThatIsChecked) {
  greet(hello(3, 7));
  EXPECT_EQ(member(2).state, MemberState::checking);
  EXPECT_EQ(member(2).incarnation, 3U);
  EXPECT_EQ(parts().hellos.admitted(member(2)), 3U);
  EXPECT_TRUE(agenda_.heartbeat_urgent) << "so that it hears of me at once";
  greet(hello(2, 7));
  EXPECT_EQ(member(2).incarnation, 3U) << "numbers only grow";
  EXPECT_EQ(view_->counters.old_incarnation, 1U);
}

TEST_F(Members3, NewValuesOfWhatShouldBeTheSameAreComparedByAGreetingOfEverybody) {
  HelloDone done = hello(3, 7);
  done.common = {{"the rules' fingerprint", "old"}};
  greet(done);
  StepContext context = step();
  parts().membership.set_common(context, {{"the rules' fingerprint", "new"}});
  EXPECT_EQ(agenda_.next_turn, now_);
  greet(done);
  EXPECT_EQ(member(2).differences, (std::vector<std::string>{"the rules' fingerprint is new here, old there"}));
  done.common = {{"the rules' fingerprint", "new"}};
  greet(done);
  EXPECT_TRUE(member(2).differences.empty());
}

TEST_F(Members3, WhoKnowsALaterIncarnationOfMeMakesMeBeginOneAboveIt) {
  greet(hello(3, 9));
  EXPECT_EQ(member(1).incarnation, 10U);
  ASSERT_TRUE(outcome_.persist);
  EXPECT_EQ(outcome_.persist->incarnation, 10U);
  EXPECT_EQ(member(1).table.incarnation(), 10U);
  EXPECT_EQ(agenda_.next_turn, now_) << "everybody is greeted";
}

TEST_F(Members3, ANumberThatAnotherAgentUsesIsTakenAndNotBelieved) {
  greet(hello(3, 7, "first"));
  greet(hello(3, 7, "second"));
  EXPECT_EQ(parts().hellos.admitted(member(2)), 0U);
  EXPECT_EQ(member(2).agent.instance, "first");
  EXPECT_EQ(parts().membership.known_incarnation(*view_, "n2"), 4U);
  EXPECT_EQ(parts().membership.known_incarnation(*view_, "nobody"), 0U);
  greet(hello(4, 7, "second"));
  EXPECT_EQ(parts().membership.known_incarnation(*view_, "n2"), 4U);
}

TEST_F(Members3, OnlyANewHeartbeatCounts) {
  greet(hello(3, 7));
  beat(5);
  const Instant first = now_;
  now_ = now_ + 1s;
  beat(5);
  beat(4);
  EXPECT_EQ(member(2).heard_at, first);
  EXPECT_EQ(view_->counters.stale_beat, 2U);
}

TEST_F(Members3, AMemberCountsWhenItsWholeTableIsHere) {
  make_running(1);
  StepContext context = step();
  parts().replication.set_own_table(context, {});
  greet(hello(3, 7));
  Heartbeat joined;
  joined.joined = true;
  beat(1, joined);
  parts().membership.activate(context);
  EXPECT_EQ(member(2).state, MemberState::checking) << "nothing of its table has come";
  EXPECT_EQ(sent_to<SnapshotRequest>(2).size(), 1U);
  set_table(2, 0, {});
  parts().membership.activate(context);
  EXPECT_EQ(member(2).state, MemberState::running);
  EXPECT_TRUE(parts().membership.has_run(member(2)));
  EXPECT_TRUE(view_->cluster.instances[1].running);
}

TEST_F(Members3, APlannedStopIsKnownOnceAndTakesNoPrograms) {
  make_running(2);
  StepContext context = step();
  parts().membership.refresh_instance(context, member(2));
  ASSERT_TRUE(view_->cluster.instances[1].running);
  parts().membership.left(context, member(2));
  parts().membership.left(context, member(2));
  EXPECT_EQ(history(), Lines{member(2).identifier + " leaves"});
  EXPECT_FALSE(view_->cluster.instances[1].running);
  parts().membership.lose(context, member(2), "silent");
  EXPECT_EQ(member(2).state, MemberState::stopped);
  EXPECT_EQ(member(2).remark, "planned stop");
}

TEST_F(Members3, ThisNodesPlannedStopIsSaidToEverybodyTwice) {
  make_running(2);
  StepContext context = step();
  parts().membership.leave(context);
  parts().membership.leave(context);
  EXPECT_EQ(outcome_.publish.size(), 1U);
  EXPECT_EQ(sent_to<Leave>(2).size(), 1U) << "its connection may carry nothing any more";
  EXPECT_TRUE(sent_to<Leave>(3).empty()) << "it is not in sight";
  EXPECT_TRUE(parts().membership.leaving());
}

TEST_F(Members3, AFencedMemberIsIsolatedWhateverBecomesOfIt) {
  make_running(2);
  member(2).fence = FenceFact{member(2).identifier, "n1", 0, "test"};
  StepContext context = step();
  parts().membership.set_state(context, member(2), MemberState::checking, "heard again");
  EXPECT_EQ(member(2).state, MemberState::isolated);
  EXPECT_TRUE(agenda_.reconsider);
}

TEST_F(Members3, WhyAHelloFailedIsShownButNotAgainAfterAPlannedStop) {
  StepContext context = step();
  parts().membership.hello_failed(context, {member(2).identifier, HelloFault::wrong_key, "theirs"});
  EXPECT_EQ(member(2).remark, "another cluster key: theirs");
  EXPECT_TRUE(outcome_.view_changed);
  parts().membership.hello_failed(context, {member(2).identifier, HelloFault::incompatible, ""});
  EXPECT_EQ(member(2).state, MemberState::incompatible);
  make_running(3);
  parts().membership.left(context, member(3));
  parts().membership.lose(context, member(3), "silent");
  parts().membership.hello_failed(context, {member(3).identifier, HelloFault::unreachable, ""});
  EXPECT_EQ(member(3).remark, "planned stop");
}

}  // namespace
}  // namespace holdfast::cluster
