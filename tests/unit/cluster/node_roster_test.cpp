// The list of nodes that grows (contract supvisors.md 7.4, W12, W18; docs/decisions/0015), one node at a time, the
// others played by hand. That lists converge is the simulator's to show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cluster/codec/message_codec.hpp"
#include "cluster/membership/failure_detector.hpp"
#include "cluster/node.hpp"
#include "cluster/roster.hpp"

namespace holdfast::cluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class NodeRoster : public ::testing::Test {
 protected:
  NodeRoster() {
    options_.identifier = "m:1";
    options_.roster = {{"m:1", "mid", false}};
    options_.discovery = true;
    options_.synchronisation.list = true;
  }

  void start() {
    node_.emplace(options_, Random(7));
    ProcessFact fact;
    fact.id.group = fact.id.name = "own";
    step(LocalTable{{fact}});
  }

  void step(const Input& input) {
    node_->step(now_, input);
    Outcome outcome = node_->take_outcome();
    for (const HistoryRow& row : outcome.history) {
      if (row.is_trouble) {
        troubles_.push_back(row.subject + " " + row.what + ": " + row.why);
      }
    }
    for (Send& item : outcome.sends) {
      const auto message = decode_message(item.bytes);
      ASSERT_TRUE(message.ok());
      if (const auto* roster = std::get_if<Roster>(&message.value().message)) {
        rosters_.push_back({item.node_id, *roster});
      }
      answers_ += std::holds_alternative<OperatorAnswer>(message.value().message) ? 1 : 0;
    }
    seeds_.insert(seeds_.end(), outcome.seeds.begin(), outcome.seeds.end());
    hellos_.insert(hellos_.end(), outcome.hellos.begin(), outcome.hellos.end());
  }

  void run(Duration span) {
    for (const Instant end = now_ + span; now_ < end; now_ = now_ + 10ms) {
      if (now_ >= node_->next_deadline().value_or(now_)) {
        step(TimePassed{});
      }
    }
  }

  void greet(const std::string& identifier, const std::string& nick, std::vector<std::string> tags = {}) {
    step(HelloDone{identifier, nick, 1, "machine " + identifier, 0, 0, {}, std::move(tags), "10.0.0.9"});
  }

  void send(const std::string& identifier, const Message& message, std::uint8_t minor = kProtocolMinor) {
    FrameHeader head;
    head.cluster_id = cluster_id_of(options_.cluster_name);
    head.node_id = node_id_of(identifier);
    head.incarnation = 1;
    head.seq = ++seq_;
    head.proto_minor = minor;
    head.roster_hash = 4711;
    step(FrameReceived{head.node_id, Stream::ctl, encode_message(head, message), now_});
  }

  std::vector<std::string> nicks() const {
    std::vector<std::string> nicks;
    for (const MemberView& member : node_->view().members) {
      nicks.push_back(member.nick);
    }
    return nicks;
  }

  NodeOptions options_;
  std::optional<Node> node_;
  std::vector<std::string> troubles_;
  std::vector<std::pair<NodeId, Roster>> rosters_;
  int answers_ = 0;
  std::vector<std::string> seeds_;
  std::vector<std::string> hellos_;
  std::uint64_t seq_ = 0;
  Instant now_ = Instant::from_ms(1'000'000);
};

TEST_F(NodeRoster, WhoProvesTheKeyJoinsInTheOrderOfNicks) {  // W12
  start();
  greet("z:1", "zoe");
  greet("a:1", "abe");
  EXPECT_THAT(nicks(), ElementsAre("abe", "mid", "zoe"));
  const View& view = node_->view();
  EXPECT_EQ(view.me().nick, "mid");
  EXPECT_EQ(view.me().table.rows().size(), 1U) << "its own rows moved with it";
  EXPECT_EQ(view.cluster.instances[0].identifier, "a:1");
  EXPECT_EQ(view.cluster.instances[1].local, true);
  EXPECT_EQ(view.members[0].contact, "10.0.0.9");
  EXPECT_EQ(view.members[0].state, MemberState::checking);
  EXPECT_FALSE(view.members[0].listed);
  // The table goes on being written at its new place.
  ProcessFact more;
  more.id.group = more.id.name = "more";
  step(LocalProcessChanged{more});
  EXPECT_EQ(node_->view().me().table.rows().size(), 2U);
}

