// Start and stop of applications: contract supvisors.md 4.3 (completion table), 4.4, 4.5 (SEQ, STP, RST,
// LOST).
#include "base/limits.hpp"
#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kShop = R"(
  <application name="shop"><start_sequence>1</start_sequence><programs>
    <program name="store"><start_sequence>1</start_sequence><required>true</required></program>
    <program name="prepare"><start_sequence>2</start_sequence><wait_exit>true</wait_exit></program>
    <program name="web"><start_sequence>3</start_sequence><stop_sequence>1</stop_sequence></program>
    <program name="cache"><start_sequence>3</start_sequence><stop_sequence>9</stop_sequence></program>
    <program name="tool"/>
  </programs></application>)";

World shop(const std::string& xml = kShop) {
  World w(xml);
  for (const char* name : {"store", "prepare", "web", "cache", "tool"}) {
    w.define("shop", name);
  }
  return w;
}

TEST(Start, RanksAscendAndWaitExitHoldsTheNextRank) {
  World w = shop();
  w.never_ends = {"shop:prepare"};
  w.request(RequestKind::start_application, "shop");
  EXPECT_THAT(w.orders(), ElementsAre("start shop:store on n1", "start shop:prepare on n1"));
  EXPECT_EQ(w.completed(), nullptr);
  EXPECT_EQ(w.engine().next_deadline(), w.now + limits::rules_wait_exit_max) << "the peer waits for ever";
  ASSERT_EQ(w.engine().jobs().size(), 1u);
  EXPECT_EQ(w.engine().jobs()[0].commands.at(0).phase, CommandPhase::waiting_exit);
  EXPECT_EQ(w.engine().jobs()[0].planned, 2u);
  w.become("shop:prepare", 1, ProcessState::exited);
  EXPECT_THAT(w.orders(), ElementsAre("start shop:cache on n1", "start shop:web on n1"));
  EXPECT_TRUE(w.done());
  EXPECT_FALSE(w.engine().busy());
}

TEST(Start, RefusalsHaveTheContractsFaults) {
  World w = shop();
  w.define("free", "one");
  w.request(RequestKind::start_application, "nothing");
  EXPECT_EQ(w.fault(), Fault::bad_name);
  w.request(RequestKind::start_application, "free");
  EXPECT_EQ(w.fault(), Fault::not_managed);
  EXPECT_EQ(w.completed()->detail, "free");
  w.request(RequestKind::stop_application, "shop");
  EXPECT_EQ(w.fault(), Fault::not_running);
  EXPECT_EQ(w.completed()->detail, "failed to stop shop");
  w.quiet("shop:web", 2, ProcessState::running);
  w.request(RequestKind::start_application, "shop");
  EXPECT_EQ(w.fault(), Fault::already_started);
  EXPECT_EQ(w.completed()->detail, "shop");
  EXPECT_TRUE(w.completed()->refused);
  w.request(RequestKind::start_process, "shop", "nobody");
  EXPECT_EQ(w.fault(), Fault::bad_name);
  EXPECT_EQ(w.completed()->detail, "process=nobody unknown in application=shop");
  w.request(RequestKind::start_process, "shop", "web");
  EXPECT_EQ(w.fault(), Fault::already_started);
  EXPECT_EQ(w.completed()->detail, "shop:web");
  w.request(RequestKind::stop_process, "shop", "store");
  EXPECT_EQ(w.fault(), Fault::not_running);
  EXPECT_EQ(w.completed()->detail, "shop:store already stopped");
  EXPECT_THAT(w.orders(), IsEmpty());
}

