// The cluster's driver between its neighbours: what reaches the node, when, and what the node's answers reach. What is
// decided is tested in tests/unit/cluster; the order of effects in outcome_executor_test.
#include "drivers/cluster/cluster_driver.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "cluster/codec/message_codec.hpp"
#include "cluster_fakes.hpp"
#include "drivers/cluster/start_options.hpp"
#include "fakes.hpp"
#include "test_log.hpp"
#include "two_nodes.hpp"

namespace holdfast {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

config::GroupSettings group(const std::string& name) {
  config::ProcessSettings process;
  process.name = process.program_name = name;
  process.command = "/bin/cat";
  process.autostart = false;
  config::GroupSettings group;
  group.name = name;
  group.processes = {process};
  return group;
}

class ClusterDriverTest : public testing::Test {
 protected:
  void make() {
    ClusterLinks links;
    auto gossip = std::make_unique<FakeGossip>(told_);
    auto contact = std::make_unique<FakePeerContact>(told_);
    gossip_ = gossip.get();
    contact_ = contact.get();
    links.gossip = std::move(gossip);
    links.contact = std::move(contact);
    driver_.emplace(ClusterDriver::Parts{loop_, log_.disk(), log_.log(), log_.history(), state_dir_, programs_,
                                         warnings_, observer_},
                    std::move(links), settings_, facts_);
  }
  /// The node of the first agent, as soon as its programs are taken over.
  void begin() {
    make();
    ASSERT_TRUE(driver_->start().ok());
    told_.clear();
    driver_->begin();
    turn();
  }
  /// What is due on the loop now.
  void turn() {
    loop_.context().restart();
    loop_.context().poll();
  }
  /// The other node has proved itself, and its heartbeat is heard.
  void hear_the_other() {
    ASSERT_THAT(told_, Contains("hello 10.0.0.2:60000"));
    PeerContact::HelloResult result;
    result.peer = proved(kThere, "n2");
    result.address = "10.0.0.2";
    contact_->answer_hello(result);
    gossip_->arrives(frame_of_the_other());
    turn();
  }
  transport::Received frame_of_the_other() {
    if (!other_) {
      ClusterFacts facts = facts_;
      facts.nodes.self = 1;
      facts.identity.incarnation = 3;
      facts.machine_id = "m2";
      other_.emplace(node_options_of(settings_, facts, true, 0), Random(6));
    }
    const Instant now = monotonic_now();
    other_->step(now, cluster::LocalTable{});
    cluster::Outcome outcome = other_->take_outcome();
    EXPECT_TRUE(outcome.heartbeat);
    return {cluster::node_id_of(kThere), cluster::Stream::ctl, outcome.heartbeat ? outcome.heartbeat->bytes : "", now};
  }
  [[nodiscard]] const cluster::MemberView& other_member() const { return *driver_->node().view().find(kThere); }

  system::EventLoop loop_;
  TestLog log_;
  storage::StateDir state_dir_ =
      storage::StateDir::open("/dev/null/nowhere", [](LogLevel, std::string_view) {}).value();  // not writable
  config::Settings settings_ = two_nodes_settings();
  ClusterFacts facts_ = two_nodes_facts();
  Told told_;
  FakePrograms programs_{told_, {group("web")}};
  FakeWarnings warnings_;
  FakeClusterObserver observer_{told_};
  FakeGossip* gossip_ = nullptr;  // the driver's
  FakePeerContact* contact_ = nullptr;
  std::optional<cluster::Node> other_;
  std::optional<ClusterDriver> driver_;
};

TEST_F(ClusterDriverTest, AGossipThatCannotBindEndsTheStartWithItsError) {
  make();
  gossip_->ports = Error{"port 5001 is taken"};
  const Status started = driver_->start();
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().message, "port 5001 is taken");
  driver_.reset();
  EXPECT_THAT(told_, ElementsAre("start gossip", "stop gossip"));
}

