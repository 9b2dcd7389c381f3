// Synthesis of process and application states (contract supvisors.md 3.5, 3.6).
#include "rules/application_state.hpp"

#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::ElementsAre;

constexpr auto kRules = R"(<application name="a"><programs>
  <program name="need"><start_sequence>1</start_sequence><required>true</required></program>
  <program name="nice"><start_sequence>1</start_sequence></program></programs></application>)";

struct State : World {
  State() : World(kRules) {
    define("a", "need");
    define("a", "nice");
  }
  ApplicationStatus status() { return application_status(view, engine().matcher(), "a"); }
  ProcessStatus process() { return process_status(view.applications["a"]["need"]); }
};

TEST(Process, Prc3ConflictTakesTheStrongestState) {
  State w;
  w.quiet("a:need", 1, ProcessState::starting);
  w.quiet("a:need", 2, ProcessState::backoff);
  EXPECT_EQ(w.process().state, ProcessState::backoff);
  EXPECT_TRUE(w.process().conflict);
  w.quiet("a:need", 3, ProcessState::running);
  EXPECT_EQ(w.process().state, ProcessState::running);
  EXPECT_THAT(w.process().running_on, ElementsAre(World::id(1), World::id(2), World::id(3)));
}

TEST(Process, Prc3NoneRunningStoppingElseLatestNews) {
  State w;
  w.quiet("a:need", 1, ProcessState::fatal);
  w.quiet("a:need", 2, ProcessState::exited, false);
  EXPECT_EQ(w.process().state, ProcessState::exited);
  EXPECT_TRUE(w.process().crashed());
  w.quiet("a:need", 1, ProcessState::stopping);
  EXPECT_EQ(w.process().state, ProcessState::stopping);
  EXPECT_FALSE(w.process().conflict);
}

TEST(Process, Prc3TheLastEventCountsNotTheOrderOfArrival) {
  State w;
  auto& copies = w.view.applications["a"]["need"].copies;
  w.quiet("a:need", 1, ProcessState::exited, true);
  copies[World::id(1)].event_us = 1'000;
  w.quiet("a:need", 2, ProcessState::stopped);  // arrives later, but has never started
  EXPECT_EQ(w.process().state, ProcessState::exited);
  copies[World::id(2)].event_us = 999;  // or did so before
  EXPECT_EQ(w.process().state, ProcessState::exited);
  copies[World::id(2)].event_us = 1'001;
  EXPECT_EQ(w.process().state, ProcessState::stopped);
}

TEST(Process, Prc5ForcedStateIsShownAndClearedByARealEvent) {
  State w;
  w.view.applications["a"]["need"].forced = ForcedView{ProcessState::fatal, "no resource"};
  EXPECT_EQ(w.process().state, ProcessState::fatal);
  EXPECT_EQ(w.process().real, ProcessState::stopped);
  EXPECT_EQ(w.process().reason, "no resource");
  w.become("a:need", 1, ProcessState::starting);
  ASSERT_EQ(w.forced.size(), 1u);
  EXPECT_TRUE(w.forced[0].cleared);
  EXPECT_EQ(w.process().state, ProcessState::starting);
}

TEST(Application, States) {
  State w;
  EXPECT_EQ(w.status().state, ApplicationState::stopped);
  EXPECT_TRUE(w.status().never_started);
  w.quiet("a:need", 1, ProcessState::running);
  EXPECT_EQ(w.status().state, ApplicationState::running);
  EXPECT_FALSE(w.status().never_started);
  w.quiet("a:nice", 1, ProcessState::backoff);
  EXPECT_EQ(w.status().state, ApplicationState::starting);
  w.quiet("a:nice", 1, ProcessState::stopping);
  EXPECT_EQ(w.status().state, ApplicationState::stopping);
  EXPECT_EQ(application_status(w.view, w.engine().matcher(), "gone").state, ApplicationState::deleted);
}

TEST(Application, FailuresAndLabels) {
  State w;
  w.quiet("a:need", 1, ProcessState::running);
  w.quiet("a:nice", 1, ProcessState::running);
  EXPECT_EQ(label_of(w.status()), "Operational");
  w.quiet("a:nice", 1, ProcessState::exited, true);
  EXPECT_FALSE(w.status().minor_failure);
  w.quiet("a:nice", 1, ProcessState::exited, false);
  EXPECT_TRUE(w.status().minor_failure);
  EXPECT_EQ(label_of(w.status()), "Degraded");
  w.quiet("a:nice", 1, ProcessState::running);
  w.quiet("a:need", 1, ProcessState::stopped);
  EXPECT_TRUE(w.status().major_failure) << "required and STOPPED while the application runs";
  EXPECT_THAT(w.status().causes, ElementsAre("need is STOPPED and required"));
  w.quiet("a:nice", 1, ProcessState::fatal);
  EXPECT_FALSE(w.status().major_failure) << "the application is STOPPED now";
  EXPECT_TRUE(w.status().minor_failure);
  w.quiet("a:need", 1, ProcessState::fatal);
  EXPECT_TRUE(w.status().major_failure);
  EXPECT_FALSE(w.status().minor_failure) << "major clears minor";
  EXPECT_EQ(label_of(w.status()), "");
}

TEST(Application, UnmanagedHasNoFailure) {
  State w;
  w.define("free", "p");
  w.quiet("free:p", 1, ProcessState::fatal);
  const auto status = application_status(w.view, w.engine().matcher(), "free");
  EXPECT_FALSE(status.managed);
  EXPECT_FALSE(status.minor_failure);
}

}  // namespace
}  // namespace holdfast::rules
