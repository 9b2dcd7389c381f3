// What follows a crash or a lost node (contract supvisors.md 4.7) and conflicts (4.6).
#include "base/limits.hpp"
#include "world.hpp"

namespace holdfast::rules {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string application(const std::string& strategy, const std::string& other = "CONTINUE") {
  return R"(<application name="a"><start_sequence>1</start_sequence><programs>
    <program name="p"><start_sequence>1</start_sequence><running_failure_strategy>)" +
         strategy + R"(</running_failure_strategy></program>
    <program name="q"><start_sequence>2</start_sequence><running_failure_strategy>)" +
         other + R"(</running_failure_strategy></program></programs></application>)";
}

World world(const std::string& strategy, const std::string& other = "CONTINUE") {
  World w(application(strategy, other));
  w.define("a", "p");
  w.define("a", "q");
  w.quiet("a:p", 1, ProcessState::running);
  w.quiet("a:q", 2, ProcessState::running);
  return w;
}

TEST(Crash, ContinueAndRestartProcessAreLeftToAutorestart) {
  for (const char* strategy : {"CONTINUE", "RESTART_PROCESS"}) {
    World w = world(strategy);
    w.become("a:p", 1, ProcessState::exited, false);
    w.become("a:p", 1, ProcessState::fatal);
    EXPECT_THAT(w.orders(), IsEmpty()) << strategy;
    EXPECT_FALSE(w.engine().busy());
  }
}

TEST(Crash, StopApplication) {
  World w = world("STOP_APPLICATION");
  w.become("a:p", 1, ProcessState::fatal);
  EXPECT_THAT(w.orders(), ElementsAre("stop a:q on n2"));
  EXPECT_THAT(w.reasons.at(0), HasSubstr("a:p crashed on n1"));
}

TEST(Crash, ExpectedExitIsNoCrash) {
  World w = world("STOP_APPLICATION");
  w.become("a:p", 1, ProcessState::exited, true);
  EXPECT_THAT(w.orders(), IsEmpty());
}

TEST(Crash, RestartApplicationIsSpacedOut) {
  World w = world("RESTART_APPLICATION");
  w.become("a:p", 1, ProcessState::fatal);
  EXPECT_THAT(w.orders(), ElementsAre("stop a:q on n2", "start a:p on n1", "start a:q on n1"));
  w.become("a:p", 1, ProcessState::fatal);  // at once again: the peer would loop for ever
  EXPECT_THAT(w.orders(), IsEmpty());
  EXPECT_TRUE(w.engine().busy());
  ASSERT_TRUE(w.engine().next_deadline().has_value());
  w.now = *w.engine().next_deadline();
  w.step(TimePassed{});
  EXPECT_THAT(w.orders(), ElementsAre("stop a:q on n1", "start a:p on n1", "start a:q on n1"));
  EXPECT_FALSE(w.engine().busy());
}

// RFS-4: the peer loops for ever.
TEST(Crash, Rfs4RestartsAreGivenUpAndSaid) {
  World w = world("RESTART_APPLICATION");
  int restarts = 0;
  for (int crash = 0; crash < 2 * limits::rules_restart_attempts; ++crash) {
    w.become("a:p", 1, ProcessState::fatal);
    if (const auto deadline = w.engine().next_deadline()) {
      w.now = *deadline;
      w.step(TimePassed{});
    }
    restarts += w.orders().empty() ? 0 : 1;
    w.quiet("a:p", 1, ProcessState::running);
  }
  EXPECT_EQ(restarts, limits::rules_restart_attempts);
  EXPECT_FALSE(w.engine().busy());
  EXPECT_THAT(w.decisions,
              Contains(HasSubstr("no restart of a: a:p crashed on n1 (RESTART_APPLICATION): restarted 10")));
  EXPECT_THAT(w.forced.back().reason, HasSubstr("it is left as it is until somebody starts it"));
  w.become("a:p", 1, ProcessState::stopped);
  w.request(RequestKind::start_process, "a", "p");
  static_cast<void>(w.orders());
  w.become("a:p", 1, ProcessState::fatal);
  EXPECT_FALSE(w.orders().empty()) << "whoever starts it by hand gives it its restarts back";
}