TEST_F(ClusterDriverTest, BeforeTheProgramsAreTakenOverNothingIsSaid) {
  make();
  ASSERT_TRUE(driver_->start().ok());
  driver_->groups_changed();
  driver_->want_statistics({true, true});
  driver_->leave();
  gossip_->arrives({1, cluster::Stream::ctl, "rubbish", monotonic_now()});
  turn();
  EXPECT_EQ(driver_->answer_hello("{}", "10.0.0.2:1").status, 503);
  EXPECT_THAT(told_, ElementsAre("start gossip"));
}

TEST_F(ClusterDriverTest, ItBeginsWithItsTableAndGreetsTheOther) {
  begin();
  EXPECT_NE(gossip_->turned, Instant{}) << "the loop's turn is told, or no heartbeat goes out";
  EXPECT_THAT(told_, Contains("hello 10.0.0.2:60000"));
  EXPECT_TRUE(driver_->node().view().me().table.rows().contains("web:web"));
  const transport::HelloSelf self = contact_->self();
  EXPECT_EQ(self.identity.identifier, kHere);
  EXPECT_EQ(self.identity.ports, (transport::Ports{5001, 5002, 5003})) << "those that the gossip has bound";
  EXPECT_EQ(self.identity.instance_uuid.size(), 32U);
}

TEST_F(ClusterDriverTest, WhoeverProvesItselfIsAdmittedAndItsFramesAreHeard) {
  begin();
  EXPECT_EQ(other_member().state, MemberState::stopped);
  hear_the_other();
  EXPECT_THAT(told_, Contains("admit " + kThere));
  EXPECT_THAT(told_, Contains("heartbeat"));
  EXPECT_EQ(other_member().incarnation, 3U);
  EXPECT_NE(other_member().state, MemberState::stopped);
}

TEST_F(ClusterDriverTest, AStepIsToldBeforeItsEffectsAndTheViewAfterThem) {
  begin();
  hear_the_other();
  told_.clear();
  driver_->leave();
  ASSERT_GE(told_.size(), 3U);
  EXPECT_EQ(told_.front(), "step");
  EXPECT_THAT(told_, Contains("publish ctl"));
  EXPECT_EQ(told_.back(), "view changed");
}

TEST_F(ClusterDriverTest, AFrameThatIsNoneOfOursChangesNothing) {
  begin();
  hear_the_other();
  told_.clear();
  gossip_->arrives({cluster::node_id_of(kThere), cluster::Stream::ctl, std::string(80, 'x'), monotonic_now()});
  turn();
  EXPECT_THAT(told_, Not(Contains("view changed")));
}

TEST_F(ClusterDriverTest, WhatTheGossipRefusedIsSaidOnceForEachCauseAndSender) {
  begin();
  for (int i = 0; i < 2; ++i) {
    gossip_->refusals = {{transport::Drop::unknown_key, "10.0.0.9", {}}, {transport::Drop::oversized, "", {}}};
    gossip_->wake();
    turn();
  }
  std::vector<std::string> lines = log_.lines();
  std::erase_if(lines, [](const std::string& line) { return !line.starts_with("WARN"); });
  EXPECT_THAT(lines, ElementsAre("WARN what 10.0.0.9 sent to a gossip port was refused: unknown_key",
                                 "WARN what somebody sent to a gossip port was refused: oversized"));
}