TEST(Start, EmptySequenceIsAbnormalTermination) {
  World w(R"(<application name="a"><programs><program name="p"/></programs></application>)");
  w.define("a", "p");
  w.request(RequestKind::start_application, "a");
  EXPECT_EQ(w.fault(), Fault::abnormal_termination);
  EXPECT_EQ(w.completed()->detail, "failed to start a");
  EXPECT_EQ(w.accepted, 0) << "who does not wait is told, too";
  w.request(RequestKind::restart_application, "a");
  EXPECT_EQ(w.fault(), Fault::abnormal_termination);
  EXPECT_EQ(w.completed()->detail, "failed to restart a");
  w.request(RequestKind::restart_sequence, "");
  EXPECT_EQ(w.completed()->detail, "failed to trigger start sequence");
}

struct Row {
  ProcessState state;
  bool expected;
  bool wait_exit;
  bool success;
};

class CompletionTable : public testing::TestWithParam<Row> {};

TEST_P(CompletionTable, Contract43) {
  const Row row = GetParam();
  World w(std::string(R"(<application name="a"><programs><program name="p"><start_sequence>1</start_sequence>
    <required>true</required><wait_exit>)") +
          (row.wait_exit ? "true" : "false") + R"(</wait_exit></program>
    <program name="q"><start_sequence>2</start_sequence></program></programs></application>)");
  w.define("a", "p");
  w.define("a", "q");
  w.obey = false;
  w.request(RequestKind::start_application, "a");
  EXPECT_THAT(w.orders(), ElementsAre("start a:p on n1"));
  w.become("a:p", 1, ProcessState::starting);
  EXPECT_TRUE(w.engine().busy());
  w.become("a:p", 1, row.state, row.expected);
  if (row.success) {
    EXPECT_THAT(w.orders(), ElementsAre("start a:q on n1"));
  } else {  // required, ABORT: the next rank is never started
    EXPECT_THAT(w.orders(), IsEmpty());
    EXPECT_EQ(w.fault(), Fault::not_running);
    EXPECT_FALSE(w.engine().busy());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, CompletionTable,
    testing::Values(Row{ProcessState::running, true, false, true}, Row{ProcessState::exited, true, true, true},
                    Row{ProcessState::exited, false, true, false}, Row{ProcessState::exited, true, false, false},
                    Row{ProcessState::fatal, true, false, false}, Row{ProcessState::stopped, true, false, false},
                    Row{ProcessState::stopping, true, false, false}, Row{ProcessState::unknown, true, false, false}));

TEST(Start, BackoffRestartsTheClock) {
  World w = shop();
  w.obey = false;
  w.request(RequestKind::start_process, "shop", "web");
  w.become("shop:web", 1, ProcessState::starting);
  const auto first = w.engine().next_deadline();
  ASSERT_TRUE(first.has_value());
  w.now = w.now + 5s;
  w.become("shop:web", 1, ProcessState::backoff);
  EXPECT_EQ(*w.engine().next_deadline() - *first, Duration(5s));
}

TEST(Start, TimeoutIsAFailureWithItsStrategy) {
  // The peer drops the job without applying the strategy; here STOP stops what runs.
  World w(R"(<application name="a"><starting_failure_strategy>STOP</starting_failure_strategy><programs>
    <program name="p"><start_sequence>1</start_sequence></program>
    <program name="q"><start_sequence>2</start_sequence><required>true</required></program></programs></application>)");
  w.define("a", "p");
  w.define("a", "q");
  w.request(RequestKind::stop_application, "a");  // only to see that nothing is left behind
  w.obey = false;
  w.request(RequestKind::start_application, "a", "", "start");
  w.become("a:p", 1, ProcessState::starting);
  w.become("a:p", 1, ProcessState::running);
  EXPECT_THAT(w.orders(), ElementsAre("start a:p on n1", "start a:q on n1"));
  w.now = *w.engine().next_deadline();
  w.step(TimePassed{});
  ASSERT_EQ(w.forced.size(), 1u);
  EXPECT_EQ(w.forced[0].state, ProcessState::fatal);
  EXPECT_THAT(w.forced[0].reason, HasSubstr("process STARTING event not received in time"));
  EXPECT_THAT(w.orders(), ElementsAre("stop a:p on n1"));
  w.become("a:p", 1, ProcessState::stopped);
  EXPECT_EQ(w.fault("start"), Fault::not_running);
  EXPECT_THAT(w.completed("start")->why, HasSubstr("a:q"));
}

TEST(Start, RunningNotReachedInTime) {
  World w = shop();
  w.obey = false;
  w.request(RequestKind::start_process, "shop", "web");
  w.become("shop:web", 1, ProcessState::starting);
  w.copy("shop:web", 1).startsecs = 1;
  w.now = *w.engine().next_deadline() - 1ms;
  w.step(TimePassed{});
  EXPECT_TRUE(w.engine().busy());
  w.pass(1ms);
  EXPECT_FALSE(w.engine().busy());
  EXPECT_THAT(w.forced.at(0).reason, HasSubstr("RUNNING event not received in time"));
  EXPECT_EQ(w.fault(), Fault::not_running);
}

TEST(Start, OldNewsOfTheCopyDoNotEndTheStart) {
  World w = shop();
  w.obey = false;
  w.quiet("shop:web", 1, ProcessState::fatal);
  w.request(RequestKind::start_process, "shop", "web");
  w.step(TimePassed{});
  EXPECT_TRUE(w.engine().busy()) << "FATAL is from before the order";
  w.become("shop:web", 1, ProcessState::fatal);
  EXPECT_FALSE(w.engine().busy()) << "this FATAL is the outcome of the order";
}

TEST(Start, FailureOfOptionalProcessGoesOn) {
  World w = shop();
  w.broken = {"shop:prepare"};
  w.request(RequestKind::start_application, "shop");
  EXPECT_EQ(w.orders().size(), 4u);
  EXPECT_TRUE(w.done());
}

TEST(Start, AbortForgetsLaterRanks) {
  World w = shop();
  w.broken = {"shop:store"};
  w.request(RequestKind::start_application, "shop");
  EXPECT_THAT(w.orders(), ElementsAre("start shop:store on n1"));
  EXPECT_EQ(w.fault(), Fault::not_running);
}

TEST(Start, RefusedOrderAndLackOfResourcesAreFailures) {
  World w = shop();
  w.obey = false;
  w.request(RequestKind::start_process, "shop", "web");
  ASSERT_EQ(w.open.size(), 1u);
  w.step(OrderRefused{w.open[0].order_id, Fault::disabled, "DISABLED: web"});
  EXPECT_EQ(w.fault(), Fault::not_running);
  EXPECT_THAT(w.completed()->why, HasSubstr("n1 refused: DISABLED: web"));
  for (auto& instance : w.view.instances) {
    instance.running = false;
  }
  w.request(RequestKind::start_process, "shop", "cache", "two");
  EXPECT_EQ(w.fault("two"), Fault::abnormal_termination) << "nothing was queued";
  EXPECT_THAT(w.completed("two")->why, HasSubstr("n2 is not running"));
}

TEST(Start, AFailureIsToldInTheNodesOwnWords) {
  const std::string missing = "it became FATAL on n1: can't find command '/x'";
  World w = shop();
  w.obey = false;
  w.request(RequestKind::start_process, "shop", "web");
  ASSERT_EQ(w.open.size(), 1u);
  w.step(OrderRefused{w.open[0].order_id, Fault::spawn_error, "can't find command '/x'"});
  EXPECT_EQ(w.fault(), Fault::not_running);
  EXPECT_THAT(w.completed()->why, HasSubstr(missing)) << "its answer is first";
  w.request(RequestKind::start_process, "shop", "web", "two");
  w.copy("shop:web", 1).failure = "can't find command '/x'";
  w.become("shop:web", 1, ProcessState::fatal);
  EXPECT_THAT(w.completed("two")->why, HasSubstr(missing)) << "its row is first";
  w.request(RequestKind::start_process, "shop", "cache", "three");
  w.copy("shop:cache", 1).failure = "Bad exit code 3; exit status 3";
  w.become("shop:cache", 1, ProcessState::exited, false);
  EXPECT_THAT(w.completed("three")->why, HasSubstr("it exited unexpectedly on n1: Bad exit code 3; exit status 3"));
}

TEST(Start, ProcessJoinsTheJobOfItsApplication) {
  World w = shop();
  w.obey = false;
  w.request(RequestKind::start_application, "shop");
  w.request(RequestKind::start_process, "shop", "tool", "tool");
  w.request(RequestKind::start_process, "shop", "tool", "again");
  EXPECT_THAT(w.orders(), ElementsAre("start shop:store on n1", "start shop:tool on n1"));
  EXPECT_EQ(w.engine().jobs().size(), 1u);
  w.become("shop:tool", 1, ProcessState::running);
  EXPECT_TRUE(w.done("tool")) << "answered by itself, not with the whole job";
  EXPECT_TRUE(w.done("again"));
  EXPECT_EQ(w.completed(), nullptr);
}

TEST(Start, WhatIsInNoRankHoldsNoneBack) {
  World w = shop();
  w.obey = false;
  w.request(RequestKind::start_application, "shop");
  w.request(RequestKind::start_process, "shop", "tool", "tool");
  static_cast<void>(w.orders());
  w.become("shop:store", 1, ProcessState::starting);
  w.become("shop:store", 1, ProcessState::running);
  EXPECT_THAT(w.orders(), ElementsAre("start shop:prepare on n1")) << "though tool does not run yet";
}

TEST(Start, GroupStarStartsAllAndIgnoresWaitExit) {
  World w = shop();
  w.never_ends = {"shop:prepare"};
  w.request(RequestKind::start_process, "shop", "*");
  EXPECT_EQ(w.orders().size(), 5u);
  EXPECT_TRUE(w.done());
}

TEST(Start, WaitsForAStopUnderWay) {
  World w = shop();
  w.quiet("shop:web", 2, ProcessState::stopping);
  w.request(RequestKind::start_process, "shop", "web");
  EXPECT_THAT(w.orders(), IsEmpty());
  EXPECT_TRUE(w.engine().busy());
  w.become("shop:web", 2, ProcessState::stopped);
  EXPECT_THAT(w.orders(), ElementsAre("start shop:web on n1"));
  EXPECT_TRUE(w.done());
}

TEST(Start, WhatRunsWhenItsRankComesIsSkipped) {
  World w = shop();
  w.never_ends = {"shop:prepare"};
  w.request(RequestKind::start_application, "shop");
  static_cast<void>(w.orders());
  w.become("shop:web", 3, ProcessState::running);  // somebody started it by hand
  w.become("shop:prepare", 1, ProcessState::exited);
  EXPECT_THAT(w.orders(), ElementsAre("start shop:cache on n1"));
  EXPECT_THAT(w.decisions, testing::Contains("no start of shop:web: it runs already on n3"));
  EXPECT_TRUE(w.done());
}

/// p, by itself STARTING on n2, is before q, which is FATAL.
World starting_by_itself() {
  World w(R"(<application name="a"><start_sequence>1</start_sequence><programs>
    <program name="p"><start_sequence>1</start_sequence><required>true</required></program>
    <program name="q"><start_sequence>2</start_sequence></program></programs></application>)");
  w.define("a", "p");
  w.define("a", "q");
  w.quiet("a:p", 2, ProcessState::starting);
  w.quiet("a:q", 1, ProcessState::fatal);
  w.obey = false;
  return w;
}

TEST(Start, TheNextRankWaitsForWhatIsStartingByItself) {
  World w = starting_by_itself();
  w.step(AutomaticStart{});
  EXPECT_THAT(w.orders(), IsEmpty()) << "the first rank is still STARTING";
  w.become("a:p", 2, ProcessState::backoff);
  w.become("a:p", 2, ProcessState::starting);
  EXPECT_THAT(w.orders(), IsEmpty());
  w.become("a:p", 2, ProcessState::running);
  EXPECT_THAT(w.orders(), ElementsAre("start a:q on n1"));
}

TEST(Start, WhatIsStartingByItselfFailsAsOneOfTheSequence) {
  World w = starting_by_itself();
  w.step(AutomaticStart{});
  w.become("a:p", 2, ProcessState::fatal);
  EXPECT_THAT(w.orders(), IsEmpty()) << "required, ABORT";
  EXPECT_THAT(w.decisions, Contains(HasSubstr("start of a:p failed: it became FATAL on n2; required, ABORT")));
  EXPECT_FALSE(w.engine().busy());
}

TEST(Start, WaitExitHasAnEnd) {
  World w(R"(<application name="a"><programs>
    <program name="p"><start_sequence>1</start_sequence><wait_exit>true</wait_exit></program>
    <program name="q"><start_sequence>2</start_sequence></program></programs></application>)");
  w.define("a", "p");
  w.define("a", "q");
  w.never_ends = {"a:p"};
  w.request(RequestKind::start_application, "a");
  EXPECT_THAT(w.orders(), ElementsAre("start a:p on n1"));
  w.pass(limits::rules_wait_exit_max - 1s);
  EXPECT_THAT(w.orders(), IsEmpty());
  w.pass(1s);
  EXPECT_THAT(w.orders(), ElementsAre("start a:q on n1")) << "not required: the start goes on";
  EXPECT_EQ(w.forced.front().reason, "process EXITED event not received in time from n1");
  EXPECT_THAT(w.completed()->why, HasSubstr("process EXITED event not received in time from n1"));
}

TEST(Stop, RanksDescendOverAllCopies) {
  World w = shop();
  w.request(RequestKind::start_application, "shop");
  w.quiet("shop:web", 2, ProcessState::running);
  w.quiet("shop:tool", 3, ProcessState::running);
  static_cast<void>(w.orders());
  w.request(RequestKind::stop_application, "shop", "", "stop");
  EXPECT_THAT(w.orders(), ElementsAre("stop shop:cache on n1", "stop shop:store on n1", "stop shop:web on n1",
                                      "stop shop:web on n2", "stop shop:tool on n3"));
  EXPECT_TRUE(w.done("stop"));
}

TEST(Stop, TimeoutForcesStoppedAndGoesOn) {
  World w = shop();
  w.quiet("shop:cache", 1, ProcessState::running);
  w.quiet("shop:web", 1, ProcessState::running);
  w.obey = false;
  w.request(RequestKind::stop_application, "shop");
  EXPECT_THAT(w.orders(), ElementsAre("stop shop:cache on n1"));
  w.become("shop:cache", 1, ProcessState::stopping);
  w.now = *w.engine().next_deadline();
  w.step(TimePassed{});
  EXPECT_EQ(w.forced.at(0).state, ProcessState::stopped);
  EXPECT_THAT(w.forced.at(0).reason, HasSubstr("STOPPED event not received in time"));
  EXPECT_THAT(w.orders(), ElementsAre("stop shop:web on n1"));
  w.become("shop:web", 1, ProcessState::stopped);
  EXPECT_NE(w.completed(), nullptr);
}

TEST(Stop, EndsAStartUnderWayAndStopsWhatWasOrdered) {
  World w = shop();
  w.obey = false;
  w.request(RequestKind::start_application, "shop", "", "start");
  EXPECT_THAT(w.orders(), ElementsAre("start shop:store on n1"));
  w.request(RequestKind::stop_application, "shop", "", "stop");
  EXPECT_THAT(w.orders(), ElementsAre("stop shop:store on n1")) << "though no STARTING was seen yet";
  w.become("shop:store", 1, ProcessState::starting);
  EXPECT_TRUE(w.engine().busy());
  w.become("shop:store", 1, ProcessState::stopped);
  EXPECT_EQ(w.fault("start"), Fault::not_running);
  EXPECT_TRUE(w.done("stop"));
  EXPECT_FALSE(w.engine().busy());
}

TEST(Restart, Rst1StopThenPlacementAnew) {
  World w = shop();
  w.request(RequestKind::start_application, "shop");
  static_cast<void>(w.orders());
  w.view.instances[0].running = false;  // leaves, its programs still there
  w.request(RequestKind::restart_application, "shop", "", "again");
  const auto orders = w.orders();
  EXPECT_EQ(orders.front(), "stop shop:cache on n1");
  EXPECT_EQ(orders.back(), "start shop:web on n2");
  EXPECT_TRUE(w.done("again"));
}

TEST(Restart, Rst1OfWhatIsStoppedStarts) {
  World w = shop();
  w.request(RequestKind::restart_process, "shop", "web");
  EXPECT_THAT(w.orders(), ElementsAre("start shop:web on n1"));
  w.request(RequestKind::restart_process, "shop", "web", "two");
  EXPECT_THAT(w.orders(), ElementsAre("stop shop:web on n1", "start shop:web on n1"));
  EXPECT_TRUE(w.done("two"));
}

constexpr auto kTwoRanks = R"(
  <application name="base"><start_sequence>1</start_sequence><stop_sequence>1</stop_sequence><programs>
    <program name="p"><start_sequence>1</start_sequence><required>true</required></program></programs></application>
  <application name="top"><start_sequence>2</start_sequence><programs>
    <program name="p"><start_sequence>1</start_sequence></program></programs></application>
  <application name="side"><start_sequence>2</start_sequence><programs>
    <program name="p"><start_sequence>1</start_sequence></program></programs></application>
  <application name="manual"><programs>
    <program name="p"><start_sequence>1</start_sequence></program></programs></application>)";

