// What is done about a silent peer; who is dead is failure_detector_test.cpp's.
#include "cluster/membership/peer_watch.hpp"

#include "base/limits.hpp"
#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Watching : public OneNode {
 protected:
  Watching() {
    make_running(2);
    make_running(3);
  }
  void look_for(Duration span) {
    for (const Instant end = now_ + span; now_ < end; now_ = now_ + 50ms) {
      StepContext context = step();
      parts().watch.heard(member(3), now_);
      parts().watch.look(context);
    }
  }
  std::vector<Liveness> all(Liveness of_n2) const { return {Liveness::fresh, of_n2, Liveness::fresh}; }
};

TEST_F(Watching, ASilentPeersPortIsAskedAndThenItsPeers) {
  look_for(700ms);
  EXPECT_TRUE(outcome_.probes.empty());
  look_for(200ms);
  EXPECT_EQ(outcome_.probes, std::vector<std::string>{member(2).identifier});
  EXPECT_EQ(member(2).liveness, Liveness::late);
  EXPECT_TRUE(sent_to<PeerOpinion>(3).empty());
  look_for(600ms);
  ASSERT_FALSE(sent_to<PeerOpinion>(3).empty());
  EXPECT_EQ(sent_to<PeerOpinion>(3).front().about, member(2).node_id);
  EXPECT_TRUE(sent_to<PeerOpinion>(3).front().ask);
  EXPECT_TRUE(sent_to<PeerOpinion>(2).empty());
}

TEST_F(Watching, ItIsAwayWhileItsPortAcceptsAndDeadWhenItsPeersMissItToo) {
  look_for(1s);
  StepContext context = step();
  parts().watch.probed(context, {member(2).identifier, true, false});
  look_for(300ms);
  EXPECT_EQ(member(2).state, MemberState::away);
  StepContext later = step();
  parts().watch.probed(later, {member(2).identifier, false, true});
  parts().watch.take_opinions(later, member(3), all(Liveness::suspect), now_);
  look_for(100ms);
  EXPECT_EQ(member(2).state, MemberState::stopped);
  EXPECT_TRUE(member(2).remark.starts_with("silent for ")) << member(2).remark;
}

TEST_F(Watching, WhomOnlyThisNodeMissesIsPartlyHere) {
  look_for(1s);
  StepContext context = step();
  parts().watch.take_opinions(context, member(3), all(Liveness::fresh), now_);
  look_for(300ms);
  EXPECT_TRUE(member(2).partial);
  EXPECT_EQ(member(2).state, MemberState::running);
  EXPECT_EQ(history(), Lines{member(2).identifier + " partial"});
}

TEST_F(Watching, ASilentConnectionIsMadeAnewEverMoreSlowly) {
  options_.detection = {700ms, 1200ms, 1h};  // nobody is ever dead
  make();
  make_running(2);
  make_running(3);
  member(3).heard_at = now_ + 1h;
  look_for(1100ms);
  EXPECT_TRUE(outcome_.reconnects.empty());
  look_for(30s);
  EXPECT_GE(outcome_.reconnects.size(), 30s / (limits::cluster_reconnect_period_max * 5 / 4));
  EXPECT_LE(outcome_.reconnects.size(), 3 + 30s / limits::cluster_reconnect_period_max);
  outcome_.reconnects.clear();
  parts().watch.connection_is_new(member(2));
  look_for(100ms);
  EXPECT_EQ(outcome_.reconnects.size(), 1U) << "the pauses begin small again";
}

TEST_F(Watching, AQuestionIsAnsweredByWhatThisNodeHears) {
  StepContext context = step();
  parts().watch.receive(context, member(3), {member(2).node_id, Liveness::dead, true}, now_);
  parts().watch.receive(context, member(3), {member(1).node_id, Liveness::dead, true}, now_);
  parts().watch.receive(context, member(3), {member(3).node_id, Liveness::dead, true}, now_);
  const std::vector<PeerOpinion> answers = sent_to<PeerOpinion>(3);
  ASSERT_EQ(answers.size(), 2U) << "nobody is asked about himself";
  EXPECT_EQ(answers[0], (PeerOpinion{member(2).node_id, Liveness::fresh, false}));
  EXPECT_EQ(answers[1], (PeerOpinion{member(1).node_id, Liveness::fresh, false}));
}

TEST_F(Watching, TheLivenessVectorIsInTheOrderOfIdentifiers) {
  member(3).state = MemberState::away;
  EXPECT_EQ(parts().watch.liveness_vector(step()),
            (std::vector<Liveness>{Liveness::fresh, Liveness::fresh, Liveness::suspect}));
  EXPECT_FALSE(parts().watch.hears(step(), member(3), member(2))) << "it has said nothing yet";
  StepContext context = step();
  member(3).state = MemberState::running;
  parts().watch.take_opinions(context, member(3), all(Liveness::fresh), now_);
  EXPECT_TRUE(agenda_.reconsider);
  EXPECT_TRUE(parts().watch.hears(context, member(3), member(2)));
  agenda_.reconsider = false;
  parts().watch.take_opinions(context, member(3), all(Liveness::fresh), now_);
  EXPECT_FALSE(agenda_.reconsider) << "nothing new";
  parts().watch.take_opinions(context, member(3), {Liveness::dead}, now_);
  EXPECT_TRUE(parts().watch.hears(context, member(3), member(2))) << "of another list: not heeded";
}

TEST_F(Watching, WhoIsSilentForAWhileIsLateAndNotFresh) {
  make_running(2);
  EXPECT_TRUE(parts().watch.is_fresh(member(2), now_));
  EXPECT_FALSE(parts().watch.anybody_late(now_));
  now_ = now_ + options_.detection.late + 1ms;
  EXPECT_FALSE(parts().watch.is_fresh(member(2), now_));
  EXPECT_TRUE(parts().watch.anybody_late(now_));
}

}  // namespace
}  // namespace holdfast::cluster
