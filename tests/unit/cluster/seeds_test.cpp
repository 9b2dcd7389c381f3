// Addresses of nodes whose names are not known.
#include "cluster/membership/seeds.hpp"

#include "cluster/roster.hpp"
#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class SeedAddresses : public OneNode {
 protected:
  SeedAddresses() { options_.seeds = {"10.0.0.9:60000"}; }

  std::vector<std::string> greeted(Duration span) {
    for (const Instant end = now_ + span; now_ < end; now_ = now_ + 50ms) {
      StepContext context = step();
      parts().seeds.send_hellos(context);
      if (outcome_.seeds.size() > 0 && answer_) {
        parts().seeds.answered(context, *answer_);
      }
    }
    return std::exchange(outcome_.seeds, {});
  }

  std::optional<SeedAnswered> answer_;
};

TEST_F(SeedAddresses, OneThatNobodyAnswersIsTriedAgainAfterItsTimeLimit) {
  EXPECT_EQ(parts().seeds.unanswered(), 1U);
  EXPECT_EQ(greeted(limits::cluster_seed_answer_max - 100ms).size(), 1U);
  EXPECT_EQ(greeted(300ms).size(), 1U);
}

TEST_F(SeedAddresses, OneThatHasAnsweredIsGreetedOnlyByWhoIsAlone) {
  answer_ = SeedAnswered{"10.0.0.9:60000", "10.0.0.9:60000", ""};
  EXPECT_GE(greeted(5s).size(), 2U) << "nobody else is in sight: it may be the way back";
  EXPECT_EQ(parts().seeds.unanswered(), 0U);
  EXPECT_TRUE(agenda_.reconsider);
  make_running(2);
  EXPECT_TRUE(greeted(60s).empty());
}

TEST_F(SeedAddresses, OneThatIsMyselfIsNotGreetedAgain) {
  answer_ = SeedAnswered{"10.0.0.9:60000", options_.identifier, ""};
  EXPECT_EQ(greeted(60s).size(), 1U);
}

TEST_F(SeedAddresses, AnAnnouncementIsGreetedAsLongAsItGoesOn) {
  options_.seeds.clear();
  {
    StepContext context = step();
    parts().seeds.announced(context, "10.0.0.8:60000");
    parts().seeds.announced(context, "10.0.0.8:60000");
  }
  EXPECT_EQ(agenda_.next_turn, now_);
  EXPECT_EQ(parts().seeds.unanswered(), 0U) << "nobody promised that somebody is there";
  EXPECT_EQ(greeted(50ms), std::vector<std::string>{"10.0.0.8:60000"});
  (void)greeted(limits::cluster_seed_met_age_max);
  EXPECT_TRUE(greeted(60s).empty());
}

TEST_F(SeedAddresses, AnnouncementsAreBounded) {
  options_.seeds.clear();
  StepContext context = step();
  for (std::size_t i = 0; i < 2 * limits::cluster_seeds_met_max; ++i) {
    parts().seeds.announced(context, "10.0.1." + std::to_string(i) + ":60000");
  }
  EXPECT_EQ(greeted(50ms).size(), limits::cluster_seeds_met_max);
}

}  // namespace
}  // namespace holdfast::cluster
