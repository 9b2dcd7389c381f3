#include "cluster/mastery/election.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace holdfast::cluster {
namespace {

struct Seen {
  NodeId id;
  Term term;
  bool acting = false;
  bool candidate = true;
  bool core = false;
};

std::string_view nick_of(NodeId id) {
  static std::map<NodeId, std::string> nicks;
  return nicks.emplace(id, std::string("n").append(std::to_string(id))).first->second;
}

ElectionInput input_of(NodeId me, const std::vector<Seen>& seen) {
  ElectionInput input;
  input.calm = true;
  for (const Seen& node : seen) {
    Voter voter;
    voter.node_id = node.id;
    voter.nick = nick_of(node.id);
    voter.core = node.core;
    voter.me = node.id == me;
    voter.term = node.term;
    voter.acting_master = node.acting;
    voter.candidate = node.candidate;
    input.voters.push_back(voter);
    if (node.id == me) {
      input.my_term = node.term;
    }
  }
  return input;
}

TEST(Election, NobodyThereLowestNickClaimsAboveAllSeen) {
  ElectionInput input = input_of(1, {{1, {0, 0}}, {2, {3, 9}}, {3, {0, 0}}});
  input.terms_seen = {{7, 0}};
  const auto decision = elect(input);
  EXPECT_EQ(decision.action, ElectionAction::claim);
  EXPECT_EQ(decision.term, (Term{8, 1}));
  EXPECT_EQ(elect(input_of(2, {{1, {0, 0}}, {2, {0, 0}}})).action, ElectionAction::wait);
}

TEST(Election, ACoreNodeComesFirst) {
  EXPECT_EQ(elect(input_of(1, {{1, {}}, {2, {}, false, true, true}})).action, ElectionAction::wait);
  EXPECT_EQ(elect(input_of(2, {{1, {}}, {2, {}, false, true, true}})).action, ElectionAction::claim);
}

TEST(Election, NoClaimBeforeTheViewIsCalmOrSynchronised) {
  ElectionInput input = input_of(1, {{1, {}}, {2, {}}});
  input.calm = false;
  EXPECT_EQ(elect(input).action, ElectionAction::wait);
  EXPECT_EQ(elect(input_of(1, {{1, {}, false, false}, {2, {}}})).action, ElectionAction::wait);
}

TEST(Election, ANamedNodeClaimsBeforeBetterOnesUnlessAMasterIsThere) {  // contract 3.3 USER
  ElectionInput input = input_of(2, {{1, {}}, {2, {}}});
  input.named = true;
  input.calm = false;
  EXPECT_EQ(elect(input).action, ElectionAction::claim);
  input.voters[0].acting_master = true;
  input.voters[0].term = {3, 1};
  EXPECT_EQ(elect(input).action, ElectionAction::follow);
  ElectionInput waiting = input_of(2, {{1, {}}, {2, {}, false, false}});
  waiting.named = true;
  EXPECT_EQ(elect(waiting).action, ElectionAction::wait) << "it has not ended its wait";
}

TEST(Election, AJoiningNodeDisplacesNobody) {
  // n1 has the lowest nick and is core; n5 is Master already.
  const std::vector<Seen> seen{{1, {0, 0}, false, true, true}, {5, {4, 5}, true}, {6, {4, 5}}};
  const auto joiner = elect(input_of(1, seen));
  EXPECT_EQ(joiner.action, ElectionAction::follow);
  EXPECT_EQ(joiner.term, (Term{4, 5}));
  EXPECT_EQ(elect(input_of(5, seen)).action, ElectionAction::keep);
}

TEST(Election, ARestartedMasterReturnsAsFollower) {
  // n1 was Master of (4, 1); its new life does not act; n2 was elected meanwhile.
  const auto decision = elect(input_of(1, {{1, {4, 1}, false, false}, {2, {5, 2}, true}}));
  EXPECT_EQ(decision.action, ElectionAction::follow);
  EXPECT_EQ(decision.term, (Term{5, 2}));
}

TEST(Election, AfterAHealTheWinnerStartsATermAboveAll) {
  // n1 has one follower, n4 has two: n4 wins although n1's nick and term are in its way.
  const std::vector<Seen> seen{{1, {9, 1}, true}, {2, {9, 1}}, {4, {5, 4}, true}, {5, {5, 4}}, {6, {5, 4}}};
  const auto winner = elect(input_of(4, seen));
  EXPECT_EQ(winner.action, ElectionAction::claim);
  EXPECT_EQ(winner.term, (Term{10, 4}));
  EXPECT_EQ(elect(input_of(1, seen)).action, ElectionAction::keep) << "the loser waits for the winner's new term";
}

TEST(Election, AWinnerThatIsAboveAllAlreadyDoesNotRace) {
  const auto decision = elect(input_of(1, {{1, {9, 1}, true}, {2, {9, 1}}, {4, {5, 4}, true}}));
  EXPECT_EQ(decision.action, ElectionAction::keep);
  ElectionInput early = input_of(1, {{1, {4, 1}, true}, {2, {4, 1}}, {4, {5, 4}, true}});
  EXPECT_EQ(elect(early).action, ElectionAction::claim);
  early.may_claim = false;
  EXPECT_EQ(elect(early).action, ElectionAction::keep);
}

TEST(Election, EqualEpochsAreDecidedByThePair) {
  EXPECT_EQ(elect(input_of(3, {{3, {5, 1}}, {2, {5, 2}, true}})).action, ElectionAction::follow);
  EXPECT_EQ(elect(input_of(3, {{3, {5, 9}}, {2, {5, 2}, true}})).action, ElectionAction::keep);
  // ... and the Master sees that pair and rises above it.
  const auto master = elect(input_of(2, {{3, {5, 9}}, {2, {5, 2}, true}}));
  EXPECT_EQ(master.action, ElectionAction::claim);
  EXPECT_EQ(master.term, (Term{6, 2}));
}

TEST(Election, ASilentMasterThatIsNotDeadIsKept) {
  ElectionInput input = input_of(2, {{2, {5, 1}}, {3, {5, 1}}});
  input.master_out_of_reach = true;
  EXPECT_EQ(elect(input).action, ElectionAction::keep);
  input.master_out_of_reach = false;
  input.heard_by_followers = {1};
  EXPECT_EQ(elect(input).action, ElectionAction::keep);
  input.heard_by_followers.clear();
  EXPECT_EQ(elect(input).action, ElectionAction::claim);
}

TEST(Election, AMasterYieldsToOneThatItsOwnPeersHear) {
  ElectionInput input = input_of(2, {{2, {5, 2}, true}, {3, {7, 1}}, {4, {7, 1}}});
  input.heard_by_followers = {1};
  const auto decision = elect(input);
  EXPECT_EQ(decision.action, ElectionAction::follow);
  EXPECT_EQ(decision.term, (Term{7, 1}));
}

}  // namespace
}  // namespace holdfast::cluster
