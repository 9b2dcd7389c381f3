// Fencing and its undoing (contract supvisors.md 3.1, 3.7 FEN-1 to 4, W6, HSK-3; docs/decisions/0016).
#include "three_nodes.hpp"

#include <gmock/gmock.h>

namespace holdfast::cluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FencedNodes : public ThreeNodes {
 protected:
  FencedNodes() {
    adjust_ = [](std::size_t, NodeOptions& options) {
      options.auto_fence = true;
      options.wall_minus_mono_us = 5'000'000'000;
      options.conciliation_strategy = ConciliationStrategy::infanticide;
    };
    for (auto& node : nodes_) {
      node.reset();
    }
    for (std::size_t i = 0; i < kCount; ++i) {
      start(i, 2);
    }
    run(5s);
  }

  const MemberView& seen(std::size_t by, std::size_t whom) const { return nodes_[by]->view().members[whom]; }
  const std::string& master_of(std::size_t i) const { return nodes_[i]->view().master.value(); }

  void expect_isolated(std::size_t whom, const std::string& by) {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (!nodes_[i]) {
        continue;
      }
      ASSERT_TRUE(seen(i, whom).fence.has_value()) << "at n" << i + 1;
      EXPECT_EQ(seen(i, whom).fence->by, by);
      EXPECT_EQ(seen(i, whom).state, i == whom ? MemberState::running : MemberState::isolated) << "at n" << i + 1;
    }
  }

  void expect_whole() {
    for (std::size_t i = 0; i < kCount; ++i) {
      EXPECT_EQ(nodes_[i]->view().state(), ClusterState::operation) << "at n" << i + 1;
      EXPECT_EQ(master_of(i), master_of(0));
      for (std::size_t whom = 0; whom < kCount; ++whom) {
        EXPECT_EQ(seen(i, whom).state, MemberState::running) << "n" << whom + 1 << " at n" << i + 1;
        EXPECT_FALSE(seen(i, whom).fence.has_value());
      }
    }
  }

  /// Where app:web runs by what its node says itself.
  std::size_t copies() const {
    std::size_t count = 0;
    for (const auto& node : nodes_) {
      const auto row = node ? node->view().me().table.rows().find("app:web") : Rows::const_iterator{};
      count += node && is_running(row->second.state) ? 1 : 0;
    }
    return count;
  }

  Reply ask(std::size_t i, OperatorRequest request) {
    request.handle = ++handle_;
    request.user = "admin";
    request.deadline = 2s;
    replies_.clear();
    step(i, request);
    run(400ms);
    EXPECT_FALSE(replies_.empty());
    return replies_.empty() ? Reply{} : replies_.back();
  }
  Reply unfence(std::size_t i, const std::string& node) {
    OperatorRequest request;
    request.action = Action::unfence;
    request.target = node;
    return ask(i, request);
  }

  void isolate_by_cut(std::size_t whom) {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (i != whom) {
        cut_.insert({std::min(i, whom), std::max(i, whom)});
      }
    }
  }

  std::uint64_t handle_ = 100;
};