World two_ranks() {
  World w(kTwoRanks);
  for (const char* name : {"base", "top", "side", "manual"}) {
    w.define(name, "p");
  }
  w.define("unmanaged", "p");
  return w;
}

TEST(Sequence, Seq1And2RanksOfApplications) {
  World w = two_ranks();
  w.obey = false;
  w.step(AutomaticStart{});
  EXPECT_THAT(w.orders(), ElementsAre("start base:p on n1"));
  EXPECT_TRUE(w.engine().starting());
  w.become("base:p", 1, ProcessState::fatal);  // the rank is released even so
  EXPECT_THAT(w.orders(), ElementsAre("start side:p on n1", "start top:p on n1"));
  w.become("side:p", 1, ProcessState::running);
  w.become("top:p", 1, ProcessState::running);
  EXPECT_FALSE(w.engine().busy());
}

TEST(Sequence, Seq1StoppedOnPurposeStaysSeq3FailedIsRepaired) {
  World w = two_ranks();
  w.step(AutomaticStart{});
  w.request(RequestKind::stop_application, "top");
  w.quiet("base:p", 1, ProcessState::fatal);
  static_cast<void>(w.orders());
  w.step(AutomaticStart{});
  EXPECT_THAT(w.orders(), ElementsAre("start base:p on n1"));
}

