// What the cluster's core wants done: in which order, what waits for the disk, and who is answered.
#include "drivers/cluster/outcome_executor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "cluster_fakes.hpp"
#include "drivers/cluster/start_options.hpp"
#include "fakes.hpp"
#include "test_log.hpp"
#include "two_nodes.hpp"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class OutcomeExecutorTest : public testing::Test {
 protected:
  static cluster::Outcome sends(cluster::NodeId node_id) {
    cluster::Outcome outcome;
    outcome.sends.push_back({node_id, "frame"});
    return outcome;
  }
  static cluster::LocalCommand order(cluster::Action action) {
    cluster::LocalCommand command;
    command.operation = "n1/7/1";
    command.user = "somebody";
    command.action = action;
    command.namespec = "shop:web";
    return command;
  }
  static cluster::Reply reply(std::uint64_t handle, cluster::AnswerPhase phase) {
    cluster::Reply reply;
    reply.handle = handle;
    reply.phase = phase;
    return reply;
  }

  TestLog log_;
  config::Settings settings_ = two_nodes_settings();
  ClusterFacts facts_ = two_nodes_facts();
  Told told_;
  FakeGossip gossip_{told_};
  FakePeerContact contact_{told_};
  FakeIdentityStore identity_{told_};
  FakeClusterObserver observer_{told_};
  FakePrograms programs_{told_};
  FakeWarnings warnings_;
  LogDeduplicator troubles_{log_.log()};
  cluster::Node node_{node_options_of(settings_, facts_, true, 0), Random(5)};
  HistoryWriter history_{log_.log(), log_.history(), kHere};
  std::vector<cluster::LocalCommandDone> done_;
  std::function<void()> when_done_;
  OrderExecutor orders_{programs_, [this](cluster::LocalCommandDone done) {
                          done_.push_back(std::move(done));
                          if (when_done_) {
                            when_done_();
                          }
                        }};
  PeerAdmission admission_{PeerAdmission::Parts{contact_, gossip_, node_, facts_.nodes, {}, troubles_},
                           hello_self_of(settings_, facts_), [](const cluster::Input&) {}, warnings_};
  OutcomeExecutor executor_{
      OutcomeExecutor::Parts{identity_, history_, orders_, gossip_, admission_, observer_, node_}};
};

TEST_F(OutcomeExecutorTest, EffectsGoOutInTheOrderOfTheContract) {
  cluster::Outcome outcome;
  outcome.view_changed = true;
  outcome.end = cluster::ClusterEnd::restart;
  outcome.samples.push_back({kThere, {}, {}, {}});
  outcome.replies.push_back(reply(1, cluster::AnswerPhase::completed));
  outcome.reconnects = {4};
  outcome.probes = {kThere};
  outcome.seeds = {"10.0.0.9:60000"};
  outcome.hellos = {kThere};
  outcome.sends = {{5, "frame"}};
  outcome.follows = {{6, true}};
  outcome.publish = {{cluster::Stream::ctl, "delta"}, {cluster::Stream::bulk, "points"}};
  outcome.heartbeat = cluster::HeartbeatReady{"beat", false};
  outcome.commands = {order(cluster::Action::start_process)};
  outcome.history.push_back({cluster::HistoryRow::Kind::member, "", "", kThere, "joins", "HELLO", false});
  executor_.expect_replies(1, [this](const cluster::Reply&) { told_.emplace_back("reply"); });

  executor_.add(std::move(outcome));
  EXPECT_THAT(told_,
              ElementsAre("start shop:web for somebody", "heartbeat", "publish ctl", "publish bulk", "follow 6 on",
                          "send 5", "hello 10.0.0.2:60000", "hello 10.0.0.9:60000", "probe 10.0.0.2:60000",
                          "reconnect 4", "reply", "samples of " + kThere, "restart all", "view changed"));
  EXPECT_EQ(gossip_.heartbeat, "beat");
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("joins")));
}

TEST_F(OutcomeExecutorTest, NothingIsSaidBeforeTheIdentityIsOnTheDisk) {
  cluster::Outcome outcome = sends(1);
  outcome.persist = cluster::Identity{7, {4, cluster::node_id_of(kThere)}};
  executor_.add(std::move(outcome));
  executor_.add(sends(2));
  EXPECT_THAT(told_, ElementsAre("save epoch 4 of " + kThere));
  identity_.saved();
  EXPECT_THAT(told_, ElementsAre("save epoch 4 of " + kThere, "send 1", "send 2"));
}