TEST_F(FencedNodes, ALostNodeStaysOutWhenItIsBackAndSeesWhy) {  // FEN-1, FEN-2, W6
  nodes_[2].reset();
  run(4s);
  expect_isolated(2, "n1");
  start(2, 3);
  run(6s);
  expect_isolated(2, "n1");
  for (std::size_t i = 0; i < kCount; ++i) {
    EXPECT_THAT(seen(i, 2).fence->reason, HasSubstr("lost in OPERATION: silent for")) << "n3 itself sees it, too";
    EXPECT_GT(seen(i, 2).fence->at_us, 5'000'000'000) << "on the wall clock";
    EXPECT_EQ(master_of(i), roster_[0].identifier) << "n3 follows, though nobody counts it";
  }
  EXPECT_EQ(seen(0, 2).liveness, Liveness::fresh) << "it is heard";
  EXPECT_EQ(code_of(seen(0, 2).state), 5);
}

TEST_F(FencedNodes, UnfenceAtAnyNodeLetsItInWithoutARestart) {
  for (const std::size_t asked : {0U, 1U, 2U}) {
    nodes_[2].reset();
    run(4s);
    start(2, 10 + asked);
    run(4s);
    expect_isolated(2, "n1");
    const Reply reply = unfence(asked, asked == 1 ? roster_[2].identifier : "n3");
    EXPECT_TRUE(reply.code.done()) << reply.text;
    EXPECT_EQ(reply.phase, AnswerPhase::completed);
    run(2s);
    expect_whole();
  }
  EXPECT_THAT(history_,
              ::testing::Contains(HasSubstr("n1 10.0.0.3:60000 CHECKING: no longer fenced: let in by admin")));
}

TEST_F(FencedNodes, UnfenceOfWhoIsNotFencedOrNotKnownChangesNothing) {
  EXPECT_EQ(unfence(1, "n3").code, Fault::failed);
  EXPECT_EQ(unfence(1, "n3").text, "n3 is not fenced; nothing was changed");
  EXPECT_EQ(unfence(1, "n9").code, Fault::bad_name);
  EXPECT_EQ(unfence(1, "*").code, Fault::failed);
  expect_whole();
}

TEST_F(FencedNodes, APlannedStopAndAnAgentsRestartFenceNobody) {  // LEAVE, AWAY
  step(2, PlannedStop{});
  nodes_[2].reset();
  run(5s);
  EXPECT_FALSE(seen(0, 2).fence.has_value());
  start(2, 3);
  run(4s);
  expect_whole();
  nodes_[2].reset();
  port_open_[2] = true;
  run(3s);
  EXPECT_EQ(seen(0, 2).state, MemberState::away);
  start(2, 4);
  run(4s);
  expect_whole();
}

TEST_F(FencedNodes, ASlowStarterIsNotFenced) {  // HSK-3, W6
  nodes_[2].reset();
  step(0, PlannedStop{});  // and the Master's job with it: any Master
  start(0, 3);
  run(4s);
  for (const std::size_t i : {0U, 1U}) {
    ASSERT_TRUE(seen(i, 2).fence.has_value());
  }
  unfence(1, "*");
  for (int attempt = 0; attempt < 3; ++attempt) {  // greeted, never whole, silent again
    deaf_ = {{0, 2}, {1, 2}};
    start(2, 20 + static_cast<std::uint64_t>(attempt));
    run(2s);
    ASSERT_NE(seen(1, 2).state, MemberState::running);
    nodes_[2].reset();
    run(6s);
    EXPECT_FALSE(seen(0, 2).fence.has_value()) << "attempt " << attempt;
  }
}

TEST_F(FencedNodes, AFencedNodesProgramsDoNotCountAndItGetsNoOrders) {
  nodes_[0].reset();  // the Master, which runs app:web
  run(4s);
  expect_isolated(0, "n2");
  ASSERT_EQ(copies(), 1U) << "failed over";
  ProcessFact running = fact_of("app:web");
  running.state = ProcessState::running;
  running.start_us = 1;
  start(0, 3);
  step(0, LocalProcessChanged{running});  // its programs lived on
  run(5s);
  expect_isolated(0, "n2");
  EXPECT_EQ(copies(), 2U);
  EXPECT_THAT(nodes_[1]->view().conflicts, IsEmpty());
  const auto& process = nodes_[1]->view().cluster.applications.at("app").at("web");
  EXPECT_EQ(process.copies.at(roster_[0].identifier).state, ProcessState::fatal) << "INS-1";
  OperatorRequest stop;
  stop.action = Action::stop_process;
  stop.target = "app:web";
  stop.identifier = "n1";
  const Reply refused = ask(1, stop);
  EXPECT_EQ(refused.code, Fault::failed);
  EXPECT_THAT(refused.text, HasSubstr("n1 is fenced by n2"));
  EXPECT_THAT(refused.text, HasSubstr("holdfastctl unfence n1"));
  stop.identifier.clear();
  EXPECT_THAT(ask(0, stop).text, HasSubstr("n1 is fenced by n2")) << "nor does it ask for the cluster's orders";
  EXPECT_TRUE(unfence(0, "n1").code.done());
  run(4s);
  expect_whole();
  EXPECT_EQ(copies(), 1U) << "the duplicate is conciliated";
}

TEST_F(FencedNodes, AnAloneNodeThatIsFencedTakesNoMastery) {
  nodes_[2].reset();
  run(4s);
  start(2, 3);
  run(3s);
  nodes_[0].reset();
  nodes_[1].reset();
  run(10s);
  EXPECT_FALSE(nodes_[2]->view().acting_master());
  ASSERT_TRUE(seen(2, 2).fence.has_value());
  EXPECT_TRUE(unfence(2, "n3").code.done()) << "no Master in sight: this node itself";
  run(3s);
  EXPECT_TRUE(nodes_[2]->view().acting_master());
}

TEST_F(FencedNodes, TheNextMasterKeepsItAndFencesTheOneBefore) {
  nodes_[2].reset();
  run(4s);
  start(2, 3);
  run(3s);
  nodes_[0].reset();
  run(6s);
  ASSERT_EQ(master_of(1), roster_[1].identifier);
  expect_isolated(2, "n1");
  expect_isolated(0, "n2");
  start(0, 4);  // knows nothing of it
  run(5s);
  expect_isolated(2, "n1");
  expect_isolated(0, "n2");
  EXPECT_TRUE(unfence(2, "*").code.done());
  run(3s);
  expect_whole();
}

TEST_F(FencedNodes, OneThatRemembersIsEnough) {
  nodes_[2].reset();
  run(4s);
  start(2, 3);
  run(3s);
  for (const std::size_t i : {0U, 1U}) {  // both restart within a moment; only the fenced node remembers
    port_open_[i] = true;
    nodes_[i].reset();
  }
  run(500ms);
  start(0, 5);
  start(1, 5);
  run(8s);
  expect_isolated(2, "n1");
}

TEST_F(FencedNodes, AfterACutTheSmallerSideIsFencedAndNobodyIsLeftOut) {  // not FEN-3's mutual isolation
  isolate_by_cut(0);
  run(6s);
  ASSERT_TRUE(nodes_[0]->view().acting_master());
  ASSERT_TRUE(nodes_[1]->view().acting_master());
  EXPECT_EQ(seen(0, 1).state, MemberState::isolated);
  EXPECT_EQ(seen(1, 0).state, MemberState::isolated);
  cut_.clear();
  run(6s);
  expect_isolated(0, "n2");
  for (std::size_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(master_of(i), roster_[1].identifier) << "more followers";
    EXPECT_FALSE(seen(i, 1).fence.has_value());
    EXPECT_FALSE(seen(i, 2).fence.has_value());
  }
  EXPECT_TRUE(unfence(0, "n1").code.done());
  run(5s);
  expect_whole();
  EXPECT_EQ(copies(), 1U) << "conciliated as after any heal";
}

TEST_F(FencedNodes, WithoutTheOptionNobodyIsFenced) {  // CFG-10
  adjust_ = nullptr;
  for (std::size_t i = 0; i < kCount; ++i) {
    start(i, 7);
  }
  run(5s);
  nodes_[2].reset();
  run(4s);
  EXPECT_EQ(seen(0, 2).state, MemberState::stopped);
  EXPECT_FALSE(seen(0, 2).fence.has_value());
}

TEST_F(FencedNodes, DifferencesAreSeenByBothAndIsolateNobody) {  // CFG-X5
  const NamedValues base{{"auto_fence", "true"}, {"conciliation_strategy", "INFANTICIDE"}};
  common_[0] = common_[1] = base;
  common_[2] = {{"auto_fence", "true"}, {"conciliation_strategy", "STOP"}};
  adjust_ = [this](std::size_t i, NodeOptions& options) {
    options.auto_fence = true;
    options.common = common_[i];
  };
  for (std::size_t i = 0; i < kCount; ++i) {
    start(i, 8);
  }
  run(5s);
  expect_whole();
  EXPECT_THAT(seen(0, 2).differences, ElementsAre("conciliation_strategy is INFANTICIDE here, STOP there"));
  EXPECT_THAT(seen(2, 0).differences, ElementsAre("conciliation_strategy is STOP here, INFANTICIDE there"));
  EXPECT_THAT(seen(0, 1).differences, IsEmpty());
  EXPECT_THAT(history_, ::testing::Contains(HasSubstr("10.0.0.3:60000 differs: conciliation_strategy")));
}

}  // namespace
}  // namespace holdfast::cluster
