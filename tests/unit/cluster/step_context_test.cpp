// The effects that a part leaves in the step context.
#include "cluster/step_context.hpp"

#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Effects : public OneNode {};

TEST_F(Effects, WhatIsAnnouncedIsSaidAtOnceAndDecidedAgain) {
  step().reconsider();
  EXPECT_TRUE(agenda_.reconsider);
  EXPECT_FALSE(agenda_.heartbeat_urgent);
  agenda_.reconsider = false;
  step().announce();
  EXPECT_TRUE(agenda_.reconsider);
  EXPECT_TRUE(agenda_.heartbeat_urgent);
  EXPECT_FALSE(outcome_.view_changed);
}

TEST_F(Effects, WhatIsNotedIsShown) {
  step().note_member("10.0.0.2:60000", "joins", "HELLO");
  EXPECT_TRUE(outcome_.view_changed);
  step().note_state("OPERATION", "test");
  ASSERT_EQ(outcome_.history.size(), 2U);
  EXPECT_EQ(outcome_.history[0].kind, HistoryRow::Kind::member);
  EXPECT_EQ(outcome_.history[1].kind, HistoryRow::Kind::state);
  EXPECT_EQ(outcome_.history[1].subject, options_.cluster_name);
}

TEST_F(Effects, AFrameIsOfThisNodeUnderItsTerm) {
  member(1).term = {5, member(2).node_id};
  step().send(member(2).node_id, Leave{});
  step().publish(Leave{});
  ASSERT_EQ(outcome_.sends.size(), 1U);
  ASSERT_EQ(outcome_.publish.size(), 1U);
  const FrameHeader head = decode_message(outcome_.sends.front().bytes).value().header;
  EXPECT_EQ(head.node_id, member(1).node_id);
  EXPECT_EQ(head.incarnation, options_.incarnation);
  EXPECT_EQ(head.epoch, 5U);
  EXPECT_EQ(head.roster_hash, members_->roster_hash());
  step().persist_identity();
  EXPECT_EQ(outcome_.persist, (Identity{options_.incarnation, {5, member(2).node_id}}));
}

TEST_F(Effects, TheNextTurnOnlyComesEarlier) {
  (void)step();
  agenda_.turn_by(now_ + 1s);
  agenda_.turn_by(now_ + 2s);
  EXPECT_EQ(agenda_.next_turn, now_ + 1s);
}

}  // namespace
}  // namespace holdfast::cluster
