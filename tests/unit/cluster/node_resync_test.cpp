// What happens when a condition of the synchronisation holds no longer (contract supvisors.md 3.3, failure re-check;
// CFG-17).
#include "three_nodes.hpp"

namespace holdfast::cluster {
namespace {

class Resync : public ThreeNodes {
 protected:
  void begin(FailureStrategy strategy, const Synchronisation& wanted) {
    synchronisation_ = wanted;
    adjust_ = [strategy](std::size_t, NodeOptions& options) { options.failure_strategy = strategy; };
    for (auto& node : nodes_) {
      node.reset();
    }
    for (std::size_t i = 0; i < kCount; ++i) {
      start(i, 2);
    }
    run(4s);
  }
  static Synchronisation of(bool Synchronisation::*condition) {
    Synchronisation wanted;
    wanted.*condition = true;
    return wanted;
  }
  ClusterState state(std::size_t i) const { return nodes_[i]->view().state(); }
};

TEST_F(Resync, StrictGoesBackToSynchronizationAndOnWhenAllAreHere) {
  begin(FailureStrategy::resync, of(&Synchronisation::strict));
  ASSERT_EQ(state(0), ClusterState::operation);
  const std::size_t before = commands_.size();
  nodes_[0].reset();  // the Master
  run(5s);
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_EQ(state(i), ClusterState::synchronization);
    EXPECT_FALSE(nodes_[i]->view().master.has_value());
  }
  EXPECT_EQ(commands_.size(), before) << "nothing is started while the wait goes on";
  start(0, 3);
  run(4s);
  for (std::size_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(state(i), ClusterState::operation);
  }
}

TEST_F(Resync, TheMasterStepsDownWhenAFollowerIsLost) {
  begin(FailureStrategy::resync, of(&Synchronisation::list));
  nodes_[2].reset();
  run(5s);
  EXPECT_EQ(state(0), ClusterState::synchronization);
  EXPECT_EQ(state(1), ClusterState::synchronization);
  EXPECT_FALSE(nodes_[0]->view().acting_master());
}

TEST_F(Resync, AnAgentsRestartIsNoFailure) {
  begin(FailureStrategy::resync, of(&Synchronisation::strict));
  port_open_[2] = true;
  nodes_[2].reset();
  run(2500ms);
  EXPECT_EQ(state(0), ClusterState::operation);
  start(2, 3);
  run(3s);
  EXPECT_EQ(state(0), ClusterState::operation);
}

TEST_F(Resync, OnlyTheCoreCountsForCore) {
  roster_[0].core = true;
  begin(FailureStrategy::resync, of(&Synchronisation::core));
  ASSERT_EQ(state(1), ClusterState::operation);
  nodes_[2].reset();
  run(5s);
  EXPECT_EQ(state(1), ClusterState::operation);
  nodes_[0].reset();
  run(5s);
  EXPECT_EQ(state(1), ClusterState::synchronization);
}

TEST_F(Resync, UserFailsWhenSomebodyIsLost) {
  begin(FailureStrategy::resync, of(&Synchronisation::user));
  OperatorRequest request;
  request.handle = 1;
  request.user = "admin";
  request.action = Action::end_sync;
  request.target = "n1";
  step(0, request);
  run(3s);
  ASSERT_EQ(state(1), ClusterState::operation);
  nodes_[2].reset();
  run(5s);
  EXPECT_EQ(state(0), ClusterState::synchronization);
  EXPECT_EQ(state(1), ClusterState::synchronization);
}

TEST_F(Resync, ShutdownStopsEverythingInOrderAlsoWhenTheMasterWasLost) {
  for (const std::size_t lost : {2U, 0U}) {
    begin(FailureStrategy::shutdown, of(&Synchronisation::strict));
    ASSERT_EQ(state(0), ClusterState::operation);
    nodes_[lost].reset();
    run(8s);
    for (std::size_t i = 0; i < kCount; ++i) {
      if (nodes_[i]) {
        EXPECT_EQ(state(i), ClusterState::final_state) << "n" << i + 1 << " after n" << lost + 1 << " was lost";
        const auto& row = nodes_[i]->view().me().table.rows().at("app:web");
        EXPECT_TRUE(is_stopped(row.state));
      }
    }
  }
}

TEST_F(Resync, ContinueGoesOn) {
  begin(FailureStrategy::continue_, of(&Synchronisation::strict));
  nodes_[2].reset();
  run(5s);
  EXPECT_EQ(state(0), ClusterState::operation);
}

}  // namespace
}  // namespace holdfast::cluster