TEST(Sequence, RestartSequenceOnDemand) {
  World w = two_ranks();
  w.request(RequestKind::restart_sequence, "");
  EXPECT_EQ(w.orders().size(), 3u);
  EXPECT_TRUE(w.done());
  w.request(RequestKind::restart_sequence, "", "", "two");
  EXPECT_EQ(w.fault("two"), Fault::abnormal_termination);
  w.obey = false;
  w.request(RequestKind::restart_process, "top", "p", "busy");
  w.request(RequestKind::restart_sequence, "", "", "three");
  EXPECT_EQ(w.fault("three"), Fault::bad_supvisors_state);
}

TEST(Sequence, Stp3StopEverythingDescendingAlsoUnmanaged) {
  World w = two_ranks();
  w.step(AutomaticStart{});
  w.quiet("unmanaged:p", 3, ProcessState::running);
  static_cast<void>(w.orders());
  w.request(RequestKind::stop_everything, "");
  EXPECT_THAT(w.orders(),
              ElementsAre("stop side:p on n1", "stop top:p on n1", "stop base:p on n1", "stop unmanaged:p on n3"));
  EXPECT_TRUE(w.done());
}

TEST(Lost, Lost1PendingCommandIsAStartingFailure) {
  World w = shop();
  w.obey = false;
  w.request(RequestKind::start_application, "shop");
  w.become("shop:store", 1, ProcessState::starting);
  static_cast<void>(w.orders());
  w.lose(1);
  EXPECT_THAT(w.orders(), IsEmpty()) << "required, ABORT";
  EXPECT_EQ(w.fault(), Fault::not_running);
  EXPECT_THAT(w.completed()->why, HasSubstr("n1 was lost while it started there"));
}

