// How the list of members grows, part by part; NodeRoster shows it with a whole node.
#include "cluster/membership/roster_exchange.hpp"

#include "cluster/roster.hpp"
#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class RosterGrowth : public OneNode {
 protected:
  RosterGrowth() { options_.discovery = true; }

  bool take(const std::string& identifier, const std::string& nick) {
    StepContext context = step();
    return parts().roster.take(context, {identifier, nick, {}}, "HELLO");
  }
};

TEST_F(RosterGrowth, WhoIsNewIsAMemberFromThenOnAndTheOthersHearOfIt) {
  EXPECT_TRUE(take("10.0.0.4:60000", "aaa"));
  EXPECT_EQ(view_->members.front().nick, "aaa");
  EXPECT_FALSE(view_->members.front().listed);
  EXPECT_EQ(history(), Lines{"10.0.0.4:60000 joins as aaa"});
  EXPECT_TRUE(agenda_.heartbeat_urgent);
  EXPECT_TRUE(agenda_.reconsider);
  EXPECT_EQ(agenda_.next_turn, now_);
  EXPECT_TRUE(take("10.0.0.4:60000", "aaa"));
  EXPECT_EQ(outcome_.history.size(), 1U) << "it is one already";
}

TEST_F(RosterGrowth, ARefusalIsSaidOnceForEachReason) {
  EXPECT_FALSE(take("10.0.0.4:60000", "n2"));
  EXPECT_FALSE(take("10.0.0.4:60000", "n2"));
  EXPECT_EQ(history(), Lines{"10.0.0.4:60000 is refused"});
  EXPECT_TRUE(outcome_.history.front().is_trouble);
  EXPECT_EQ(view_->counters.members_refused, 2U);
  EXPECT_FALSE(take("10.0.0.4:60000", "n3"));
  EXPECT_EQ(outcome_.history.size(), 2U) << "another reason";
}

TEST_F(RosterGrowth, AListIsOfferedEverMoreSlowlyToWhoReadsLists) {
  make_running(2);
  std::size_t offers = 0;
  const auto offer_for = [&](Duration span) {
    for (const Instant end = now_ + span; now_ < end; now_ = now_ + 100ms) {
      StepContext context = step();
      parts().roster.offer(context, member(2));
    }
    return std::exchange(offers, 0) + sent_to<Roster>(2).size();
  };
  const std::size_t first = offer_for(limits::cluster_roster_period);
  EXPECT_EQ(first, 1U);
  EXPECT_LT(offer_for(60s), 12U);
  outcome_.sends.clear();
  now_ = now_ + limits::cluster_roster_period_max;
  EXPECT_TRUE(take("10.0.0.4:60000", "n4"));
  EXPECT_EQ(offer_for(limits::cluster_roster_period), 1U) << "it is another list now";
  member(2).proto_minor = 1;
  outcome_.sends.clear();
  EXPECT_EQ(offer_for(60s), 0U);
}

TEST_F(RosterGrowth, ItIsSettledWhenNobodyNewHasComeForAWhile) {
  EXPECT_FALSE(parts().roster.settled(step(), now_));
  now_ = now_ + limits::cluster_settle_wait;
  EXPECT_TRUE(parts().roster.settled(step(), now_ - limits::cluster_settle_wait));
  EXPECT_TRUE(take("10.0.0.4:60000", "n4"));
  EXPECT_FALSE(parts().roster.settled(step(), now_ - 1h));
}

TEST_F(RosterGrowth, AConfiguredListIsSettledByItself) {
  options_.discovery = false;
  EXPECT_TRUE(parts().roster.settled(step(), now_));
  make();
  StepContext context = step();
  parts().roster.receive(context, member(2), Roster{{{"10.0.0.4:60000", "n4", {}}}});
  EXPECT_EQ(view_->members.size(), 3U) << "and does not grow";
}

TEST_F(RosterGrowth, WhoCarriesACoreTagIsACoreNodeOnceThatIsKnown) {
  options_.core = {"heart"};
  StepContext context = step();
  parts().roster.refresh_core(context, member(2));
  EXPECT_FALSE(member(2).core);
  EXPECT_FALSE(agenda_.reconsider);
  members_->instance_of(member(2)).stereotypes = {"heart"};
  parts().roster.refresh_core(context, member(2));
  EXPECT_TRUE(member(2).core);
  EXPECT_TRUE(agenda_.reconsider) << "the election and the wait depend on it";
}

}  // namespace
}  // namespace holdfast::cluster
