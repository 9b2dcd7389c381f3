// Who may gossip with this node: who is admitted, refused and why, what the core is told of it, and what is said once.
#include "drivers/cluster/peer_admission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/clock.hpp"
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

class PeerAdmissionTest : public testing::Test {
 protected:
  /// After settings and facts have been adjusted.
  void make(std::set<std::string> seeds = {}) {
    node_.emplace(node_options_of(settings_, facts_, true, 0), Random(5));
    admission_.emplace(
        PeerAdmission::Parts{contact_, gossip_, *node_, facts_.nodes, std::move(seeds), troubles_},
        hello_self_of(settings_, facts_), [this](const cluster::Input& input) { inputs_.push_back(input); }, warnings_);
  }
  PeerContact::HelloResult answer_of(transport::HelloPeer peer, const std::string& address = "10.0.0.2") {
    PeerContact::HelloResult result;
    result.peer = std::move(peer);
    result.address = address;
    return result;
  }
  PeerContact::HelloResult failure(cluster::HelloFault fault, const std::string& why) {
    PeerContact::HelloResult result;
    result.fault = fault;
    result.why = why;
    return result;
  }
  /// What the core was told last, if it was that.
  template <typename Kind>
  const Kind& told_last() {
    static const Kind kNothing{};
    const auto* last = inputs_.empty() ? nullptr : std::get_if<Kind>(&inputs_.back());
    EXPECT_NE(last, nullptr);
    return last == nullptr ? kNothing : *last;
  }
  /// Another node says HELLO to this one, in two requests from that address.
  api::HelloAnswer greeted_by(const std::string& identifier, const std::string& from,
                              const transport::ClusterKey& key = {}) {
    transport::HelloSelf self;
    self.cluster = settings_.cluster->name;
    self.key = key;
    self.identity = proved(identifier, "n2").identity;
    self.identity.facts = said_;
    if (!key.open()) {
      self.identity.curve_public = transport::CurveKeyPair::generate().public_key();
    }
    transport::HelloInitiator initiator(std::move(self));
    api::HelloAnswer answer = admission_->answer(initiator.start(), from);
    const auto next = initiator.on_answer(answer.status, answer.body);
    return next.body.empty() ? answer : admission_->answer(next.body, from);
  }

  TestLog log_;
  config::Settings settings_ = two_nodes_settings();
  ClusterFacts facts_ = two_nodes_facts();
  Told told_;
  FakeGossip gossip_{told_};
  FakePeerContact contact_{told_};
  FakeWarnings warnings_;
  LogDeduplicator troubles_{log_.log()};
  std::vector<cluster::Input> inputs_;
  std::vector<std::pair<std::string, std::string>> said_;
  std::optional<cluster::Node> node_;
  std::optional<PeerAdmission> admission_;
};

TEST_F(PeerAdmissionTest, ANodeOfTheListIsGreetedWhereItIsAndNobodyElse) {
  make();
  admission_->send_hello("10.0.0.9:60000");
  EXPECT_THAT(told_, IsEmpty());
  admission_->send_hello(kThere);
  EXPECT_THAT(told_, ElementsAre("hello 10.0.0.2:60000"));
  EXPECT_EQ(contact_.targets.front().node.identifier, kThere);
  EXPECT_EQ(contact_.self().identity.incarnation, 7U);
  EXPECT_EQ(contact_.self().identity.protocol_max, 1U);
}

