// Statistics of other nodes (docs/decisions/0017; contract supvisors.md 7.5, hstats and pstats; 7.2 codes 5 and 6): who
// asks whom, and when that ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/replication/statistics_follow.hpp"
#include "three_nodes.hpp"

namespace holdfast::cluster {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr StatisticsKinds kHost{true, false};
constexpr StatisticsKinds kPrograms{false, true};
constexpr StatisticsKinds kBoth{true, true};

class Follow : public ::testing::Test {
 protected:
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

class NodeStatistics : public ThreeNodes {
 protected:
  void tell(std::size_t i, std::size_t programs = 1) {
    LocalSamples samples;
    samples.host.push_back({{1s, 1, 2}, {50, 50}, 20, {}, {}, {}});
    samples.processes.resize(programs, {{1s, 1, 2}, "app:web", 4711, 75, 1, 0});
    step(i, samples);
  }
};

TEST_F(NodeStatistics, NothingIsSentWhileNobodyLooks) {
  run(2s);
  tell(1);
  EXPECT_EQ(bulk_frames_, 0U);
  EXPECT_THAT(follows_, IsEmpty());
  EXPECT_FALSE(nodes_[1]->view().statistics_asked.any());
}

TEST_F(NodeStatistics, WhatOneLooksAtAllOthersSendWhileItDoes) {
  run(2s);
  step(0, StatisticsWanted{kBoth});
  EXPECT_EQ(nodes_[1]->view().statistics_asked, kBoth);
  EXPECT_EQ(nodes_[2]->view().statistics_asked, kBoth);
  EXPECT_FALSE(nodes_[0]->view().statistics_asked.any());
  tell(1, 300);
  EXPECT_EQ(bulk_frames_, 4U) << "the host's, and 128 + 128 + 44 programs";
  ASSERT_THAT(samples_, SizeIs(4));
  EXPECT_EQ(samples_[0].first, 0U);
  EXPECT_EQ(samples_[0].second.identifier, roster_[1].identifier);
  EXPECT_EQ(samples_[0].second.at, Instant::from_ms(now_.ms()));
  ASSERT_THAT(samples_[0].second.host, SizeIs(1));
  EXPECT_EQ(samples_[0].second.host[0].cpu, (std::vector<double>{50, 50}));
  EXPECT_THAT(samples_[3].second.processes, SizeIs(44));
  EXPECT_EQ(nodes_[1]->view().counters.points_sent, 301U);
  EXPECT_EQ(nodes_[0]->view().counters.points_heard, 301U);

  run(limits::statistics_lease + 7s);  // asked again and again
  EXPECT_EQ(nodes_[1]->view().statistics_asked, kBoth);
  step(0, StatisticsWanted{});
  tell(1);
  EXPECT_EQ(nodes_[0]->view().counters.points_unwanted, 2U);
  run(limits::statistics_renewal + 1s);
  EXPECT_FALSE(nodes_[1]->view().statistics_asked.any());
  EXPECT_THAT(follows_, IsEmpty());
}

TEST_F(NodeStatistics, OfWhatIsLookedAtOnly) {
  run(2s);
  step(0, StatisticsWanted{kPrograms});
  tell(1);
  EXPECT_EQ(bulk_frames_, 1U);
  ASSERT_THAT(samples_, SizeIs(1));
  EXPECT_THAT(samples_[0].second.processes, SizeIs(1));
}

TEST_F(NodeStatistics, WhoAskedAndIsGoneIsForgotten) {
  run(2s);
  step(0, StatisticsWanted{kBoth});
  nodes_[0].reset();
  run(limits::statistics_lease - 1s);
  EXPECT_EQ(nodes_[1]->view().statistics_asked, kBoth);
  run(2s);
  EXPECT_FALSE(nodes_[1]->view().statistics_asked.any());
}

TEST_F(NodeStatistics, AnOlderNodeIsLeftAlone) {
  minor_[2] = 2;
  run(2s);
  ASSERT_EQ(nodes_[0]->view().members[2].state, MemberState::running);
  step(0, StatisticsWanted{kBoth});
  run(1s);
  EXPECT_TRUE(follows_.contains({0, 1}));
  EXPECT_FALSE(follows_.contains({0, 2}));
  EXPECT_FALSE(nodes_[2]->view().statistics_asked.any()) << "it would drop the frame as of an unknown type";
}

TEST_F(NodeStatistics, ARestartedNodeIsAskedAnew) {
  run(2s);
  step(0, StatisticsWanted{kHost});
  nodes_[1].reset();
  run(1s);
  start(1, 2);
  run(3s);
  ASSERT_EQ(nodes_[0]->view().members[1].state, MemberState::running);
  EXPECT_EQ(nodes_[1]->view().statistics_asked, kHost);
}

}  // namespace
}  // namespace holdfast::cluster
