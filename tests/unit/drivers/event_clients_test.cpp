// The WebSocket clients of the external events: who is sent what, the snapshot, and what a full queue means.
#include "drivers/telemetry/event_clients.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "cluster/node.hpp"
#include "drivers/cluster/start_options.hpp"
#include "event_fakes.hpp"
#include "two_nodes.hpp"

namespace holdfast {
namespace {

using api::EventTopic;
using api::only;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class EventClientsTest : public testing::Test {
 protected:
  /// This node's table has so many programs.
  void define(int programs) {
    cluster::LocalTable table;
    for (int i = 0; i < programs; ++i) {
      cluster::ProcessFact fact;
      fact.id.group = "shop";
      fact.id.name = "web" + std::to_string(i);
      table.facts.push_back(fact);
    }
    node_.step(Instant::from_ms(50'000), table);
    (void)node_.take_outcome();
  }
  [[nodiscard]] api::EventSight sight() const {
    return {node_.view(), node_.engine().matcher(), Instant::from_ms(50'000), WallTime::from_seconds(1'800'000'000)};
  }
  void publish(EventTopic topic) { clients_.publish({topic, "{}"}); }

  FakeClientTexts out_;
  EventClients clients_{out_};
  cluster::Node node_{node_options_of(two_nodes_settings(), two_nodes_facts(), true, 0), Random(5)};
};

TEST_F(EventClientsTest, WhatAnybodyListensToIsWanted) {
  EXPECT_EQ(clients_.wanted(), 0);
  clients_.add(1, only(EventTopic::event));
  clients_.add(2, static_cast<api::EventTopics>(only(EventTopic::event) | only(EventTopic::hstats)));
  EXPECT_EQ(clients_.wanted(), only(EventTopic::event) | only(EventTopic::hstats));
  clients_.remove(2);
  EXPECT_EQ(clients_.wanted(), only(EventTopic::event));
}

TEST_F(EventClientsTest, EachIsSentItsOwnTopicsAndTheTextIsMadeOnce) {
  clients_.add(1, only(EventTopic::event));
  clients_.add(2, api::kAllEventTopics);
  publish(EventTopic::event);
  publish(EventTopic::process);
  EXPECT_THAT(out_.sent[1], ElementsAre("event"));
  EXPECT_THAT(out_.sent[2], ElementsAre("event", "process"));
  EXPECT_EQ(out_.texts[0], out_.texts[1]) << "one text for both";
}

TEST_F(EventClientsTest, ANewcomerIsToldHowThingsStandAndNobodyElse) {
  define(2);
  clients_.add(1, api::kAllEventTopics);
  EXPECT_FALSE(clients_.tell_newcomers(sight())) << "its handshake is not done";
  clients_.add(2, static_cast<api::EventTopics>(only(EventTopic::instance) | only(EventTopic::process)));
  EXPECT_TRUE(clients_.ready(2));
  EXPECT_FALSE(clients_.tell_newcomers(sight()));
  EXPECT_THAT(out_.sent[2], ElementsAre("instance", "instance", "process", "process"));
  EXPECT_THAT(out_.sent[1], IsEmpty());
  EXPECT_FALSE(clients_.tell_newcomers(sight()));
  EXPECT_THAT(out_.sent[2], SizeIs(4)) << "told once";
}

TEST_F(EventClientsTest, NobodyOfThatIdIsNoNewcomer) {
  EXPECT_FALSE(clients_.ready(4));
  EXPECT_FALSE(clients_.tell_newcomers(sight()));
}

TEST_F(EventClientsTest, ALargeSnapshotComesInPiecesWithEventsBetween) {
  define(static_cast<int>(limits::event_snapshot_piece) + 5);
  clients_.add(1, only(EventTopic::process));
  (void)clients_.ready(1);
  EXPECT_TRUE(clients_.tell_newcomers(sight()));
  EXPECT_THAT(out_.sent[1], SizeIs(limits::event_snapshot_piece));
  publish(EventTopic::process);
  EXPECT_FALSE(clients_.tell_newcomers(sight()));
  EXPECT_THAT(out_.sent[1], SizeIs(limits::event_snapshot_piece + 6));
}

TEST_F(EventClientsTest, WhoHasMuchInItsQueueWaitsForTheRestOfTheSnapshot) {
  define(2);
  clients_.add(1, only(EventTopic::process));
  (void)clients_.ready(1);
  out_.waiting[1] = limits::event_snapshot_queued;
  EXPECT_TRUE(clients_.tell_newcomers(sight())) << "there is more to be told";
  EXPECT_THAT(out_.sent[1], IsEmpty());
  out_.waiting[1] = limits::event_snapshot_queued - 1;
  EXPECT_FALSE(clients_.tell_newcomers(sight()));
  EXPECT_THAT(out_.sent[1], SizeIs(2));
}

TEST_F(EventClientsTest, WhoReadsTooSlowlyMissesEverythingUntilItHasReadAndIsToldAnew) {
  define(1);
  clients_.add(1, api::kAllEventTopics);
  clients_.add(2, api::kAllEventTopics);
  out_.full = {1};
  publish(EventTopic::event);
  out_.full.clear();
  publish(EventTopic::event);
  EXPECT_THAT(out_.sent[1], IsEmpty()) << "a gap, then nothing: half of what happened would mislead";
  EXPECT_THAT(out_.sent[2], SizeIs(2));
  EXPECT_EQ(clients_.dropped(), 2U);
  EXPECT_FALSE(clients_.tell_newcomers(sight()));

  EXPECT_TRUE(clients_.ready(1));  // it has read what it had
  EXPECT_FALSE(clients_.tell_newcomers(sight()));
  EXPECT_THAT(out_.sent[1], ElementsAre("supvisors", "instance", "instance", "application", "process"));
  publish(EventTopic::event);
  EXPECT_EQ(out_.sent[1].back(), "event");
  EXPECT_EQ(clients_.dropped(), 2U);
}

TEST_F(EventClientsTest, ASnapshotThatFillsTheQueueIsBegunAnew) {
  define(3);
  clients_.add(1, only(EventTopic::process));
  (void)clients_.ready(1);
  out_.full = {1};
  EXPECT_FALSE(clients_.tell_newcomers(sight()));
  EXPECT_EQ(clients_.dropped(), 3U);
  out_.full.clear();
  (void)clients_.ready(1);
  (void)clients_.tell_newcomers(sight());
  EXPECT_THAT(out_.sent[1], SizeIs(3));
}

TEST_F(EventClientsTest, WhoIsGoneIsSentNothing) {
  define(1);
  clients_.add(1, api::kAllEventTopics);
  (void)clients_.ready(1);
  clients_.remove(1);
  publish(EventTopic::event);
  EXPECT_FALSE(clients_.tell_newcomers(sight()));
  EXPECT_THAT(out_.sent, IsEmpty());
}

}  // namespace
}  // namespace holdfast