TEST_F(PeerAdmissionTest, WhoHasProvedToBeAMemberIsAdmittedThenToldToTheCore) {
  make();
  admission_->send_hello(kThere);
  transport::HelloPeer peer = proved(kThere, "n2");
  peer.identity.known_incarnation = 6;
  peer.identity.facts = {{"stereotype", "gpu"}, {"common the version", "9"}, {"else", "x"}};
  contact_.answer_hello(answer_of(peer));
  EXPECT_THAT(told_, ElementsAre("hello 10.0.0.2:60000", "admit " + kThere));
  ASSERT_EQ(gossip_.admitted.size(), 1U);
  EXPECT_EQ(gossip_.admitted[0].node_id, cluster::node_id_of(kThere));
  EXPECT_EQ(gossip_.admitted[0].address, "10.0.0.2");
  EXPECT_EQ(gossip_.admitted[0].ports, (transport::Ports{6001, 6002, 6003}));
  EXPECT_FALSE(gossip_.admitted[0].connects_first);
  const auto& done = told_last<cluster::HelloDone>();
  EXPECT_EQ(done.identifier, kThere);
  EXPECT_EQ(done.incarnation, 3U);
  EXPECT_EQ(done.my_incarnation_known, 6U);
  EXPECT_EQ(done.agent.instance, "agent of n2");
  EXPECT_THAT(done.stereotypes, ElementsAre("gpu"));
  EXPECT_EQ(done.common, (cluster::NamedValues{{"the version", "9"}}));
  EXPECT_EQ(done.contact, "") << "it is in the list: its name says where it is";
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(PeerAdmissionTest, AStrangerWithTheKeyIsNoMemberOfAFixedList) {
  make();
  admission_->send_hello_to_seed("10.0.0.9:60000");
  contact_.answer_hello(answer_of(proved("10.0.0.9:60000", "n9"), "10.0.0.9"));
  EXPECT_THAT(gossip_.admitted, IsEmpty());
  ASSERT_EQ(inputs_.size(), 2U);
  const auto& failed = std::get<cluster::HelloFailed>(inputs_.front());
  EXPECT_EQ(failed.fault, cluster::HelloFault::refused);
  EXPECT_THAT(failed.reason, HasSubstr("it has the cluster key, but"));
  EXPECT_EQ(told_last<cluster::SeedAnswered>().identifier, "");
  EXPECT_EQ(told_last<cluster::SeedAnswered>().reason, failed.reason);
}

TEST_F(PeerAdmissionTest, WithDiscoveryTheCoreAloneSaysWhoWasRefused) {
  settings_.cluster->multicast_group.emplace();
  make();
  admission_->send_hello_to_seed("10.0.0.9:60000");
  contact_.answer_hello(answer_of(proved("10.0.0.9:60000", "n1"), "10.0.0.9"));  // the nick of this node
  EXPECT_THAT(gossip_.admitted, IsEmpty());
  EXPECT_EQ(std::get<cluster::MemberRefused>(inputs_.front()).identifier, "10.0.0.9:60000");
  EXPECT_NE(told_last<cluster::SeedAnswered>().reason, "");
}

TEST_F(PeerAdmissionTest, WhoRefusesThisNodeIsNotAdmitted) {
  make();
  admission_->send_hello(kThere);
  transport::HelloPeer peer = proved(kThere, "n2");
  peer.identity.facts = {{"objection", "it is not in the list"}};
  contact_.answer_hello(answer_of(peer));
  EXPECT_THAT(gossip_.admitted, IsEmpty());
  EXPECT_EQ(told_last<cluster::HelloFailed>().fault, cluster::HelloFault::objection);
  EXPECT_EQ(told_last<cluster::HelloFailed>().reason, "it refuses this node: it is not in the list");
}

TEST_F(PeerAdmissionTest, ASeedThatDoesNotTakeThisNodeIsToldToTheCore) {
  settings_.cluster->multicast_group.emplace();
  make();
  admission_->send_hello_to_seed("10.0.0.9:60000");
  transport::HelloPeer peer = proved("10.0.0.9:60000", "n9");
  peer.identity.facts = {{"objection", "its nick n1 is that of another"}};
  contact_.answer_hello(answer_of(peer, "10.0.0.9"));
  EXPECT_TRUE(told_last<cluster::SeedAnswered>().objects);
  peer = proved("10.0.0.9:60000", "n1");  // which this node would not take either: they are two clusters
  peer.identity.facts = {{"objection", "its nick n1 is that of another"}};
  admission_->send_hello_to_seed("10.0.0.9:60000");
  contact_.answer_hello(answer_of(peer, "10.0.0.9"));
  EXPECT_FALSE(told_last<cluster::SeedAnswered>().objects);
}

TEST_F(PeerAdmissionTest, ANodeOfAnotherProtocolIsIncompatible) {
  make();
  admission_->send_hello(kThere);
  transport::HelloPeer peer = proved(kThere, "n2");
  peer.protocol = 0;
  peer.identity.protocol_min = 2;
  peer.identity.protocol_max = 4;
  contact_.answer_hello(answer_of(peer));
  EXPECT_THAT(gossip_.admitted, IsEmpty());
  EXPECT_EQ(told_last<cluster::HelloFailed>().fault, cluster::HelloFault::incompatible);
  EXPECT_EQ(told_last<cluster::HelloFailed>().reason, "it speaks protocol 2 to 4, we speak 1");
}

TEST_F(PeerAdmissionTest, WhoTheGossipDoesNotTakeIsUnreachable) {
  make();
  gossip_.admission = Error{"the queue is full"};
  admission_->send_hello(kThere);
  contact_.answer_hello(answer_of(proved(kThere, "n2")));
  EXPECT_EQ(told_last<cluster::HelloFailed>().fault, cluster::HelloFault::unreachable);
  EXPECT_EQ(told_last<cluster::HelloFailed>().reason, "the queue is full");
}

TEST_F(PeerAdmissionTest, ATroubleIsSaidOnceUntilThePeerIsWellAgain) {
  make();
  const std::string line = "WARN node " + kThere + " cannot be greeted: connection refused";
  for (int i = 0; i < 2; ++i) {
    admission_->send_hello(kThere);
    contact_.answer_hello(failure(cluster::HelloFault::unreachable, "connection refused"));
  }
  EXPECT_THAT(log_.lines(), ElementsAre(line));
  EXPECT_EQ(inputs_.size(), 2U) << "the core is told each time";
  admission_->send_hello(kThere);
  contact_.answer_hello(answer_of(proved(kThere, "n2")));
  admission_->send_hello(kThere);
  contact_.answer_hello(failure(cluster::HelloFault::unreachable, "connection refused"));
  EXPECT_THAT(log_.lines(), ElementsAre(line));
}

TEST_F(PeerAdmissionTest, ASecondAgentOfOneIdIsCriticalAndShownUntilItIsGone) {
  make();
  admission_->send_hello(kThere);
  contact_.answer_hello(failure(cluster::HelloFault::duplicate, "there are two"));
  EXPECT_EQ(warnings_.shown["HELLO with " + kThere], "there are two");
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("CRIT node " + kThere)));
  admission_->send_hello(kThere);
  contact_.answer_hello(answer_of(proved(kThere, "n2")));
  EXPECT_THAT(warnings_.shown, IsEmpty());
}