TEST(Crash, Rfs4CalmIsForgotten) {
  World w = world("RESTART_APPLICATION");
  for (int crash = 0; crash < 2 * limits::rules_restart_attempts; ++crash) {
    w.become("a:p", 1, ProcessState::fatal);
    EXPECT_FALSE(w.orders().empty()) << crash;
    w.pass(limits::rules_restart_calm + 1s);
  }
}

TEST(Crash, OneDecisionForEachCrash) {
  World w = world("SHUTDOWN");
  w.become("a:p", 1, ProcessState::fatal);
  EXPECT_EQ(w.cluster_orders.size(), 1u);
  w.copy("a:p", 1).disabled = true;  // news of the copy, not of its end
  ++w.copy("a:p", 1).change;
  w.step(CopyChanged{{"a", "p"}, World::id(1)});
  EXPECT_EQ(w.cluster_orders.size(), 1u);
  w.quiet("a:p", 1, ProcessState::exited, false);  // it has lived in between, which nobody saw
  w.step(CopyChanged{{"a", "p"}, World::id(1)});
  EXPECT_EQ(w.cluster_orders.size(), 2u);
}

TEST(Crash, WhatCrashedBeforeIsNoNews) {
  World w = world("SHUTDOWN");
  w.quiet("a:p", 1, ProcessState::fatal);
  w.step(TimePassed{});  // a new Master looks around
  ++w.copy("a:p", 1).change;
  w.step(CopyChanged{{"a", "p"}, World::id(1)});
  EXPECT_THAT(w.cluster_orders, IsEmpty());
  w.define("a", "late", {3});
  w.quiet("a:late", 3, ProcessState::fatal);  // as a node that joins tells it
  w.step(CopyChanged{{"a", "late"}, World::id(3)});
  EXPECT_THAT(w.cluster_orders, IsEmpty());
  w.become("a:q", 2, ProcessState::running);
  w.lose(2);
  w.view.instances[1].running = true;
  w.become("a:q", 2, ProcessState::fatal);  // back, with what it ended as
  EXPECT_THAT(w.decisions, testing::Not(Contains(HasSubstr("a:q crashed"))));
}

// 4.7: the six strategies on both triggers. The peer does nothing for SHUTDOWN and RESTART when a node is lost.
struct Reaction {
  const char* strategy;
  std::vector<std::string> on_crash;
  std::vector<std::string> on_loss;
};
class SixStrategies : public testing::TestWithParam<Reaction> {};

std::vector<std::string> reaction(World& w) {
  std::vector<std::string> all = w.orders();
  for (const auto& order : w.cluster_orders) {
    all.emplace_back(order.restart ? "restart the cluster" : "shut the cluster down");
  }
  return all;
}

TEST_P(SixStrategies, Contract47) {
  World crash = world(GetParam().strategy);
  crash.become("a:p", 1, ProcessState::exited, false);
  EXPECT_EQ(reaction(crash), GetParam().on_crash);
  World loss = world(GetParam().strategy);
  loss.lose(1);
  EXPECT_EQ(reaction(loss), GetParam().on_loss);
}

INSTANTIATE_TEST_SUITE_P(Of, SixStrategies,
                         testing::Values(Reaction{"CONTINUE", {}, {}},
                                         Reaction{"RESTART_PROCESS", {}, {"start a:p on n2"}},
                                         Reaction{"STOP_APPLICATION", {"stop a:q on n2"}, {"stop a:q on n2"}},
                                         Reaction{"RESTART_APPLICATION",
                                                  {"stop a:q on n2", "start a:p on n1", "start a:q on n1"},
                                                  {"stop a:q on n2", "start a:p on n2", "start a:q on n2"}},
                                         Reaction{"SHUTDOWN", {"shut the cluster down"}, {"shut the cluster down"}},
                                         Reaction{"RESTART", {"restart the cluster"}, {"restart the cluster"}}),
                         [](const auto& tested) { return std::string(tested.param.strategy); });

