// The external event interface between the node and its sink: when it opens, what it publishes, and that it rests while
// nobody listens. Which messages follow from what is tested in tests/unit/api/event_feed_test.
#include "drivers/telemetry/external_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "drivers/cluster/start_options.hpp"
#include "event_fakes.hpp"
#include "test_log.hpp"
#include "two_nodes.hpp"

namespace holdfast {
namespace {

using api::EventTopic;
using api::only;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class ExternalEventsTest : public testing::Test {
 protected:
  ExternalEventsTest() { settings_.cluster->event_link = config::EventLink::zeromq; }

  std::string open() {
    events_.emplace(ExternalEvents::Parts{loop_, log_.log(), maker_, exchange_}, settings_);
    return events_->open(node_);
  }
  /// Somebody listens to these topics from now on.
  void listen(api::EventTopics topics) {
    maker_.sink->topics = topics;
    maker_.news();
  }
  void turn() {
    loop_.context().restart();
    loop_.context().poll();
  }
  /// A program of this node is told to the node, as a step.
  void tell(ProcessState state) {
    cluster::ProcessFact fact;
    fact.id.group = "shop";
    fact.id.name = "web";
    fact.state = state;
    fact.pid = 12;
    node_.step(monotonic_now(), cluster::LocalProcessChanged{fact});
    (void)node_.take_outcome();
    events_->on_step();
  }

  system::EventLoop loop_;
  TestLog log_;
  config::Settings settings_ = two_nodes_settings();
  FakeEventSinkMaker maker_;
  FakeStatisticsExchange exchange_;
  cluster::Node node_{node_options_of(two_nodes_settings(), two_nodes_facts(), true, 0), Random(5)};
  std::optional<ExternalEvents> events_;
};

TEST_F(ExternalEventsTest, WithoutAnEventLinkNothingIsOpened) {
  settings_.cluster->event_link = config::EventLink::none;
  EXPECT_EQ(open(), "");
  EXPECT_THAT(maker_.asked, IsEmpty());
  EXPECT_THAT(events_->counters(), IsEmpty());
  EXPECT_FALSE(events_->wants(EventTopic::event));
  tell(ProcessState::running);
  events_->close();
}

TEST_F(ExternalEventsTest, TheSinkOfTheLinkIsOpenedOnThePortAfterTheServers) {
  (void)open();
  EXPECT_THAT(maker_.asked, ElementsAre(Pair(config::EventLink::zeromq, 60001)));
  settings_.cluster->event_link = config::EventLink::websocket;
  settings_.cluster->event_port = 7000;
  (void)open();
  EXPECT_THAT(maker_.asked.back(), Pair(config::EventLink::websocket, 7000));
}

TEST_F(ExternalEventsTest, APortThatDoesNotExistOrIsTakenIsSaidAndTheAgentGoesOn) {
  settings_.servers.front().port = 65535;
  EXPECT_THAT(open(), HasSubstr("say event_port"));
  EXPECT_THAT(maker_.asked, IsEmpty());
  settings_.servers.front().port = 60000;
  maker_.error = "the address is in use";
  EXPECT_EQ(open(),
            "the event interface (ZMQ, port 60001) cannot be opened, no events are published: the address is in use");
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("ERRO the event interface (ZMQ, port 60001) cannot be opened")));
  tell(ProcessState::running);  // goes nowhere
  EXPECT_THAT(events_->counters(), IsEmpty());
}

TEST_F(ExternalEventsTest, AnInterfaceThatAsksForLessThanTheHttpPortIsShown) {
  EXPECT_EQ(open(), "") << "the HTTP port asks for no account either";
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("CRIT")));
  settings_.servers.front().username = "ann";
  settings_.servers.front().password = "secret";
  EXPECT_EQ(open(), "");
  EXPECT_THAT(log_.lines(), testing::Not(Contains(HasSubstr("CRIT"))));
  settings_.cluster->event_authentication = false;
  EXPECT_THAT(open(), HasSubstr("is running without any authentication checking"));
}

TEST_F(ExternalEventsTest, WithoutAListenerStepsArePublishedToNobody) {
  (void)open();
  tell(ProcessState::starting);
  EXPECT_THAT(maker_.sink->published, IsEmpty());
}

