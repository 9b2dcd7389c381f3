// Own changes out, peers' changes in, gaps repaired. The tables themselves: table_test.cpp.
#include "cluster/replication/replication.hpp"

#include "base/limits.hpp"
#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class TablesOfPeers : public OneNode {
 protected:
  TablesOfPeers() { make_running(2); }

  static Delta delta(std::uint64_t seq, const std::string& name) {
    Delta delta;
    delta.seq = seq;
    delta.facts.push_back(fact(name, kRowRunning));
    return delta;
  }
  static Snapshot chunk(std::uint64_t request, std::uint64_t seq, std::uint32_t number, std::uint32_t of) {
    Snapshot chunk;
    chunk.request = request;
    chunk.seq = seq;
    chunk.chunk = number;
    chunk.chunks = of;
    chunk.facts.push_back(fact("p" + std::to_string(number), kRowRunning));
    return chunk;
  }
  void receive(Snapshot snapshot) {
    StepContext context = step();
    parts().replication.receive(context, member(2), 3, snapshot);
  }
};

TEST_F(TablesOfPeers, AChangeOfThisNodeIsPublishedAndShownOnce) {
  StepContext context = step();
  parts().replication.set_own_process(context, fact("web", kRowRunning));
  parts().replication.set_own_process(context, fact("web", kRowRunning));
  EXPECT_EQ(outcome_.publish.size(), 1U);
  EXPECT_EQ(view_->cluster.applications.at("app").at("web").copies.size(), 1U);
  EXPECT_FALSE(parts().replication.own_table_known());
  parts().replication.set_own_table(context, {});
  EXPECT_TRUE(parts().replication.own_table_known());
  EXPECT_TRUE(view_->cluster.applications.empty());
  EXPECT_TRUE(agenda_.heartbeat_urgent) << "that it is known is told";
}

TEST_F(TablesOfPeers, AGapIsAskedForOnceInAWhile) {
  StepContext context = step();
  parts().replication.owner_is_at(member(2), 9, 0);
  parts().replication.receive(context, member(2), 3, delta(5, "web"));
  parts().replication.receive(context, member(2), 3, delta(6, "web"));
  EXPECT_EQ(view_->counters.gaps, 2U);
  EXPECT_EQ(sent_to<DeltaRequest>(2), std::vector<DeltaRequest>{{0}});
  now_ = now_ + limits::cluster_repair_period + 200ms;
  StepContext later = step();
  parts().replication.repair(later, member(2));
  EXPECT_EQ(sent_to<DeltaRequest>(2).size(), 2U);
}

TEST_F(TablesOfPeers, ATableThatDiffersUnderTheSameNumberIsAskedForWhole) {
  StepContext context = step();
  EXPECT_TRUE(parts().replication.in_sync(member(2)));
  parts().replication.owner_is_at(member(2), 0, 12345);
  EXPECT_FALSE(parts().replication.in_sync(member(2)));
  parts().replication.repair(context, member(2));
  ASSERT_EQ(sent_to<SnapshotRequest>(2).size(), 1U);
  EXPECT_EQ(view_->counters.digest_mismatches, 1U);
}

TEST_F(TablesOfPeers, AMissingChangeMakesATableNotInSync) {
  parts().replication.owner_is_at(member(2), 1, 0);
  EXPECT_FALSE(parts().replication.in_sync(member(2)));
  set_table(2, 2, {});
  EXPECT_TRUE(parts().replication.in_sync(member(2))) << "it is ahead of the heartbeat";
}

TEST_F(TablesOfPeers, ChunksInAnyOrderMakeOneTable) {
  StepContext context = step();
  parts().replication.owner_is_at(member(2), 0, 12345);
  parts().replication.repair(context, member(2));
  const std::uint64_t request = sent_to<SnapshotRequest>(2).front().request;
  receive(chunk(request + 1, 8, 0, 1));
  EXPECT_EQ(member(2).table.seq(), 0U) << "nobody asked for that";
  receive(chunk(request, 7, 0, 2));  // of an older answer: the newer one begins anew
  receive(chunk(request, 8, 1, 2));
  receive(chunk(request, 8, 0, 2));
  EXPECT_EQ(member(2).table.seq(), 8U);
  EXPECT_EQ(member(2).table.rows().size(), 2U);
  EXPECT_EQ(view_->counters.snapshots_applied, 1U);
  receive(chunk(request, 9, 0, 1));
  EXPECT_EQ(member(2).table.seq(), 8U) << "the request is answered";
}

TEST_F(TablesOfPeers, RequestsAreAnsweredFromTheOwnTable) {
  StepContext context = step();
  parts().replication.set_own_process(context, fact("web", kRowStopped));
  parts().replication.set_own_process(context, fact("web", kRowRunning));
  parts().replication.receive(context, member(2), DeltaRequest{1});
  EXPECT_EQ(sent_to<Delta>(2).size(), 1U);
  parts().replication.receive(context, member(2), DeltaRequest{77});
  parts().replication.receive(context, member(2), SnapshotRequest{4});
  const std::vector<Snapshot> snapshots = sent_to<Snapshot>(2);
  ASSERT_EQ(snapshots.size(), 2U);
  EXPECT_EQ(snapshots[0].request, 0U) << "the ring does not reach that far";
  EXPECT_EQ(snapshots[1].request, 4U);
}

TEST_F(TablesOfPeers, ANewIncarnationBeginsWithoutATable) {
  member(2).incarnation = 4;
  StepContext context = step();
  parts().replication.incarnation_begins(context, member(2));
  EXPECT_FALSE(member(2).table.complete());
  EXPECT_FALSE(parts().replication.in_sync(member(2)));
}

TEST_F(TablesOfPeers, TheListOfFencedNodesIsPublishedWhenItIsAnother) {
  StepContext context = step();
  const FenceList list{{1, 1}, 1, {{member(2).identifier, "n1", 0, "test"}}};
  parts().replication.set_fences(context, list);
  parts().replication.set_fences(context, list);
  EXPECT_EQ(outcome_.publish.size(), 1U);
  EXPECT_EQ(member(1).table.fences(), list);
}

TEST_F(TablesOfPeers, ANewIncarnationOfThisNodeNumbersItsRowsFromTheStart) {
  StepContext context = step();
  parts().replication.set_own_process(context, fact("web", kRowRunning));
  parts().replication.set_own_process(context, fact("mail", kRowRunning));
  parts().replication.begin_own_incarnation(8);
  EXPECT_EQ(member(1).table.incarnation(), 8U);
  EXPECT_EQ(member(1).table.rows().size(), 2U);
  parts().replication.set_own_process(context, fact("web", kRowStopped));
  EXPECT_EQ(member(1).table.seq(), 1U);
}

TEST_F(TablesOfPeers, OfALostNodeNoSnapshotIsAwaited) {
  StepContext context = step();
  parts().replication.owner_is_at(member(2), 0, 1);
  parts().replication.repair(context, member(2));
  ASSERT_EQ(sent_to<SnapshotRequest>(2).size(), 1U);
  parts().replication.forget_request(member(2));
  receive(chunk(sent_to<SnapshotRequest>(2).front().request, 8, 0, 1));
  EXPECT_EQ(member(2).table.seq(), 0U);
}

}  // namespace
}  // namespace holdfast::cluster