TEST(Lost, ContinueIsOnlySaid) {
  World w = world("CONTINUE");
  w.lose(1);
  EXPECT_THAT(w.orders(), IsEmpty());
  EXPECT_THAT(w.decisions, Contains(HasSubstr("CONTINUE: n1 was lost with a:p")));
}

TEST(Lost, RestartProcessElsewhereWithReason) {
  World w = world("RESTART_PROCESS");
  w.lose(1);
  EXPECT_THAT(w.orders(), ElementsAre("start a:p on n2"));
  EXPECT_THAT(w.reasons.at(0), HasSubstr("n1 was lost with a:p (RESTART_PROCESS): n2: fits"));
  EXPECT_THAT(w.reasons.at(0), HasSubstr("n1 is not running"));
}

TEST(Lost, RestartProcessIsPromotedWhenNothingIsLeft) {
  World w = world("RESTART_PROCESS", "RESTART_PROCESS");
  w.quiet("a:q", 2, ProcessState::stopped);
  w.quiet("a:q", 1, ProcessState::running);
  w.lose(1);
  EXPECT_THAT(w.orders(), ElementsAre("start a:p on n2", "start a:q on n2")) << "by ranks, each once";
  EXPECT_THAT(w.decisions, Contains(HasSubstr("RESTART_APPLICATION: n1 was lost")));
}

TEST(Lost, WhatIsLostTogetherComesUpInRanks) {
  World w(R"(<application name="a"><running_failure_strategy>RESTART_PROCESS</running_failure_strategy><programs>
    <program name="bus"><start_sequence>1</start_sequence></program>
    <program name="base"><start_sequence>2</start_sequence></program>
    <program name="apex"><start_sequence>3</start_sequence></program></programs></application>)");
  for (const char* name : {"bus", "base", "apex", "free", "stays"}) {
    w.define("a", name);
    w.quiet(std::string("a:") + name, std::string(name) == "stays" ? 2 : 1, ProcessState::running);
  }
  w.obey = false;
  w.lose(1);
  EXPECT_THAT(w.orders(), ElementsAre("start a:free on n2", "start a:bus on n2")) << "rank 0 is in no order";
  w.become("a:free", 2, ProcessState::running);
  w.become("a:bus", 2, ProcessState::starting);
  EXPECT_THAT(w.orders(), IsEmpty()) << "not yet RUNNING";
  w.become("a:bus", 2, ProcessState::running);
  EXPECT_THAT(w.orders(), ElementsAre("start a:base on n2"));
  w.become("a:base", 2, ProcessState::running);
  EXPECT_THAT(w.orders(), ElementsAre("start a:apex on n2"));
  w.become("a:apex", 2, ProcessState::running);
  EXPECT_FALSE(w.engine().busy());
}

TEST(Lost, IsNotSpacedOut) {
  World w = world("RESTART_APPLICATION");
  w.lose(1);
  EXPECT_THAT(w.orders(), ElementsAre("stop a:q on n2", "start a:p on n2", "start a:q on n2"));
  w.lose(2);  // at once again: nodes die, the application has done nothing wrong
  EXPECT_THAT(w.orders(), ElementsAre("start a:p on n3", "start a:q on n3"));
  EXPECT_FALSE(w.engine().busy());
}

TEST(Lost, RunningElsewhereIsNotLost) {
  World w = world("RESTART_PROCESS");
  w.quiet("a:p", 3, ProcessState::running);
  w.lose(1);
  EXPECT_THAT(w.orders(), IsEmpty());
}

TEST(Lost, Rfs1LackOfResourcesDoesNotLoop) {
  World w = world("RESTART_PROCESS");
  w.view.instances[1].running = false;
  w.view.instances[2].running = false;
  w.lose(1);
  EXPECT_THAT(w.orders(), IsEmpty());
  EXPECT_FALSE(w.engine().busy());
  EXPECT_THAT(w.forced.at(0).reason, HasSubstr("no resource available"));
}