TEST(Lost, Lost1WhatWouldBeRestartedElsewhereIsTriedElsewhereOnce) {
  World w(R"(<application name="a"><programs><program name="p"><start_sequence>1</start_sequence>
    <running_failure_strategy>RESTART_PROCESS</running_failure_strategy></program></programs></application>)");
  w.define("a", "p");
  w.obey = false;
  w.request(RequestKind::start_application, "a");
  w.become("a:p", 1, ProcessState::starting);
  w.lose(1);
  EXPECT_THAT(w.orders(), ElementsAre("start a:p on n1", "start a:p on n2")) << "and no second one by failure handling";
  w.become("a:p", 2, ProcessState::running);
  EXPECT_TRUE(w.done());
  EXPECT_FALSE(w.engine().busy());
}

TEST(Lost, StopOnALostInstanceIsDone) {
  World w = shop();
  w.quiet("shop:web", 2, ProcessState::running);
  w.obey = false;
  w.request(RequestKind::stop_process, "shop", "web");
  w.lose(2);
  EXPECT_TRUE(w.done());
  EXPECT_FALSE(w.engine().busy());
}

TEST(Abort, AnswersWhatIsOpenAndOrdersNothing) {
  World w = shop();
  w.obey = false;
  w.request(RequestKind::start_application, "shop");
  static_cast<void>(w.orders());
  w.step(Abort{"n2 is the Master now"});
  EXPECT_THAT(w.orders(), IsEmpty());
  EXPECT_EQ(w.fault(), Fault::abnormal_termination);
  EXPECT_THAT(w.completed()->why, HasSubstr("n2 is the Master now"));
  EXPECT_FALSE(w.engine().busy());
}

