// States shown instead of the real ones (contract supvisors.md PRC-5): the same on every node, whoever is Master.
#include "three_nodes.hpp"

namespace holdfast::cluster {
namespace {

class Forced : public ThreeNodes {
 protected:
  Forced() {
    disobeyed_ = "app:web";  // never starts: shown as FATAL once its time is over
    run(30s);
  }

  const std::optional<rules::ForcedView>& shown(std::size_t i) const {
    return nodes_[i]->view().cluster.applications.at("app").at("web").forced;
  }

  void expect_shown() {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (nodes_[i]) {
        ASSERT_TRUE(shown(i).has_value()) << "n" << i + 1;
        EXPECT_EQ(shown(i)->state, ProcessState::fatal);
        EXPECT_NE(shown(i)->reason.find("not received in time"), std::string::npos) << shown(i)->reason;
      }
    }
  }

  void expect_not_shown() {
    for (std::size_t i = 0; i < kCount; ++i) {
      EXPECT_FALSE(nodes_[i] && shown(i).has_value()) << "n" << i + 1;
    }
  }

  void runs_on(std::size_t i) {
    ProcessFact fact = fact_of("app:web");
    fact.state = ProcessState::running;
    fact.start_us = 1;
    step(i, LocalProcessChanged{fact});
  }
};

TEST_F(Forced, EveryNodeShowsTheMastersWord) {
  expect_shown();
}

TEST_F(Forced, AnyRealEventEndsItEverywhere) {
  runs_on(2);
  expect_not_shown();
}

TEST_F(Forced, WhoComesLaterShowsItToo) {
  nodes_[2].reset();
  run(4s);
  start(2, 2);
  run(4s);
  expect_shown();
}

TEST_F(Forced, TheNextMasterGoesOnShowingIt) {
  nodes_[0].reset();
  run(4s);
  ASSERT_EQ(nodes_[1]->view().master, roster_[1].identifier);
  expect_shown();
  EXPECT_EQ(nodes_[1]->view().me().table.forced().size(), 1U);
  runs_on(2);
  expect_not_shown();
}

TEST_F(Forced, TheNextMasterDoesNotShowItOfWhatRunsAfterAll) {
  nodes_[0].reset();
  run(400ms);
  runs_on(2);  // nobody is Master now
  run(4s);
  ASSERT_EQ(nodes_[1]->view().master, roster_[1].identifier);
  expect_not_shown();
}

TEST_F(Forced, WhoIsMasterNoLongerShowsItsSuccessorsWord) {
  for (const std::size_t other : {1U, 2U}) {
    deaf_.insert({0, other});
    deaf_.insert({other, 0});
  }
  greets_ = false;
  run(8s);  // apart: n1 alone, n2 leads the others, and both show it
  ASSERT_TRUE(nodes_[0]->view().acting_master());
  ASSERT_TRUE(nodes_[1]->view().acting_master());
  runs_on(1);
  ASSERT_TRUE(shown(0).has_value());
  deaf_.clear();
  greets_ = true;
  run(8s);
  expect_not_shown();
}

}  // namespace
}  // namespace holdfast::cluster
