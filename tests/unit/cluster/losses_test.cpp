// The end of other nodes' incarnations. What the ledger keeps: loss_ledger_test.cpp.
#include "cluster/membership/losses.hpp"

#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

const ProcessId kLostWeb{"app", "web"};

class LostNodes : public OneNode {
 protected:
  LostNodes() {
    make_running(2);
    set_table(2, 4, {fact("web", kRowRunning), fact("mail", kRowStopped)});
    StepContext context = step();
    parts().copies.show_all(context, member(2));
    outcome_ = {};
  }
  /// n2 says HELLO anew; its table is as `facts` say.
  void restart(std::vector<ProcessFact> facts) {
    StepContext context = step();
    parts().losses.incarnation_begins(context, member(2));
    const LossRecord earlier = parts().losses.end_as_shown(context, member(2));
    member(2).incarnation = 4;
    member(2).table.begin_incarnation(4);
    set_table(2, 0, std::move(facts));
    parts().losses.first_table(context, member(2), earlier);
  }
  void follow(std::size_t master) {
    StepContext context = step();
    parts().mastery.follow(context, {member(1).term.epoch + 1, member(master).node_id}, "test");
    view_->master = member(master).identifier;
  }
};

TEST_F(LostNodes, WhatRanThereIsTheRecordsAndItsCopiesEnd) {
  StepContext context = step();
  const LossRecord loss = parts().losses.end_of(context, member(2));
  EXPECT_EQ(loss.processes, std::vector<ProcessId>{kLostWeb});
  EXPECT_EQ(loss.ended, (IncarnationId{member(2).node_id, 3}));
  EXPECT_EQ(loss.seq, 4U);
  EXPECT_FALSE(loss.planned);
  EXPECT_EQ(view_->cluster.applications.at("app").at("web").copies.at(member(2).identifier).state, ProcessState::fatal);
}

TEST_F(LostNodes, AfterAPlannedStopNothingIsLost) {
  StepContext context = step();
  parts().membership.left(context, member(2));
  const LossRecord loss = parts().losses.end_of(context, member(2));
  EXPECT_TRUE(loss.planned);
  EXPECT_TRUE(loss.processes.empty());
  EXPECT_EQ(view_->cluster.applications.at("app").at("web").copies.at(member(2).identifier).state,
            ProcessState::stopped);
}

TEST_F(LostNodes, ARestartLosesWhatDoesNotRunAfterIt) {
  restart({fact("web", kRowRunning)});
  EXPECT_TRUE(outcome_.history.empty()) << "it runs on";
  EXPECT_FALSE(view_->cluster.applications.at("app").contains("mail")) << "not defined any more";
  member(2).state = MemberState::running;
  StepContext context = step();
  parts().copies.show_all(context, member(2));
  restart({fact("web", kRowStopped)});
  EXPECT_EQ(history(), Lines{member(2).identifier + " restarted without its programs"});
}

TEST_F(LostNodes, ARestartBeforeTheFirstTableLosesWhatRanBeforeIt) {
  StepContext context = step();
  parts().losses.incarnation_begins(context, member(2));
  EXPECT_TRUE(parts().losses.ran_previously(member(2)));
  member(2).state = MemberState::checking;
  const LossRecord loss = parts().losses.end_of(context, member(2));
  EXPECT_EQ(loss.processes, std::vector<ProcessId>{kLostWeb});
  EXPECT_FALSE(parts().losses.ran_previously(member(2)));
}

TEST_F(LostNodes, TheMasterIsToldOnceAndAgainWhenMoreIsKnown) {
  make_running(3);
  StepContext context = step();
  parts().losses.record(context, parts().losses.end_of(context, member(2)));
  follow(3);
  parts().losses.report(context);
  parts().losses.report(context);
  ASSERT_EQ(sent_to<LossReport>(3).size(), 1U);
  EXPECT_EQ(sent_to<LossReport>(3).front().losses.front().processes, std::vector<std::string>{"app:web"});
  follow(3);  // it has begun a new term
  parts().losses.report(context);
  EXPECT_EQ(sent_to<LossReport>(3).size(), 2U);
}

TEST_F(LostNodes, AMasterOfTheFirstVersionIsNotTold) {
  make_running(3);
  member(3).proto_minor = 0;
  StepContext context = step();
  parts().losses.record(context, parts().losses.end_of(context, member(2)));
  follow(3);
  parts().losses.report(context);
  EXPECT_TRUE(sent_to<LossReport>(3).empty());
}

TEST_F(LostNodes, AReportToTheMasterAddsWhatItHasNotSeen) {
  make_running(3);
  make_me_master();
  LossReport report{"n3.1", member(1).term, member(3).node_id, {}};
  report.losses.push_back({member(2).node_id, 3, 4, false, 0, {"app:web"}});
  StepContext context = step();
  parts().losses.receive(context, member(3), report);
  EXPECT_TRUE(outcome_.history.empty()) << "that incarnation goes on in its own sight";
  ASSERT_EQ(sent_to<OperatorAnswer>(3).size(), 1U);
  member(2).state = MemberState::stopped;
  report.operation = "n3.2";
  parts().losses.receive(context, member(3), report);
  EXPECT_EQ(history(), Lines{member(3).identifier + " reports losses"});
  parts().losses.receive(context, member(3), report);
  EXPECT_EQ(view_->counters.repeated_command, 1U);
}

TEST_F(LostNodes, ANewMasterHandsOverToItsRulesWhatRunsNowhereOnce) {
  StepContext context = step();
  parts().losses.record(context, parts().losses.end_of(context, member(2)));
  make_me_master();
  parts().losses.hand_over_all(context);
  EXPECT_FALSE(agenda_.reconsider) << "it is still in sight: its end is to be seen first";
  member(2).state = MemberState::stopped;
  parts().losses.hand_over_all(context);
  EXPECT_TRUE(agenda_.reconsider);
  agenda_.reconsider = false;
  parts().losses.hand_over_all(context);
  EXPECT_FALSE(agenda_.reconsider) << "the rules have it";
  parts().losses.begin_mastery();
  parts().losses.hand_over_all(context);
  EXPECT_TRUE(agenda_.reconsider) << "a new engine knows of none";
}

}  // namespace
}  // namespace holdfast::cluster
