// What ZeroMQ subscribers ask for, by beginnings of headers, and what newcomers are told.
#include "drivers/telemetry/event_subscriptions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/node.hpp"
#include "drivers/cluster/start_options.hpp"
#include "two_nodes.hpp"

namespace holdfast {
namespace {

using api::EventTopic;
using api::only;
using testing::ElementsAre;
using testing::IsEmpty;

class EventSubscriptionsTest : public testing::Test {
 protected:
  std::vector<std::string> next() {
    const api::EventSight sight{node_.view(), node_.engine().matcher(), Instant::from_ms(50'000),
                                WallTime::from_seconds(1'800'000'000)};
    std::vector<std::string> headers;
    for (const api::ExternalEvent& event : subscriptions_.next_of_snapshot(sight)) {
      headers.emplace_back(name_of(event.topic));
    }
    return headers;
  }

  EventSubscriptions subscriptions_;
  cluster::Node node_{node_options_of(two_nodes_settings(), two_nodes_facts(), true, 0), Random(5)};
};

TEST_F(EventSubscriptionsTest, ABeginningOfAHeaderAsksForAllThatBeginSo) {
  EXPECT_TRUE(subscriptions_.add("p"));
  EXPECT_EQ(subscriptions_.wanted(), only(EventTopic::process) | only(EventTopic::pstats));
  EXPECT_TRUE(subscriptions_.add(""));
  EXPECT_EQ(subscriptions_.wanted(), api::kAllEventTopics);
  subscriptions_.remove("");
  EXPECT_EQ(subscriptions_.wanted(), only(EventTopic::process) | only(EventTopic::pstats));
  subscriptions_.remove("p");
  EXPECT_EQ(subscriptions_.wanted(), 0);
}

TEST_F(EventSubscriptionsTest, WhatNoHeaderBeginsWithIsNotRemembered) {
  EXPECT_FALSE(subscriptions_.add("weather"));
  EXPECT_FALSE(subscriptions_.add("processes"));
  EXPECT_EQ(subscriptions_.wanted(), 0);
  EXPECT_FALSE(subscriptions_.snapshot_waits());
}

TEST_F(EventSubscriptionsTest, ANewcomerIsToldItsTopicsOnce) {
  (void)subscriptions_.add("instance");
  EXPECT_TRUE(subscriptions_.snapshot_waits());
  EXPECT_THAT(next(), ElementsAre("instance", "instance"));
  EXPECT_FALSE(subscriptions_.snapshot_waits());
  EXPECT_THAT(next(), IsEmpty());
}

TEST_F(EventSubscriptionsTest, OneMoreWhoAsksForTheSameIsANewcomer) {
  (void)subscriptions_.add("instance");
  (void)next();
  (void)subscriptions_.add("instance");
  EXPECT_THAT(next(), ElementsAre("instance", "instance"));
}

TEST_F(EventSubscriptionsTest, WhoComesTogetherIsToldTogether) {
  (void)subscriptions_.add("instance");
  (void)subscriptions_.add("supvisors");
  EXPECT_THAT(next(), ElementsAre("supvisors", "instance", "instance"));
}

TEST_F(EventSubscriptionsTest, EventsAndPointsAreNoStates) {
  (void)subscriptions_.add("event");
  (void)subscriptions_.add("hstats");
  EXPECT_THAT(next(), IsEmpty());
  EXPECT_FALSE(subscriptions_.snapshot_waits());
}

}  // namespace
}  // namespace holdfast