TEST(Lost, Rfs2StrongerReplacesWeaker) {
  World w = world("RESTART_APPLICATION", "STOP_APPLICATION");
  w.quiet("a:q", 2, ProcessState::stopped);
  w.quiet("a:q", 1, ProcessState::running);
  w.quiet("a:p", 2, ProcessState::stopped);
  w.define("a", "r");
  w.quiet("a:r", 3, ProcessState::running);
  w.lose(1);  // both: STOP_APPLICATION wins
  EXPECT_THAT(w.orders(), ElementsAre("stop a:r on n3"));
}

TEST(Lost, Rfs2RestartOfTheApplicationSwallowsWhatIsInItsSequenceOnly) {
  World w(R"(<application name="a"><running_failure_strategy>RESTART_PROCESS</running_failure_strategy><programs>
    <program name="p"><start_sequence>1</start_sequence>
      <running_failure_strategy>RESTART_APPLICATION</running_failure_strategy></program>
    <program name="q"><start_sequence>1</start_sequence></program></programs></application>)");
  for (const char* name : {"p", "q", "r", "s"}) {
    w.define("a", name);
    w.quiet(std::string("a:") + name, std::string(name) == "s" ? 2 : 1, ProcessState::running);
  }
  w.lose(1);
  EXPECT_THAT(w.orders(), ElementsAre("stop a:s on n2", "start a:r on n2", "start a:p on n2", "start a:q on n2"));
}

TEST(Lost, Rfs3DeferredWhileTheApplicationHasAJob) {
  World w = world("RESTART_PROCESS");
  w.define("a", "r");
  w.obey = false;
  w.request(RequestKind::start_process, "a", "r");
  static_cast<void>(w.orders());
  w.quiet("a:p", 1, ProcessState::stopped);
  w.quiet("a:p", 3, ProcessState::running);
  w.lose(3);
  EXPECT_THAT(w.orders(), IsEmpty());
  EXPECT_TRUE(w.engine().busy());
  w.become("a:r", 1, ProcessState::running);
  EXPECT_THAT(w.orders(), ElementsAre("start a:p on n1"));
}

TEST(Crash, OfAProcessBeingStartedIsOnlyAStartingFailure) {
  World w(R"(<application name="a"><running_failure_strategy>RESTART_APPLICATION</running_failure_strategy>
    <programs><program name="p"><start_sequence>1</start_sequence><required>true</required></program></programs>
    </application>)");
  w.define("a", "p");
  w.broken = {"a:p"};
  w.request(RequestKind::start_application, "a");
  EXPECT_THAT(w.orders(), ElementsAre("start a:p on n1"));
  EXPECT_FALSE(w.engine().busy());
}

// 4.6

World conflict(ConciliationStrategy strategy, const std::string& failure = "RESTART_PROCESS") {
  World w(application(failure), 3, {StartingStrategy::config, strategy});
  w.define("a", "p");
  w.define("a", "q");
  w.define("b", "p");
  w.quiet("a:p", 2, ProcessState::running);
  w.now = w.now + 100s;
  w.quiet("a:p", 1, ProcessState::running);
  w.now = w.now + 100s;
  w.quiet("a:p", 3, ProcessState::running);
  w.quiet("b:p", 1, ProcessState::running);  // not managed: no conflict
  w.quiet("b:p", 2, ProcessState::running);
  return w;
}

TEST(Conciliation, ConflictsAreOfManagedProcesses) {
  World w = conflict(ConciliationStrategy::user);
  EXPECT_THAT(w.engine().conflicts(w.view), ElementsAre(ProcessId{"a", "p"}));
}

