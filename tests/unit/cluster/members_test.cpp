// The list of members: who keeps what when it grows.
#include "cluster/members.hpp"

#include <gtest/gtest.h>

#include "cluster/per_member.hpp"

namespace holdfast::cluster {
namespace {

NodeOptions three() {
  NodeOptions options;
  options.identifier = "c:1";
  options.roster = {{"a:1", "zoe", true}, {"b:1", "", false}, {"c:1", "mia", false}};
  options.incarnation = 4;
  options.term = {3, 9};
  return options;
}

TEST(Members, TheViewBeginsInTheOrderOfTheListAndKnowsWhatThisNodeSaysOfItself) {
  const View view = make_view(three());
  ASSERT_EQ(view.members.size(), 3U);
  EXPECT_EQ(view.members[1].nick, "b:1") << "without a nick the identifier is";
  EXPECT_TRUE(view.members[0].core);
  EXPECT_EQ(view.local, 2U);
  EXPECT_TRUE(view.me().local);
  EXPECT_EQ(view.me().incarnation, 4U);
  EXPECT_EQ(view.term(), (Term{3, 9}));
  EXPECT_FALSE(view.acting_master());
  EXPECT_EQ(view.state(), ClusterState::off);
}

TEST(Members, WithDiscoveryTheOrderIsThatOfNicks) {
  NodeOptions options = three();
  options.discovery = true;
  const View view = make_view(options);
  EXPECT_EQ(view.members[0].nick, "b:1");
  EXPECT_EQ(view.members[1].nick, "mia");
  EXPECT_EQ(view.members[2].nick, "zoe");
}

TEST(Members, WhatIsKeptOfAMemberStaysWithItWhoeverJoinsBeforeIt) {
  NodeOptions options = three();
  options.discovery = true;
  View view = make_view(options);
  Members members(view);
  PerMember<std::string> notes;
  for (const MemberView& member : view.members) {
    notes[member] = member.nick;
    EXPECT_EQ(members.instance_of(member).identifier, member.identifier);
  }
  const std::uint32_t hash = members.roster_hash();
  MemberView newcomer;
  newcomer.identifier = "d:1";
  newcomer.nick = "abe";
  newcomer.node_id = node_id_of("d:1");
  const MemberView& joined = members.insert(newcomer);
  EXPECT_EQ(&joined, &view.members[0]) << "the lowest nick";
  EXPECT_EQ(notes[joined], "");
  EXPECT_EQ(view.me().nick, "mia");
  for (const MemberView& member : view.members) {
    EXPECT_EQ(notes[member], member.nick == "abe" ? "" : member.nick);
    EXPECT_EQ(members.find(member.node_id), &member);
    EXPECT_EQ(&members.edit(member), &member);
    EXPECT_EQ(&members.at(member.slot), &member);
    EXPECT_EQ(members.instance_of(member).identifier, member.identifier);
  }
  EXPECT_NE(members.roster_hash(), hash);
}

TEST(Members, LivenessVectorsGoByTheOrderOfIdentifiers) {
  View view = make_view(three());
  const Members members(view);
  std::vector<std::string> identifiers;
  for (const std::size_t slot : members.by_identifier()) {
    EXPECT_EQ(members.rank_of(members.at(slot)), identifiers.size());
    identifiers.push_back(members.at(slot).identifier);
  }
  EXPECT_EQ(identifiers, (std::vector<std::string>{"a:1", "b:1", "c:1"}));
}

TEST(Members, ANameIsAnIdentifierOrElseEveryNodeOfThatNick) {
  NodeOptions options = three();
  options.roster.push_back({"d:1", "zoe", false});
  options.roster.push_back({"e:1", "a:1", false});
  View view = make_view(options);
  const Members members(view);
  EXPECT_EQ(members.named("a:1").size(), 1U);
  EXPECT_EQ(members.named("a:1").front()->nick, "zoe") << "the identifier comes first";
  EXPECT_EQ(members.named("zoe").size(), 2U);
  EXPECT_TRUE(members.named("nobody").empty());
  EXPECT_EQ(members.find(NodeId{12345}), nullptr);
}

}  // namespace
}  // namespace holdfast::cluster
