// Who looks at whose statistics, and when that ends (docs/decisions/0017).
#include "cluster/replication/statistics_follow.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.hpp"

namespace holdfast::cluster {
namespace {

using ::testing::IsEmpty;

class Follow : public ::testing::Test {
 protected:
  static constexpr StatisticsKinds kHost{true, false};
  static constexpr StatisticsKinds kPrograms{false, true};
  static constexpr StatisticsKinds kBoth{true, true};

  /// "node: follow kinds", as in "7: + hp" or "7: -".
  std::vector<std::string> turn(Duration after = 0s) {
    now_ = now_ + after;
    std::vector<std::string> said;
    for (const StatisticsFollow::Step& step : follow_.turn(now_, peers_)) {
      said.push_back(std::to_string(step.node) + (step.follow ? ": +" : ": -") + (step.ask ? " ask " : "") +
                     (step.kinds.host ? "h" : "") + (step.kinds.processes ? "p" : ""));
    }
    return said;
  }

  StatisticsFollow follow_;
  std::vector<StatisticsFollow::Peer> peers_{{7, 1, true}, {8, 1, false}};
  Instant now_ = Instant::from_ms(5000);
};

TEST_F(Follow, NobodyLooksNobodyIsAsked) {
  EXPECT_THAT(turn(), IsEmpty());
  EXPECT_TRUE(follow_.idle());
}

TEST_F(Follow, WhoCanIsAskedAgainAndAgain) {
  follow_.want(kHost);
  EXPECT_THAT(turn(), ::testing::ElementsAre("7: + ask h"));
  EXPECT_THAT(turn(limits::statistics_renewal - 1ms), IsEmpty());
  EXPECT_THAT(turn(1ms), ::testing::ElementsAre("7: + ask h"));
  peers_[1].able = true;
  EXPECT_THAT(turn(1ms), ::testing::ElementsAre("8: + ask h"));
}

TEST_F(Follow, MoreIsAskedForAtOnceLessWhenItIsDue) {
  follow_.want(kHost);
  (void)turn();
  follow_.want(kBoth);
  EXPECT_THAT(turn(1ms), ::testing::ElementsAre("7: + ask hp"));
  follow_.want(kPrograms);
  EXPECT_THAT(turn(1ms), IsEmpty());
  EXPECT_THAT(turn(limits::statistics_renewal), ::testing::ElementsAre("7: + ask p"));
  follow_.want({});
  EXPECT_THAT(turn(1ms), IsEmpty());
  follow_.want(kPrograms);  // back again: nothing to do
  EXPECT_THAT(turn(1ms), IsEmpty());
  follow_.want({});
  EXPECT_THAT(turn(limits::statistics_renewal), ::testing::ElementsAre("7: - ask "));
  EXPECT_TRUE(follow_.idle());
}

TEST_F(Follow, ANewLifeIsAskedAtOnceALostOneIsLeft) {
  follow_.want(kHost);
  (void)turn();
  peers_[0].incarnation = 2;
  EXPECT_THAT(turn(1ms), ::testing::ElementsAre("7: + ask h"));
  peers_[0].able = false;
  EXPECT_THAT(turn(1ms), ::testing::ElementsAre("7: -"));
  EXPECT_THAT(turn(1ms), IsEmpty());
}

TEST_F(Follow, AskingRunsOutByItself) {
  follow_.asked_by(7, kHost, 1h, now_);
  follow_.asked_by(8, kPrograms, 1s, now_);
  EXPECT_EQ(follow_.asked(now_), kBoth);
  EXPECT_EQ(follow_.asked(now_ + 1s), kHost);
  EXPECT_EQ(follow_.asked(now_ + limits::statistics_lease - 1ms), kHost);
  EXPECT_EQ(follow_.asked(now_ + limits::statistics_lease), StatisticsKinds{});
  follow_.asked_by(7, kHost, 10s, now_);
  follow_.asked_by(7, {}, 0s, now_);
  EXPECT_EQ(follow_.asked(now_), StatisticsKinds{});
}

}  // namespace
}  // namespace holdfast::cluster