TEST_F(ExternalEventsTest, WhatWasSoBeforeSomebodyListenedIsNoEvent) {
  (void)open();
  tell(ProcessState::starting);
  listen(only(EventTopic::event));
  events_->on_step();
  EXPECT_THAT(maker_.sink->published, IsEmpty());
  tell(ProcessState::running);
  EXPECT_THAT(maker_.sink->published, ElementsAre("event"));
  EXPECT_THAT(events_->counters(), ElementsAre(Pair("external events", 1U), Pair("external events dropped", 2U),
                                               Pair("external event clients refused", 3U)));
}

TEST_F(ExternalEventsTest, OnlyTheWantedTopicsArePublished) {
  (void)open();
  tell(ProcessState::starting);
  listen(static_cast<api::EventTopics>(only(EventTopic::process) | only(EventTopic::application)));
  tell(ProcessState::running);
  EXPECT_THAT(maker_.sink->published, ElementsAre("process", "application"));
}

TEST_F(ExternalEventsTest, NobodyIsToldWhatHoldsUnlessTheConfigurationSaysSo) {
  (void)open();
  listen(api::kAllEventTopics);
  turn();
  EXPECT_EQ(maker_.sink->pieces, 0);
}

TEST_F(ExternalEventsTest, NewcomersAreToldOnTheLoopNotWithinTheNews) {
  settings_.cluster->event_snapshot = true;
  (void)open();
  listen(api::kAllEventTopics);
  EXPECT_EQ(maker_.sink->pieces, 0);
  turn();
  EXPECT_EQ(maker_.sink->pieces, 1);
  maker_.news();
  maker_.news();
  turn();
  EXPECT_EQ(maker_.sink->pieces, 2) << "news that come together are one look";
}

TEST_F(ExternalEventsTest, WhatIsLookedAtOfTheOthersFollowsTheListeners) {
  (void)open();
  listen(only(EventTopic::hstats));
  EXPECT_THAT(exchange_.wanted, IsEmpty()) << "not from within a step";
  turn();
  ASSERT_EQ(exchange_.wanted.size(), 1U);
  EXPECT_EQ(exchange_.wanted[0], (cluster::StatisticsKinds{true, false}));
  listen(0);
  turn();
  EXPECT_EQ(exchange_.wanted.back(), (cluster::StatisticsKinds{false, false}));
}

TEST_F(ExternalEventsTest, WhoIsGoneEndsTheFeedAndTheNextBeginsAnew) {
  (void)open();
  listen(only(EventTopic::event));
  turn();
  const int told = maker_.sink->pieces;
  listen(0);
  tell(ProcessState::starting);
  turn();
  EXPECT_THAT(maker_.sink->published, IsEmpty());
  EXPECT_EQ(maker_.sink->pieces, told);
  listen(only(EventTopic::event));
  tell(ProcessState::running);
  EXPECT_THAT(maker_.sink->published, ElementsAre("event"));
}

TEST_F(ExternalEventsTest, PointsGoToWhoListensToTheirKind) {
  (void)open();
  cluster::LocalSamples here;
  here.host.resize(2);
  here.processes.resize(1);
  events_->tell(here);
  EXPECT_THAT(maker_.sink->published, IsEmpty());
  listen(only(EventTopic::hstats));
  EXPECT_TRUE(events_->wants(EventTopic::hstats));
  EXPECT_FALSE(events_->wants(EventTopic::pstats));
  events_->tell(here);
  EXPECT_THAT(maker_.sink->published, ElementsAre("hstats", "hstats"));
  cluster::PeerSamples there;
  there.identifier = kThere;
  there.processes.resize(3);
  listen(only(EventTopic::pstats));
  events_->tell(there);
  EXPECT_THAT(maker_.sink->published, ElementsAre("hstats", "hstats", "pstats", "pstats", "pstats"));
}

TEST_F(ExternalEventsTest, AClosedInterfaceIsSilent) {
  (void)open();
  listen(api::kAllEventTopics);
  events_->close();
  EXPECT_TRUE(maker_.sink->closed);
  tell(ProcessState::running);
  turn();
  EXPECT_THAT(maker_.sink->published, IsEmpty());
  EXPECT_EQ(maker_.sink->pieces, 0);
}

}  // namespace
}  // namespace holdfast