TEST_F(NodeRoster, WhoWasFencedBeforeItWasKnownIsOutFromTheStart) {  // 7.4, FEN-1
  start();
  greet("a:1", "abe");
  Heartbeat beat;
  beat.joined = true;
  send("a:1", beat);
  Snapshot table;
  table.chunks = 1;
  table.fences = FenceList{{1, node_id_of("a:1")}, 1, {{"z:1", "abe", 1, "lost in OPERATION"}}};
  send("a:1", table);
  run(100ms);
  ASSERT_EQ(node_->view().find("a:1")->state, MemberState::running);
  ASSERT_NE(node_->view().me().table.fences().find("z:1"), nullptr);
  greet("z:1", "zoe");
  const MemberView& zoe = *node_->view().find("z:1");
  EXPECT_EQ(zoe.state, MemberState::isolated);
  ASSERT_TRUE(zoe.fence.has_value());
  EXPECT_EQ(zoe.fence->by, "abe");
  send("z:1", beat);
  run(1s);
  EXPECT_EQ(node_->view().find("z:1")->state, MemberState::isolated) << "though it is heard";
}

TEST_F(NodeRoster, WithoutDiscoveryTheListStaysAsItIs) {
  options_.discovery = false;
  start();
  EXPECT_EQ(node_->objection_to("z:1", "zoe"), "it is not in the list of nodes");
  greet("z:1", "zoe");
  step(NodeSighted{"z:1", "zoe", "10.0.0.9:1"});
  run(1s);
  EXPECT_THAT(nicks(), ElementsAre("mid"));
  EXPECT_THAT(seeds_, IsEmpty());
}

TEST_F(NodeRoster, NamesakesAreRefusedSaidOnceAndCounted) {  // 7.4
  start();
  greet("z:1", "zoe");
  EXPECT_THAT(node_->objection_to("y:1", "zoe"), HasSubstr("its nick zoe is that of z:1"));
  EXPECT_THAT(node_->objection_to("z:1", "joe"), HasSubstr("it calls itself joe, but is known here as zoe"));
  EXPECT_THAT(node_->objection_to("z:1", "zoe"), IsEmpty());
  for (int i = 0; i < 3; ++i) {
    greet("y:1", "zoe");
    greet("z:1", "joe");
    step(NodeSighted{"y:1", "mid", "10.0.0.9:1"});
    send("z:1", Roster{{{"w:1", "zoe", ""}}});
  }
  EXPECT_THAT(nicks(), ElementsAre("mid", "zoe"));
  EXPECT_EQ(node_->view().counters.members_refused, 12U);
  EXPECT_EQ(std::ranges::count_if(troubles_, [](const auto& text) { return text.starts_with("z:1 is refused"); }), 1);
  EXPECT_EQ(std::ranges::count_if(troubles_, [](const auto& text) { return text.starts_with("w:1 is refused"); }), 1);
}

TEST_F(NodeRoster, NamesThatCannotBeThoseOfNodesAreRefused) {
  start();
  for (const auto& [identifier, nick] :
       std::vector<std::pair<std::string, std::string>>{{"no port", "x"},
                                                        {"x:0", "x"},
                                                        {"x:70000", "x"},
                                                        {":1", "x"},
                                                        {"x:1", "a\nb"},
                                                        {std::string(300, 'x') + ":1", "x"}}) {
    EXPECT_THAT(node_->objection_to(identifier, nick), HasSubstr("cannot be that of a node")) << identifier;
  }
}

TEST_F(NodeRoster, TheListIsBounded) {
  start();
  for (int i = 0; i < 1100; ++i) {
    send("z:1", Leave{});
    if (i == 0) {
      greet("z:1", "zoe");
    }
    send("z:1", Roster{{{"x" + std::to_string(i) + ":1", "x" + std::to_string(i), ""}}});
  }
  EXPECT_EQ(node_->view().members.size(), 1024U);
  EXPECT_LE(troubles_.size(), 64U) << "said for so many, the others are counted";
}

TEST_F(NodeRoster, APeerWithAnotherListGetsThisOneMoreAndMoreSeldom) {
  start();
  greet("z:1", "zoe");
  Heartbeat beat;
  for (int i = 0; i < 50; ++i) {  // 10 s
    send("z:1", beat);
    run(200ms);
  }
  ASSERT_FALSE(rosters_.empty());
  EXPECT_EQ(rosters_[0].first, node_id_of("z:1"));
  EXPECT_EQ(rosters_[0].second.members.size(), 2U);
  EXPECT_LE(rosters_.size(), 6U) << "0, 0.5, 1.5, 3.5, 7.5 s";
  const std::size_t before = rosters_.size();
  greet("a:1", "abe");  // news: at once
  send("z:1", beat);
  EXPECT_EQ(rosters_.size(), before + 1);
}