TEST(Conciliation, SenicideKeepsTheYoungest) {
  World w = conflict(ConciliationStrategy::senicide);
  w.step(Conciliate{7, {}, ""});
  EXPECT_THAT(w.orders(), ElementsAre("stop a:p on n1", "stop a:p on n2"));
  EXPECT_THAT(w.reasons.at(0),
              HasSubstr("SENICIDE: a:p runs on n1 (up 100 s), n2 (up 200 s), n3 (up 0 s); the youngest "
                        "is kept, on n3"));
  EXPECT_THAT(w.engine().conflicts(w.view), IsEmpty());
}

TEST(Conciliation, InfanticideKeepsTheOldest) {
  World w = conflict(ConciliationStrategy::infanticide);
  w.step(Conciliate{7, {}, ""});
  EXPECT_THAT(w.orders(), ElementsAre("stop a:p on n1", "stop a:p on n3"));
}

TEST(Conciliation, InfanticideKeepsARunningCopyOverOneThatOnlyStarts) {
  World w = conflict(ConciliationStrategy::infanticide);
  w.quiet("a:p", 1, ProcessState::backoff);
  w.quiet("a:p", 2, ProcessState::starting);
  w.step(Conciliate{7, {}, ""});
  EXPECT_THAT(w.orders(), ElementsAre("stop a:p on n1", "stop a:p on n2"));
}

TEST(Conciliation, UserWaitsForAPersonAndSaysItOnce) {
  World w = conflict(ConciliationStrategy::user);
  w.step(Conciliate{7, {}, ""});
  w.step(Conciliate{7, {}, ""});
  EXPECT_THAT(w.orders(), IsEmpty());
  EXPECT_EQ(w.decisions.size(), 1u);
  w.step(Conciliate{7, ConciliationStrategy::senicide, "op"});  // who orders now
  EXPECT_EQ(w.orders().size(), 2u);
}

TEST(Conciliation, AllConflictsOfAnApplicationAreSettledAtOnce) {
  for (const bool by_a_person : {false, true}) {
    World w(application("CONTINUE"), 3, {StartingStrategy::config, ConciliationStrategy::infanticide});
    for (const char* name : {"p", "q"}) {
      w.define("a", name);
      w.quiet(std::string("a:") + name, 1, ProcessState::running);
    }
    w.now = w.now + 1s;
    w.quiet("a:p", 2, ProcessState::running);
    w.quiet("a:q", 2, ProcessState::running);
    w.step(by_a_person ? Conciliate{7, ConciliationStrategy::infanticide, "op"} : Conciliate{7, {}, ""});
    EXPECT_THAT(w.orders(), ElementsAre("stop a:p on n2", "stop a:q on n2")) << by_a_person;
    EXPECT_THAT(w.engine().conflicts(w.view), IsEmpty());
  }
}

TEST(Conciliation, APersonDoesNotWaitForAJobOfTheApplication) {
  World w = conflict(ConciliationStrategy::user);
  w.obey = false;
  w.request(RequestKind::start_process, "a", "q");
  EXPECT_THAT(w.orders(), ElementsAre("start a:q on n1"));
  w.step(Conciliate{7, ConciliationStrategy::senicide, "op"});
  EXPECT_THAT(w.orders(), ElementsAre("stop a:p on n1", "stop a:p on n2"));
}

TEST(Conciliation, StopRestartAndRunningFailure) {
  World stop = conflict(ConciliationStrategy::stop);
  stop.step(Conciliate{7, {}, ""});
  EXPECT_EQ(stop.orders().size(), 3u);
  World restart = conflict(ConciliationStrategy::restart);
  restart.step(Conciliate{7, {}, ""});
  EXPECT_THAT(restart.orders(), ElementsAre("stop a:p on n1", "stop a:p on n2", "stop a:p on n3", "start a:p on n1"));
  World failure = conflict(ConciliationStrategy::running_failure);
  failure.quiet("a:q", 1, ProcessState::running);
  failure.step(Conciliate{7, {}, ""});
  EXPECT_EQ(failure.orders().back(), "start a:p on n1");
  World cluster = conflict(ConciliationStrategy::running_failure, "SHUTDOWN");  // nothing in the peer
  cluster.step(Conciliate{7, {}, ""});
  EXPECT_EQ(cluster.cluster_orders.size(), 1u);
}