TEST_F(OutcomeExecutorTest, TwoIdentitiesAreKeptOneAfterTheOther) {
  for (const std::uint64_t epoch : {4U, 5U}) {
    cluster::Outcome outcome = sends(epoch);
    outcome.persist = cluster::Identity{7, {epoch, cluster::node_id_of(kHere)}};
    executor_.add(std::move(outcome));
  }
  identity_.saved();
  EXPECT_THAT(told_, ElementsAre("save epoch 4 of " + kHere, "send 4", "save epoch 5 of " + kHere));
  identity_.saved();
  EXPECT_EQ(told_.back(), "send 5");
}

TEST_F(OutcomeExecutorTest, AMasterThatNobodyKnowsHasNoNameInTheFile) {
  cluster::Outcome outcome;
  outcome.persist = cluster::Identity{7, {4, 12345}};
  executor_.add(std::move(outcome));
  EXPECT_THAT(told_, ElementsAre("save epoch 4 of "));
}

TEST_F(OutcomeExecutorTest, WhatAnEffectCausesComesAfterTheOutcomeThatItBelongsTo) {
  programs_.at_once = true;
  when_done_ = [this] { executor_.add(sends(2)); };
  cluster::Outcome outcome = sends(1);
  outcome.commands = {order(cluster::Action::stop_process)};
  executor_.add(std::move(outcome));
  EXPECT_THAT(told_, ElementsAre("stop shop:web for somebody", "send 1", "send 2"));
}

TEST_F(OutcomeExecutorTest, TheArgumentOfAnOrderIsWhatItsActionNeeds) {  // contract supvisors.md CFG-E3
  cluster::LocalCommand start = order(cluster::Action::start_process);
  start.argument = "-p 81";
  cluster::LocalCommand signal = order(cluster::Action::signal_process);
  signal.argument = "HUP";
  cluster::Outcome outcome;
  outcome.commands = {start, signal};
  executor_.add(std::move(outcome));
  EXPECT_THAT(told_, ElementsAre("start shop:web for somebody with -p 81", "signal shop:web for somebody by HUP"));
}

TEST_F(OutcomeExecutorTest, WhoAskedIsToldOfTheAcceptanceAndThenOfTheEndOnce) {
  std::vector<cluster::AnswerPhase> phases;
  executor_.expect_replies(3, [&](const cluster::Reply& reply) { phases.push_back(reply.phase); });
  for (const auto phase :
       {cluster::AnswerPhase::accepted, cluster::AnswerPhase::completed, cluster::AnswerPhase::completed}) {
    cluster::Outcome outcome;
    outcome.replies = {reply(3, phase), reply(4, phase)};  // nobody waits for 4
    executor_.add(std::move(outcome));
  }
  EXPECT_THAT(phases, ElementsAre(cluster::AnswerPhase::accepted, cluster::AnswerPhase::completed));
}

TEST_F(OutcomeExecutorTest, WhoIsAnsweredMayAskAgainAtOnce) {
  int answered = 0;
  executor_.expect_replies(1, [&](const cluster::Reply&) {
    ++answered;
    executor_.expect_replies(2, [&](const cluster::Reply&) { ++answered; });
    cluster::Outcome next;
    next.replies = {reply(2, cluster::AnswerPhase::refused)};
    executor_.add(std::move(next));
  });
  cluster::Outcome outcome;
  outcome.replies = {reply(1, cluster::AnswerPhase::completed)};
  executor_.add(std::move(outcome));
  EXPECT_EQ(answered, 2);
}

TEST_F(OutcomeExecutorTest, AnOrdersEndIsToldWithItsOperation) {
  cluster::Outcome outcome;
  outcome.commands = {order(cluster::Action::start_process)};
  executor_.add(std::move(outcome));
  EXPECT_THAT(done_, IsEmpty()) << "the program has not started yet";
  programs_.answer_last({});
  ASSERT_EQ(done_.size(), 1U);
  EXPECT_EQ(done_[0].operation, "n1/7/1");
  EXPECT_EQ(done_[0].code, cluster::OperationCode());
}

TEST_F(OutcomeExecutorTest, ARestartIsAStopAndThenAStart) {
  cluster::Outcome outcome;
  outcome.commands = {order(cluster::Action::restart_process)};
  executor_.add(std::move(outcome));
  programs_.answer_last({});
  EXPECT_THAT(done_, IsEmpty());
  programs_.answer_last({});
  EXPECT_THAT(told_, ElementsAre("stop shop:web for somebody", "start shop:web for somebody"));
  EXPECT_EQ(done_.size(), 1U);
}

TEST_F(OutcomeExecutorTest, AnOrderThatIsNotForOneNodeIsRefused) {
  cluster::Outcome outcome;
  outcome.commands = {order(cluster::Action::start_application)};
  executor_.add(std::move(outcome));
  EXPECT_THAT(told_, IsEmpty());
  ASSERT_EQ(done_.size(), 1U);
  EXPECT_TRUE(done_[0].refused);
}

}  // namespace
}  // namespace holdfast