TEST_F(NodeRoster, AnOlderAgentGetsNoList) {
  start();
  greet("z:1", "zoe");
  send("z:1", Heartbeat{}, 1);
  run(2s);
  EXPECT_THAT(rosters_, IsEmpty());
}

TEST_F(NodeRoster, SeedsAreGreetedUntilTheyAnswerAndAgainWhenNobodyIsLeft) {
  options_.seeds = {"s:1", "t:1"};
  start();
  run(1s);
  EXPECT_EQ(std::ranges::count(seeds_, "s:1"), 1) << "an attempt under way is waited for";
  step(SeedAnswered{"s:1", "", "refused"});
  step(SeedAnswered{"t:1", "m:1", ""});  // itself
  run(10s);
  EXPECT_EQ(std::ranges::count(seeds_, "t:1"), 1);
  const auto tried = std::ranges::count(seeds_, "s:1");
  EXPECT_GE(tried, 2);
  greet("z:1", "zoe");
  step(SeedAnswered{"s:1", "z:1", ""});
  for (int i = 0; i < 20; ++i) {
    send("z:1", Heartbeat{});
    run(200ms);
  }
  EXPECT_EQ(std::ranges::count(seeds_, "s:1"), tried) << "it is a member now, and in sight";
  run(10s);
  EXPECT_GT(std::ranges::count(seeds_, "s:1"), tried) << "alone again";
}

TEST_F(NodeRoster, AnnouncedAddressesAreTriedBoundedAndForgotten) {
  start();
  for (int i = 0; i < 100; ++i) {
    step(NodeSighted{"x" + std::to_string(i) + ":1", "x" + std::to_string(i), "10.0.1." + std::to_string(i) + ":1"});
  }
  step(NodeSighted{"x1:1", "x1", "10.0.1.1:1"});
  run(1s);
  EXPECT_EQ(seeds_.size(), 64U);
  seeds_.clear();
  run(60s);
  seeds_.clear();
  run(10s);
  EXPECT_THAT(seeds_, IsEmpty()) << "nobody announces them any more";
}

TEST_F(NodeRoster, TheWaitForAllKnownWaitsForSeedsAndForNewcomers) {  // LIST
  options_.seeds = {"s:1"};
  start();
  run(5s);
  EXPECT_EQ(node_->view().state(), ClusterState::synchronization) << "the seed is not here";
  step(SeedAnswered{"s:1", "m:1", ""});
  run(300ms);
  EXPECT_NE(node_->view().state(), ClusterState::synchronization);
}

TEST_F(NodeRoster, AloneItIsNotAloneAtOnce) {
  start();
  run(1s);
  EXPECT_EQ(node_->view().state(), ClusterState::synchronization) << "somebody may be on the way";
  run(2s);
  EXPECT_NE(node_->view().state(), ClusterState::synchronization);
  greet("z:1", "zoe");
  run(300ms);
  EXPECT_FALSE(node_->view().degraded) << "who joins is no loss";
}

TEST_F(NodeRoster, ALossOfANodeThatIsNotKnownYetIsNotTakenForHandled) {
  start();
  run(4s);
  ASSERT_TRUE(node_->view().acting_master());
  greet("z:1", "zoe");
  const LossReport report{
      "z.1.1", node_->view().term(), node_id_of("z:1"), {{node_id_of("y:1"), 3, 5, false, 0, {"app:web"}}}};
  send("z:1", report);
  EXPECT_EQ(answers_, 0) << "it is sent again until it is answered";
  send("z:1", Roster{{{"y:1", "yan", ""}}});
  send("z:1", report);
  EXPECT_EQ(answers_, 1);
}

TEST_F(NodeRoster, CoreNodesAreToldByNameOrTagWhenTheyCome) {  // CFG-16, ID-1
  options_.core = {"zoe", "a:1", "@LEAD"};
  options_.stereotypes = {"@LEAD"};
  start();
  EXPECT_TRUE(node_->view().me().core);
  greet("z:1", "zoe");
  greet("a:1", "abe");
  greet("y:1", "yan", {"@LEAD"});
  greet("x:1", "xia", {"@TAIL"});
  for (const MemberView& member : node_->view().members) {
    EXPECT_EQ(member.core, member.nick != "xia") << member.nick;
  }
  greet("y:1", "yan");  // it has dropped the tag
  EXPECT_FALSE(node_->view().find("yan")->core);
}

}  // namespace
}  // namespace holdfast::cluster
