// States that are shown instead of the real ones. With whole nodes: node_forced_test.cpp.
#include "cluster/mastery/forced_states.hpp"

#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

constexpr auto kFatal = ProcessState::fatal;

class ForcedWord : public OneNode {
 protected:
  ForcedWord() {
    StepContext context = step();
    parts().replication.set_own_table(context,
                                      {fact("web", ProcessState::stopped), fact("mail", ProcessState::running)});
  }
  const std::optional<rules::ForcedView>& shown(const std::string& name) {
    return view_->cluster.applications.at("app").at(name).forced;
  }
  void refresh() {
    StepContext context = step();
    parts().forced.refresh(context);
  }
  /// n2 is followed as Master and says this.
  void master_says(std::vector<ForcedFact> forced) {
    make_running(2);
    member(1).term = {9, member(2).node_id};
    std::vector<std::string> touched;
    member(2).table.replace(3, 1, {}, std::move(forced), false, touched);
  }
};

TEST_F(ForcedWord, TheMastersWordIsShownAndEndsWithIt) {
  master_says({{"app:web", kFatal, "no room"}});
  refresh();
  ASSERT_TRUE(shown("web"));
  EXPECT_EQ(shown("web")->reason, "no room");
  EXPECT_EQ(view_->cluster.touched.back().how, rules::TouchedCopy::How::forced);
  outcome_ = {};
  refresh();
  EXPECT_FALSE(outcome_.view_changed) << "nothing has changed";
  member(1).term = {10, member(3).node_id};
  refresh();
  EXPECT_FALSE(shown("web")) << "the next Master does not say so";
}

TEST_F(ForcedWord, ANewMasterGoesOnButForWhatRunsAfterAll) {
  master_says({{"app:web", kFatal, "no room"}, {"app:mail", kFatal, "no room"}});
  refresh();
  make_me_master();
  StepContext context = step();
  parts().forced.begin_mastery(context);
  EXPECT_TRUE(member(1).table.forced().contains("app:web"));
  EXPECT_FALSE(member(1).table.forced().contains("app:mail"));
}

TEST_F(ForcedWord, TheEnginesWordGoesIntoTheMastersTable) {
  make_me_master();
  StepContext context = step();
  parts().forced.execute(context, {{"app", "web"}, ProcessState::fatal, "no room", false});
  EXPECT_TRUE(shown("web"));
  parts().forced.execute(context, {{"app", "web"}, ProcessState::fatal, {}, true});
  EXPECT_FALSE(shown("web"));
  EXPECT_TRUE(member(1).table.forced().empty());
}

TEST_F(ForcedWord, WhatNobodyDefinesAnyMoreIsWithdrawn) {
  make_me_master();
  StepContext context = step();
  parts().forced.execute(context, {{"app", "none"}, ProcessState::fatal, "no room", false});
  EXPECT_TRUE(member(1).table.forced().empty());
}

}  // namespace
}  // namespace holdfast::cluster
