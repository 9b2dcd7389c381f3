// Points of statistics: to whom, and from whom. With whole nodes: node_statistics_test.cpp.
#include "cluster/replication/statistics_exchange.hpp"

#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Points : public OneNode {
 protected:
  Points() { make_running(2); }

  void publish(std::size_t programs) {
    StepContext context = step();
    LocalSamples samples;
    samples.host.resize(1);
    samples.processes.resize(programs);
    parts().statistics.publish(context, samples);
  }
};

TEST_F(Points, NobodyIsSentWhatNobodyLooksAt) {
  publish(1);
  EXPECT_TRUE(outcome_.publish.empty());
  StepContext context = step();
  parts().statistics.receive(context, member(2), StatisticsRequest{{true, false}, 20'000});
  EXPECT_TRUE(view_->statistics_asked.host);
  publish(1);
  EXPECT_EQ(outcome_.publish.size(), 1U) << "of the machine only";
  EXPECT_EQ(outcome_.publish.front().stream, Stream::bulk);
  now_ = now_ + limits::statistics_lease;
  publish(1);
  EXPECT_EQ(outcome_.publish.size(), 1U) << "the asking has run out";
}

TEST_F(Points, ManyProgramsAreSeveralFrames) {
  StepContext context = step();
  parts().statistics.receive(context, member(2), StatisticsRequest{{false, true}, 20'000});
  publish(limits::statistics_frame_points + 1);
  EXPECT_EQ(outcome_.publish.size(), 2U);
  EXPECT_EQ(view_->counters.points_sent, limits::statistics_frame_points + 1);
}

TEST_F(Points, WhatASubscriberLooksAtIsAskedOfWhoKnowsTheRequest) {
  make_running(3);
  member(3).proto_minor = 2;
  StepContext context = step();
  parts().statistics.want(context, {true, true});
  EXPECT_EQ(agenda_.next_turn, now_);
  parts().statistics.follow(context);
  EXPECT_EQ(sent_to<StatisticsRequest>(2).size(), 1U);
  EXPECT_TRUE(sent_to<StatisticsRequest>(3).empty());
  ASSERT_EQ(outcome_.follows.size(), 1U);
  EXPECT_TRUE(outcome_.follows.front().follow);
}

TEST_F(Points, WhatNobodyLooksAtAnyMoreIsCounted) {
  StepContext context = step();
  parts().statistics.receive(context, member(2), FrameHeader{}, ProcessSamples{{{}, {}}});
  EXPECT_EQ(view_->counters.points_unwanted, 2U);
  parts().statistics.want(context, {true, true});
  parts().statistics.receive(context, member(2), FrameHeader{}, ProcessSamples{{{}, {}}});
  EXPECT_EQ(view_->counters.points_heard, 2U);
  EXPECT_EQ(outcome_.samples.size(), 1U);
}

}  // namespace
}  // namespace holdfast::cluster