TEST_F(PeerAdmissionTest, ASeedWithoutAnAnswerIsShownAnAnnouncedAddressIsNot) {
  make({"10.0.0.8:60000"});
  admission_->send_hello_to_seed("10.0.0.8:60000");
  contact_.answer_hello(failure(cluster::HelloFault::unreachable, "no route"));
  EXPECT_EQ(warnings_.shown["seed 10.0.0.8:60000"], "seed 10.0.0.8:60000 is no way into the cluster: no route");
  admission_->send_hello_to_seed("10.0.0.7:60000");
  contact_.answer_hello(failure(cluster::HelloFault::unreachable, "no route"));
  EXPECT_EQ(warnings_.shown.size(), 1U);
  admission_->send_hello_to_seed("10.0.0.8:60000");
  contact_.answer_hello(answer_of(proved(kThere, "n2")));
  EXPECT_THAT(warnings_.shown, IsEmpty());
  EXPECT_EQ(told_last<cluster::SeedAnswered>().identifier, kThere);
}

TEST_F(PeerAdmissionTest, ASeedThatIsThisAgentIsNoTrouble) {
  make({kHere});
  admission_->send_hello_to_seed(kHere);
  PeerContact::HelloResult result = failure(cluster::HelloFault::refused, "it is this agent");
  result.myself = true;
  contact_.answer_hello(result);
  EXPECT_EQ(told_last<cluster::SeedAnswered>().identifier, kHere);
  EXPECT_THAT(warnings_.shown, IsEmpty());
  EXPECT_THAT(gossip_.admitted, IsEmpty());
}

