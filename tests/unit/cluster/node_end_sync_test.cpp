// The wait for other nodes that a person ends (contract supvisors.md 5.4, end_sync).
#include "three_nodes.hpp"

namespace holdfast::cluster {
namespace {

/// Three nodes that wait for a person (contract 3.3 USER, 5.4 end_sync).
class WaitForUser : public ThreeNodes {
 protected:
  WaitForUser() {
    synchronisation_ = {};
    synchronisation_.user = true;
    for (auto& node : nodes_) {
      node.reset();
    }
    for (std::size_t i = 0; i < kCount; ++i) {
      start(i, 2);
    }
    run(3s);
  }

  /// Asks node `i` and answers with what became of it.
  Reply end_sync(std::size_t i, const std::string& master) {
    OperatorRequest request;
    request.handle = ++handle_;
    request.user = "admin";
    request.action = Action::end_sync;
    request.target = master;
    replies_.clear();
    step(i, request);
    run(100ms);
    EXPECT_EQ(replies_.size(), 1U);
    return replies_.empty() ? Reply{} : replies_.back();
  }

  void expect_master(std::size_t master) {
    for (const auto& node : nodes_) {
      EXPECT_EQ(node->view().state(), ClusterState::operation);
      EXPECT_EQ(node->view().master, roster_[master].identifier);
      EXPECT_FALSE(node->view().degraded) << "USER alone never degrades";
    }
  }

  std::uint64_t handle_ = 100;
};

TEST_F(WaitForUser, NobodyIsMasterUntilOneIsNamed) {
  run(60s);
  for (const auto& node : nodes_) {
    EXPECT_EQ(node->view().state(), ClusterState::synchronization);
    EXPECT_EQ(node->view().master, std::nullopt);
  }
  EXPECT_TRUE(commands_.empty());
  const Reply reply = end_sync(0, "n3");  // neither the asked one nor the lowest nick
  EXPECT_TRUE(reply.code.done()) << reply.text;
  EXPECT_EQ(reply.phase, AnswerPhase::completed);
  run(2s);
  expect_master(2);
  EXPECT_EQ(commands_.size(), 1U) << "the automatic start";
}

TEST_F(WaitForUser, TheAskedNodeItselfByItsIdentifier) {
  EXPECT_TRUE(end_sync(1, roster_[1].identifier).code.done());
  run(2s);
  expect_master(1);
}

TEST_F(WaitForUser, WithoutANameTheNodeThatAnElectionPrefers) {
  EXPECT_TRUE(end_sync(2, "").code.done());
  run(2s);
  expect_master(0);
}

TEST_F(WaitForUser, ANamedMasterStaysForWhoComesLater) {
  nodes_[0].reset();
  run(5s);
  EXPECT_EQ(end_sync(1, "n1").code, Fault::not_running);
  EXPECT_TRUE(end_sync(1, "n3").code.done());
  run(2s);
  start(0, 3);
  run(3s);
  expect_master(2);
}

TEST_F(WaitForUser, FaultsOfEndSync) {  // 5.4: 10, 101, 104
  EXPECT_EQ(end_sync(0, "n9").code, Fault::bad_name);
  EXPECT_EQ(nodes_[0]->view().state(), ClusterState::synchronization);
  EXPECT_TRUE(end_sync(0, "n2").code.done());
  run(2s);
  const Reply again = end_sync(2, "n3");
  EXPECT_EQ(again.code, Fault::bad_supvisors_state);
  EXPECT_EQ(again.phase, AnswerPhase::refused);
  expect_master(1);
}

TEST_F(WaitForUser, ANameOfSeveralNodesIsRefused) {  // 5.4: 2
  roster_[1].nick = roster_[2].nick;
  for (std::size_t i = 0; i < kCount; ++i) {
    start(i, 3);
  }
  run(3s);
  EXPECT_EQ(end_sync(0, "n3").code, Fault::incorrect_parameters);
  EXPECT_TRUE(end_sync(0, roster_[1].identifier).code.done());
  run(2s);
  expect_master(1);
}

TEST_F(ThreeNodes, EndSyncWithoutUserIsNotApplicable) {
  nodes_[2].reset();
  run(1s);  // STRICT waits for it
  OperatorRequest request;
  request.action = Action::end_sync;
  step(0, request);
  ASSERT_FALSE(replies_.empty());
  EXPECT_EQ(replies_.back().code, Fault::not_applicable);
  EXPECT_EQ(nodes_[0]->view().state(), ClusterState::synchronization);
}

}  // namespace
}  // namespace holdfast::cluster
