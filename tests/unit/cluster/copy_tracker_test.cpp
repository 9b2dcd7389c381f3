// Which copies the rules engine sees, and since when.
#include "cluster/replication/copy_tracker.hpp"

#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Copies : public OneNode {
 protected:
  Copies() { make_running(2); }

  const rules::CopyView* copy(const std::string& name) {
    const auto& applications = view_->cluster.applications;
    if (!applications.contains("app") || !applications.at("app").contains(name)) {
      return nullptr;
    }
    const auto& copies = applications.at("app").at(name).copies;
    const auto at = copies.find(member(2).identifier);
    return at == copies.end() ? nullptr : &at->second;
  }
};

TEST_F(Copies, CopiesOfANodeThatIsNotRunningCountWhenItBecomesSo) {
  set_table(2, 1, {fact("web", kRowRunning)});
  member(2).state = MemberState::checking;
  StepContext context = step();
  parts().copies.rows_touched(context, member(2), {"app:web"});
  EXPECT_EQ(copy("web"), nullptr);
  EXPECT_EQ(parts().copies.shown_of(member(2)).seq, 0U);
  member(2).state = MemberState::running;
  parts().copies.show_all(context, member(2));
  ASSERT_NE(copy("web"), nullptr);
  EXPECT_EQ(parts().copies.shown_of(member(2)).seq, 1U);
  EXPECT_EQ(parts().copies.shown_of(member(2)).incarnation, 3U);
  EXPECT_TRUE(outcome_.view_changed);
}

TEST_F(Copies, SinceWhenIsOnThisNodesClockAndNeverInItsFuture) {
  ProcessFact row = fact("web", kRowRunning);
  row.since_mono_ms = 5'000;
  set_table(2, 1, {row});
  parts().copies.set_clock_offset(member(2), 900'000);
  StepContext context = step();
  parts().copies.show_all(context, member(2));
  EXPECT_EQ(copy("web")->since, Instant::from_ms(905'000));
  parts().copies.set_clock_offset(member(2), 2'000'000);
  parts().copies.show_all(context, member(2));
  EXPECT_EQ(copy("web")->since, now_);
}

TEST_F(Copies, WhatIsNoLongerDefinedGoes) {
  set_table(2, 1, {fact("web", kRowRunning), fact("mail", kRowRunning)});
  StepContext context = step();
  parts().copies.show_all(context, member(2));
  set_table(2, 2, {fact("web", kRowRunning)});
  parts().copies.rows_touched(context, member(2), {"app:mail"});
  EXPECT_EQ(copy("mail"), nullptr);
  set_table(2, 3, {});
  parts().copies.remove_undefined(member(2));
  EXPECT_EQ(copy("web"), nullptr);
}

TEST_F(Copies, EachChangeIsNewerThanTheOneBefore) {
  set_table(2, 1, {fact("web", kRowRunning)});
  StepContext context = step();
  parts().copies.show_all(context, member(2));
  const std::uint64_t first = copy("web")->change;
  parts().copies.end(context, member(2), {"app", "web"}, ProcessState::fatal);
  EXPECT_EQ(copy("web")->state, ProcessState::fatal);
  EXPECT_GT(copy("web")->change, first);
  EXPECT_EQ(view_->cluster.touched.size(), 2U);
  parts().copies.begin_step();
  EXPECT_TRUE(view_->cluster.touched.empty());
}

}  // namespace
}  // namespace holdfast::cluster