TEST_F(PeerAdmissionTest, AProbeAnswersWhetherThePortAcceptsOrTheMachineRefuses) {
  make();
  admission_->probe(kThere);
  contact_.answer_probe(false, true);
  EXPECT_THAT(told_, ElementsAre("probe 10.0.0.2:60000"));
  EXPECT_EQ(told_last<cluster::HttpProbe>().identifier, kThere);
  EXPECT_FALSE(told_last<cluster::HttpProbe>().accepted);
  EXPECT_TRUE(told_last<cluster::HttpProbe>().refused);
}

TEST_F(PeerAdmissionTest, WhoGreetsIsAdmittedAtItsNameAndConnectsFirst) {
  make();
  const api::HelloAnswer answer = greeted_by(kThere, "172.16.0.5:4711");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(told_, ElementsAre("resolve 10.0.0.2:60000", "admit " + kThere));
  EXPECT_EQ(gossip_.admitted[0].address, "10.0.0.2") << "not where it came from: it may have several addresses";
  EXPECT_TRUE(gossip_.admitted[0].connects_first) << "it refuses us until it has read the proof";
  EXPECT_EQ(told_last<cluster::HelloDone>().identifier, kThere);
  EXPECT_EQ(admission_->counters().accepted, 1U);
}

TEST_F(PeerAdmissionTest, WhoNobodyHasListedIsReachedWhereItSaysOrCameFrom) {
  settings_.cluster->multicast_group.emplace();
  facts_.nodes.nodes.pop_back();
  make();
  (void)greeted_by(kThere, "172.16.0.5:4711");
  said_ = {{"address", "172.16.0.6"}};
  (void)greeted_by(kThere, "172.16.0.5:4711");
  ASSERT_EQ(gossip_.admitted.size(), 2U);
  EXPECT_EQ(gossip_.admitted[0].address, "172.16.0.5");
  EXPECT_EQ(gossip_.admitted[1].address, "172.16.0.6");
  EXPECT_EQ(told_last<cluster::HelloDone>().contact, "172.16.0.6");
}

TEST_F(PeerAdmissionTest, WhoseNameDoesNotResolveIsNotAdmitted) {
  make();
  contact_.resolves = false;
  (void)greeted_by(kThere, "172.16.0.5:4711");
  EXPECT_THAT(gossip_.admitted, IsEmpty());
  EXPECT_THAT(inputs_, IsEmpty());
}

TEST_F(PeerAdmissionTest, AStrangersWrongKeyIsSaidOnceForItsAddress) {
  facts_.keys.key = transport::ClusterKey::derive("user", "secret");
  make();
  for (const char* from : {"172.16.0.5:1", "172.16.0.5:2"}) {
    const api::HelloAnswer answer = greeted_by(kThere, from, transport::ClusterKey::derive("user", "guess"));
    EXPECT_EQ(answer.status, 403);
  }
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("a HELLO from 172.16.0.5 was refused")));
  EXPECT_EQ(admission_->counters().refused_by(transport::HelloCause::wrong_key), 2U);
  EXPECT_THAT(told_, Not(Contains(HasSubstr("admit"))));
}

TEST_F(PeerAdmissionTest, NewKeysCountFromTheNextHelloOnAndTheFormerIsStillAccepted) {
  const auto old_key = transport::ClusterKey::derive("user", "old");
  const auto new_key = transport::ClusterKey::derive("user", "new");
  facts_.keys.key = old_key;
  make();
  EXPECT_EQ(greeted_by(kThere, "10.0.0.2:1", new_key).status, 403);
  admission_->set_keys({new_key, old_key});
  EXPECT_EQ(greeted_by(kThere, "10.0.0.2:1", new_key).status, 200);
  EXPECT_EQ(greeted_by(kThere, "10.0.0.2:1", old_key).status, 200);
  EXPECT_EQ(admission_->self().key.bytes(), new_key.bytes());
}

}  // namespace
}  // namespace holdfast
