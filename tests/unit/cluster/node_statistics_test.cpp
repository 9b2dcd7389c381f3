// Statistics of other nodes (docs/decisions/0017; contract supvisors.md 7.5, hstats and pstats; 7.2 codes 5 and 6): who
// asks whom, and when that ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "three_nodes.hpp"

namespace holdfast::cluster {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr StatisticsKinds kHost{true, false};
constexpr StatisticsKinds kPrograms{false, true};
constexpr StatisticsKinds kBoth{true, true};

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