TEST_F(ClusterDriverTest, ANewStateOfAProgramIsARowOfThisNode) {
  begin();
  supervision::StateChanged change;
  change.key = {"web", "web"};
  change.to = ProcessState::fatal;
  change.last_run.started_at = Instant::from_ms(987'654);
  change.last_run.changed_at = Instant::from_ms(987'999);
  driver_->process_changed(change);
  EXPECT_EQ(driver_->node().view().me().table.rows().at("web:web").state, ProcessState::fatal);
  EXPECT_EQ(driver_->node().view().me().table.rows().at("web:web").since_mono_ms, 987'654U);
  EXPECT_EQ(driver_->node().view().me().table.rows().at("web:web").event_mono_ms, 987'999U);
  change.key = {"web", "gone"};
  driver_->process_changed(change);
  EXPECT_EQ(driver_->node().view().me().table.rows().size(), 1U);
}

TEST_F(ClusterDriverTest, EachRequestIsAnsweredToTheOneWhoMadeIt) {
  begin();
  cluster::OperatorRequest request;
  request.action = cluster::Action::stop_process;
  request.target = "web:web";
  request.identifier = "10.0.0.9:60000";  // nobody
  std::vector<std::string> answers;
  for (const char* who : {"ann", "ben"}) {
    driver_->submit(request, {who, "10.1.1.1"}, [&answers, who](const cluster::Reply& reply) {
      EXPECT_EQ(reply.phase, cluster::AnswerPhase::refused);
      answers.emplace_back(who);
    });
  }
  turn();
  EXPECT_THAT(answers, ElementsAre("ann", "ben"));
  EXPECT_THAT(told_, Not(Contains(HasSubstr("stop web:web"))));
}

TEST_F(ClusterDriverTest, AnOrderForThisNodeGoesToItsProgramsAndItsEndToWhoAsked) {
  begin();
  cluster::OperatorRequest request;
  request.action = cluster::Action::stop_process;
  request.target = "web:web";
  request.identifier = kHere;
  std::vector<cluster::AnswerPhase> phases;
  driver_->submit(request, {"ann", "10.1.1.1"}, [&](const cluster::Reply& reply) { phases.push_back(reply.phase); });
  turn();
  EXPECT_THAT(told_, Contains("stop web:web for ann at 10.1.1.1"));
  EXPECT_THAT(phases, Not(Contains(cluster::AnswerPhase::completed)));
  programs_.answer_last({});
  EXPECT_THAT(phases, Contains(cluster::AnswerPhase::completed));
}

TEST_F(ClusterDriverTest, AQuestionGoesToTheNodeThatWasNamed) {
  begin();
  std::string answer;
  driver_->ask(kThere, "supervisor.readLog", {},
               [&](const Result<wire::Value>& value) { answer = value ? "value" : value.error().message; });
  EXPECT_EQ(told_.back(), "ask 10.0.0.2:60000 supervisor.readLog");
  contact_->answer_question(Error{"n2 does not answer", 30});
  EXPECT_EQ(answer, "n2 does not answer");
}

TEST_F(ClusterDriverTest, APlannedStopIsSaidAndTheGossipEnded) {
  begin();
  hear_the_other();
  told_.clear();
  driver_->leave();
  EXPECT_THAT(told_, Contains("publish ctl"));
  const int descriptor = gossip_->event_fd();
  driver_->stop();
  EXPECT_EQ(told_.back(), "stop gossip");
  EXPECT_NE(::fcntl(descriptor, F_GETFD), -1) << "it is the gossip's to close";
  gossip_->arrives({1, cluster::Stream::ctl, "late", monotonic_now()});
  told_.clear();
  turn();
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ClusterDriverTest, KeysAreReadAnewOnlyFromAFileThatHoldsSome) {
  begin();
  EXPECT_THAT(driver_->reload_keys().error().message, HasSubstr("there is no key_file in [cluster]"));
  driver_.reset();
  settings_.cluster->key_file = "/etc/key";
  Result<transport::ClusterKeys> file = Error{"/etc/key: no key in it"};
  facts_.read_keys = [&file] { return file; };
  begin();
  EXPECT_EQ(driver_->reload_keys().error().message, "/etc/key: no key in it; the keys stay as they were");
  const auto key = transport::ClusterKey::generate();
  file = transport::ClusterKeys{key, transport::ClusterKey::generate()};
  EXPECT_EQ(driver_->reload_keys().value(), 2);
  EXPECT_EQ(contact_->self().key.bytes(), key.bytes());
  EXPECT_TRUE(contact_->self().former_key);
}

TEST_F(ClusterDriverTest, RulesThatAreReadAnewHoldAndAreSaidInHello) {
  Result<NodeRules> file = Error{"/etc/rules.xml:3: no such strategy"};
  facts_.rules.hash = "aaaaaaaaaaaaaaaa";
  facts_.read_rules = [&file] { return file; };
  begin();
  EXPECT_EQ(driver_->reload_rules().error().message,
            "/etc/rules.xml:3: no such strategy\nthe rules of this node stay as they were");
  EXPECT_EQ(contact_->self().identity.rules_hash, "aaaaaaaaaaaaaaaa");
  NodeRules rules{{}, "bbbbbbbbbbbbbbbb", {"/etc/rules.xml"}, {"/etc/rules.xml:9: unused"}};
  rules.rules.applications.push_back({});
  rules.rules.applications.back().selector.name = "web";
  file = rules;
  hear_the_other();
  told_.clear();
  const auto told = driver_->reload_rules();
  ASSERT_TRUE(told.ok());
  EXPECT_THAT(told.value().warnings, Contains("/etc/rules.xml:9: unused"));
  ASSERT_EQ(told.value().changes.size(), 1U);
  EXPECT_EQ(told.value().changes.front().leaf, "managed");
  EXPECT_TRUE(driver_->node().engine().matcher().application("web").managed);
  EXPECT_EQ(contact_->self().identity.rules_hash, "bbbbbbbbbbbbbbbb");
  EXPECT_THAT(contact_->self().identity.facts,
              Contains(std::pair<std::string, std::string>("common the rules' fingerprint", "bbbbbbbbbbbb")));
  EXPECT_THAT(told_, Contains("hello 10.0.0.2:60000")) << "the others compare anew";
}

TEST_F(ClusterDriverTest, CfgE5TheRulesOfThisNodeSayWhoRestartsAndAnOverriddenAutorestartIsSaidOnce) {
  using supervision::RestartPolicy;
  rules::ApplicationRule rule;
  rule.selector.name = "web";
  begin();
  EXPECT_EQ(driver_->restart_policy_of({"web", "web"}), RestartPolicy::autorestart) << "no rules";
  for (const auto strategy :
       {rules::RunningFailureStrategy::restart_process, rules::RunningFailureStrategy::stop_application,
        rules::RunningFailureStrategy::restart_application}) {
    const bool overridden = strategy != rules::RunningFailureStrategy::restart_process;
    driver_.reset();
    rule.running_failure_strategy = strategy;
    facts_.rules.rules.applications = {rule};
    (void)log_.lines();
    begin();
    EXPECT_EQ(driver_->restart_policy_of({"web", "web"}),
              overridden ? RestartPolicy::cluster : RestartPolicy::autorestart);
    EXPECT_EQ(driver_->restart_policy_of({"other", "web"}), RestartPolicy::autorestart);
    driver_->groups_changed();  // again
    const std::vector<std::string> lines = log_.lines();
    EXPECT_EQ(
        std::ranges::count_if(
            lines, [](const std::string& line) { return line.starts_with("WARN autorestart of web:web is not"); }),
        overridden ? 1 : 0);
  }
}

TEST_F(ClusterDriverTest, ItCountsWhatGossipHelloAndOthersHaveCounted) {
  class More final : public CounterSource {
    [[nodiscard]] CounterList counters() const override { return {{"external events", 9}}; }
  };
  begin();
  gossip_->counted.frames_in = 11;
  const More more;
  driver_->add_counters(&more);
  const CounterList counters = driver_->counters();
  EXPECT_THAT(counters, Contains(testing::Pair("frames in", 11U)));
  EXPECT_THAT(counters, Contains(testing::Pair("hellos accepted", 0U)));
  EXPECT_EQ(counters.back().first, "external events");
}

}  // namespace
}  // namespace holdfast
