#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "cluster/replication/own_table.hpp"

namespace holdfast::cluster {
namespace {

ProcessFact fact_of(const std::string& name, ProcessState state) {
  ProcessFact fact;
  fact.id.group.assign(1, 'g');
  fact.id.name = name;
  fact.state = state;
  return fact;
}

constexpr auto kRunning = ProcessState::running;
constexpr auto kStopped = ProcessState::stopped;

struct TwoTables {
  ReplicatedTable mine;
  ReplicatedTable theirs;
  OwnTable own;
  std::vector<std::string> touched;
  TwoTables() {
    own.begin_incarnation(mine, 4);
    theirs.begin_incarnation(4);
  }
  Merge take(const Snapshot& s, bool force = false) {
    return theirs.replace(4, s.seq, s.facts, s.forced, force, touched);
  }
  [[nodiscard]] bool same() const { return mine.digest() == theirs.digest() && mine.seq() == theirs.seq(); }
};

TEST(Tables, SnapshotThenDeltasInSequence) {
  TwoTables pair;
  pair.own.set(pair.mine, fact_of("a", kStopped));
  EXPECT_EQ(pair.take(pair.own.snapshot(pair.mine, 1).front()), Merge::applied);
  EXPECT_TRUE(pair.same());
  const auto deltas = pair.own.set(pair.mine, fact_of("a", kRunning));
  ASSERT_EQ(deltas.size(), 1U);
  EXPECT_EQ(pair.theirs.apply(4, deltas[0], pair.touched), Merge::applied);
  EXPECT_EQ(pair.theirs.apply(4, deltas[0], pair.touched), Merge::stale) << "a repeated delta changes nothing";
  EXPECT_TRUE(pair.same());
}

TEST(Tables, AnUnchangedFactPublishesNothing) {
  TwoTables pair;
  EXPECT_EQ(pair.own.set(pair.mine, fact_of("a", kStopped)).size(), 1U);
  EXPECT_TRUE(pair.own.set(pair.mine, fact_of("a", kStopped)).empty());
}

TEST(Tables, AGapIsNoticedAndRepairedByTheRing) {
  TwoTables pair;
  pair.take(pair.own.snapshot(pair.mine, 1).front());
  pair.own.set(pair.mine, fact_of("a", kStopped));
  const auto second = pair.own.set(pair.mine, fact_of("b", kStopped));
  EXPECT_EQ(pair.theirs.apply(4, second[0], pair.touched), Merge::gap);
  EXPECT_TRUE(pair.theirs.rows().empty()) << "nothing is guessed";
  const auto missing = pair.own.since(pair.mine, pair.theirs.seq());
  ASSERT_TRUE(missing.has_value());
  ASSERT_EQ(missing->size(), 2U);
  EXPECT_EQ(pair.theirs.apply(4, missing->front(), pair.touched), Merge::applied);
  EXPECT_TRUE(pair.same()) << "the later one has waited";
  EXPECT_EQ(pair.theirs.apply(4, missing->back(), pair.touched), Merge::stale);
}

TEST(Tables, ChangesInAnyOrderArriveInOne) {
  TwoTables pair;
  pair.own.set(pair.mine, fact_of("a", kStopped));
  pair.take(pair.own.snapshot(pair.mine, 1).front());
  std::vector<Delta> deltas;
  for (int pid = 1; pid <= 20; ++pid) {
    ProcessFact fact = fact_of("a", kRunning);
    fact.pid = pid;
    deltas.push_back(pair.own.set(pair.mine, fact).front());
  }
  for (auto delta = deltas.rbegin(); delta != deltas.rend() - 1; ++delta) {
    EXPECT_EQ(pair.theirs.apply(4, *delta, pair.touched), Merge::gap);
  }
  EXPECT_EQ(pair.theirs.rows().at("g:a").pid, 0) << "nothing before its turn";
  EXPECT_EQ(pair.theirs.apply(4, deltas.front(), pair.touched), Merge::applied);
  EXPECT_TRUE(pair.same());
}

TEST(Tables, ChangesThatComeBeforeTheSnapshotWaitForIt) {
  TwoTables pair;
  const auto early = pair.own.set(pair.mine, fact_of("a", kStopped));
  const Snapshot snapshot = pair.own.snapshot(pair.mine, 1).front();
  const auto late = pair.own.set(pair.mine, fact_of("a", kRunning));
  EXPECT_EQ(pair.theirs.apply(4, late.front(), pair.touched), Merge::gap);
  EXPECT_EQ(pair.theirs.apply(4, early.front(), pair.touched), Merge::gap);
  EXPECT_EQ(pair.take(snapshot), Merge::applied);
  EXPECT_TRUE(pair.same()) << "the one that the snapshot has is not applied again, the other is";
}

TEST(Tables, WhatWaitsIsBoundedAndOfOneLife) {
  TwoTables pair;
  pair.own.set(pair.mine, fact_of("a", kStopped));
  pair.take(pair.own.snapshot(pair.mine, 1).front());
  const auto lost = pair.own.set(pair.mine, fact_of("a", kRunning));
  for (std::size_t i = 0; i < limits::cluster_ahead_rows + 10; ++i) {
    ProcessFact fact = fact_of("a", kRunning);
    fact.pid = static_cast<int>(i) + 1;
    pair.theirs.apply(4, pair.own.set(pair.mine, fact).front(), pair.touched);
  }
  EXPECT_EQ(pair.theirs.apply(4, lost.front(), pair.touched), Merge::applied);
  EXPECT_EQ(pair.theirs.seq(), lost.front().seq + limits::cluster_ahead_rows) << "the rest is asked for again";
  const auto next = pair.own.set(pair.mine, fact_of("b", kRunning));
  pair.theirs.apply(4, next.front(), pair.touched);
  pair.theirs.begin_incarnation(5);
  EXPECT_EQ(pair.theirs.replace(5, next.front().seq - 1, {}, {}, false, pair.touched), Merge::applied);
  EXPECT_TRUE(pair.theirs.rows().empty()) << "a change of the earlier life has not waited for this one";
}

TEST(Tables, ARingThatDoesNotReachBackNeedsASnapshot) {
  TwoTables pair;
  for (std::size_t i = 0; i < limits::cluster_delta_ring + 2; ++i) {
    ProcessFact fact = fact_of("a", kRunning);
    fact.pid = static_cast<int>(i) + 1;
    pair.own.set(pair.mine, fact);
  }
  EXPECT_FALSE(pair.own.since(pair.mine, 0).has_value());
  EXPECT_TRUE(pair.own.since(pair.mine, 2).has_value());
  EXPECT_FALSE(pair.own.since(pair.mine, 1'000'000).has_value()) << "a peer that knows more than was written";
}

TEST(Tables, AnOldSnapshotNeverOverwrites) {
  TwoTables pair;
  pair.own.set(pair.mine, fact_of("a", kStopped));
  const Snapshot old = pair.own.snapshot(pair.mine, 1).front();
  pair.take(old);
  const auto delta = pair.own.set(pair.mine, fact_of("a", kRunning));
  pair.theirs.apply(4, delta[0], pair.touched);
  EXPECT_EQ(pair.take(old), Merge::stale);
  EXPECT_EQ(pair.theirs.rows().at("g:a").state, kRunning);
}

TEST(Tables, AnotherLifeIsAnotherSequence) {
  TwoTables pair;
  pair.own.set(pair.mine, fact_of("a", kRunning));
  pair.take(pair.own.snapshot(pair.mine, 1).front());
  pair.theirs.begin_incarnation(5);
  EXPECT_FALSE(pair.theirs.complete());
  EXPECT_EQ(pair.theirs.rows().size(), 1U) << "kept as a trace";
  const auto delta = pair.own.set(pair.mine, fact_of("a", kStopped));
  EXPECT_EQ(pair.theirs.apply(4, delta[0], pair.touched), Merge::stale);
  EXPECT_EQ(pair.take(pair.own.snapshot(pair.mine, 1).front()), Merge::stale);
}

TEST(Tables, WholeTableRemovesWhatIsGone) {
  TwoTables pair;
  pair.own.set_all(pair.mine, {fact_of("a", kRunning), fact_of("b", kRunning)});
  pair.own.set_all(pair.mine, {fact_of("b", kRunning), fact_of("c", kRunning)});
  EXPECT_EQ(pair.mine.rows().size(), 2U);
  EXPECT_FALSE(pair.mine.rows().contains("g:a"));
  pair.take(pair.own.snapshot(pair.mine, 1).front());
  EXPECT_TRUE(pair.same());
}

TEST(Tables, WhatAMasterForcesTravelsWithItsRows) {  // contract PRC-5
  TwoTables pair;
  pair.own.set(pair.mine, fact_of("a", kStopped));
  EXPECT_EQ(pair.own.force(pair.mine, {{"g:a", ProcessState::fatal, "no room"}}).size(), 1U);
  EXPECT_TRUE(pair.own.force(pair.mine, {{"g:a", ProcessState::fatal, "no room"}}).empty()) << "unchanged";
  pair.own.take_touched();
  EXPECT_EQ(pair.take(pair.own.snapshot(pair.mine, 1).front()), Merge::applied);
  EXPECT_EQ(pair.theirs.forced().at("g:a").reason, "no room");
  const auto revision = pair.theirs.forced_revision();
  pair.touched.clear();
  EXPECT_EQ(pair.theirs.apply(4, pair.own.force(pair.mine, {{"h:b", kStopped, "late"}}).front(), pair.touched),
            Merge::applied);
  EXPECT_EQ(pair.theirs.apply(4, pair.own.unforce(pair.mine, "g:a").front(), pair.touched), Merge::applied);
  EXPECT_TRUE(pair.own.unforce(pair.mine, "g:a").empty());
  EXPECT_EQ(pair.theirs.forced(), (ForcedRows{{"h:b", {"h:b", kStopped, "late"}}}));
  EXPECT_GT(pair.theirs.forced_revision(), revision);
  EXPECT_TRUE(pair.touched.empty()) << "no row has changed: that would end it";
  EXPECT_TRUE(pair.own.take_touched().empty());
  pair.own.begin_incarnation(pair.mine, 5);
  EXPECT_EQ(pair.mine.forced(), pair.theirs.forced()) << "a new life of the same agent";
  EXPECT_EQ(pair.own.unforce_all(pair.mine).front().unforced, std::vector<std::string>{"h:b"});
  EXPECT_TRUE(pair.mine.forced().empty());
}

TEST(Tables, LargeTablesTravelInBoundedChunks) {
  TwoTables pair;
  std::vector<ProcessFact> facts;
  for (int i = 0; i < 2000; ++i) {
    std::string name = std::to_string(i);
    name += "p";
    facts.push_back(fact_of(name, kRunning));
    facts.back().spawn_error = std::string(i == 7 ? 50'000 : 200, 'd');
  }
  pair.own.set_all(pair.mine, facts);
  std::vector<ProcessFact> all;
  const auto chunks = pair.own.snapshot(pair.mine, 3);
  EXPECT_GT(chunks.size(), 5U);
  for (const Snapshot& chunk : chunks) {
    EXPECT_EQ(chunk.chunks, chunks.size());
    all.insert(all.end(), chunk.facts.begin(), chunk.facts.end());
  }
  EXPECT_EQ(pair.theirs.replace(4, chunks[0].seq, all, {}, false, pair.touched), Merge::applied);
  EXPECT_TRUE(pair.same()) << "texts are cut before they are counted";
}

}  // namespace
}  // namespace holdfast::cluster