TEST(Conciliation, OncePerConflictAndEpochThenBoundedRetries) {
  World w = conflict(ConciliationStrategy::senicide);
  w.obey = false;
  int decided = 0;
  for (int i = 0; i < 100; ++i) {
    w.step(Conciliate{7, {}, ""});
    decided += w.orders().empty() ? 0 : 1;
    w.pass(limits::rules_order_margin);  // the orders are given up: the conflict stays
  }
  EXPECT_EQ(decided, limits::rules_conciliation_attempts);
  w.step(Conciliate{8, {}, ""});  // a new Master's epoch
  EXPECT_EQ(w.orders().size(), 2u);
}

TEST(Conciliation, NodesThatComeBackOneByOneAreEachDecided) {
  constexpr int kMembers = 9;  // more than attempts
  World w(application("RESTART_PROCESS"), kMembers, {StartingStrategy::config, ConciliationStrategy::infanticide});
  w.define("a", "p");
  w.define("a", "q");
  w.quiet("a:p", 1, ProcessState::running);
  for (int node = 2; node <= kMembers; ++node) {
    w.now = w.now + 1s;
    w.quiet("a:p", node, ProcessState::running);
    w.step(Conciliate{7, {}, ""});
    EXPECT_THAT(w.orders(), ElementsAre("stop a:p on n" + std::to_string(node)));
  }
  for (int again = 0; again < 20; ++again) {  // a later conflict is counted anew, however old the epoch is
    w.now = w.now + limits::rules_restart_calm;
    w.quiet("a:p", 2 + again % 2, ProcessState::running);
    w.step(Conciliate{7, {}, ""});
    EXPECT_THAT(w.orders(), ElementsAre("stop a:p on n" + std::to_string(2 + again % 2)));
  }
}

TEST(Lost, TheCopyThatConciliationKeptIsReplaced) {
  World w = conflict(ConciliationStrategy::senicide);
  w.obey = false;
  w.step(Conciliate{7, {}, ""});
  EXPECT_THAT(w.orders(), ElementsAre("stop a:p on n1", "stop a:p on n2"));
  w.quiet("a:p", 1, ProcessState::stopping);
  w.quiet("a:p", 2, ProcessState::stopping);
  w.lose(3);  // the copy that was kept
  EXPECT_THAT(w.orders(), IsEmpty()) << "while the others stop";
  w.become("a:p", 1, ProcessState::stopped);
  w.become("a:p", 2, ProcessState::stopped);
  EXPECT_THAT(w.orders(), ElementsAre("start a:p on n1"));
}

TEST(Lost, ToldLateItLeavesOrdersToTheNewLifeAlone) {
  World w(application("RESTART_PROCESS"));
  w.define("a", "p");
  w.define("a", "q");
  w.obey = false;
  w.request(RequestKind::start_process, "a", "q");
  static_cast<void>(w.orders());
  InstanceLost late{World::id(1), {{"a", "p"}}};
  late.is_back = true;
  w.step(late);
  EXPECT_THAT(w.orders(), IsEmpty()) << "q is not tried elsewhere; p waits for the job";
  w.become("a:q", 1, ProcessState::starting);
  w.become("a:q", 1, ProcessState::running);
  EXPECT_THAT(w.orders(), ElementsAre("start a:p on n1"));
}

TEST(Lost, ToldLateItsNewLifeIsKnown) {
  World w = world("STOP_APPLICATION");
  w.step(TimePassed{});
  InstanceLost late{World::id(1), {}};
  late.is_back = true;
  w.step(late);
  w.become("a:p", 1, ProcessState::fatal);
  EXPECT_THAT(w.orders(), ElementsAre("stop a:q on n2")) << "a crash of what ran there again";
}

}  // namespace
}  // namespace holdfast::rules