TEST(Plan, DryRunTellsWhereAndTouchesNothing) {
  World w = shop();
  w.view.instances[0].running = false;
  Request r;
  r.operation_id = "dry";
  r.kind = RequestKind::start_application;
  r.application = "shop";
  const auto plan = w.engine().plan(w.now, w.view, r);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan.value().size(), 4u);
  EXPECT_EQ(plan.value()[1].id.name, "prepare");
  EXPECT_EQ(plan.value()[1].state, ProcessState::exited);
  EXPECT_EQ(plan.value()[3].identifier, World::id(2));
  EXPECT_THAT(plan.value()[3].reason, HasSubstr("n1 is not running"));
  EXPECT_FALSE(w.engine().busy());
  EXPECT_EQ(w.copy("shop:web", 2).state, ProcessState::stopped);
  w.quiet("shop:web", 2, ProcessState::running);
  EXPECT_EQ(w.engine().plan(w.now, w.view, r).error().code, code_of(Fault::already_started));
}

TEST(Jobs, ChangesAreAnnounced) {
  World w = shop();
  w.obey = false;
  w.step(TimePassed{});
  EXPECT_EQ(w.jobs_changed, 0);
  w.request(RequestKind::start_process, "shop", "web");
  EXPECT_EQ(w.jobs_changed, 1);
  EXPECT_THAT(w.engine().jobs().at(0).cause, HasSubstr("admin"));
}

}  // namespace
}  // namespace holdfast::rules
