// The rules engine on the Master, and what becomes of its decisions.
#include "cluster/mastery/rules_driver.hpp"

#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Rules : public OneNode {
 protected:
  Rules() {
    rules::ApplicationRule application;
    application.selector.name = "app";
    application.start_sequence = 1;
    rules::ProgramRule program;
    program.selector.name = "web";
    program.leaves.identifiers = "n2";
    program.leaves.start_sequence = 1;
    application.programs.push_back(program);
    options_.rules.applications.push_back(application);
    make_running(2);
    set_table(2, 1, {fact("web", ProcessState::stopped)});
    StepContext context = step();
    parts().membership.refresh_instance(context, member(2));
    parts().copies.show_all(context, member(2));
  }
  void tell(const rules::Event& event) {
    StepContext context = step();
    parts().rules.tell(context, event);
  }
};

TEST_F(Rules, WhoIsNotMasterDrivesNoEngine) {
  tell(rules::AutomaticStart{});
  EXPECT_TRUE(outcome_.sends.empty());
  EXPECT_FALSE(parts().rules.busy());
}

TEST_F(Rules, AnOrderGoesToItsNodeAndTheJobIsShown) {
  make_me_master();
  tell(rules::AutomaticStart{});
  const std::vector<Command> orders = sent_to<Command>(2);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders.front().namespec, "app:web");
  EXPECT_EQ(orders.front().action, Action::start_process);
  EXPECT_EQ(orders.front().term, member(1).term);
  EXPECT_EQ(orders.front().target_incarnation, 3U);
  EXPECT_EQ(orders.front().operation, "n1.7-5.o1");
  EXPECT_EQ(view_->jobs.size(), 1U);
  EXPECT_TRUE(member(1).starting_jobs);
  EXPECT_TRUE(agenda_.heartbeat_urgent) << "the others show it";
  ASSERT_TRUE(parts().rules.next_deadline());
}

TEST_F(Rules, ARefusedOrderIsTheEnginesToReplace) {
  make_me_master();
  tell(rules::AutomaticStart{});
  StepContext context = step();
  parts().requests.answered(context, "n1.7-5.o1", member(2).node_id, AnswerPhase::refused,
                            {Fault::spawn_error, "no such file"});
  EXPECT_FALSE(parts().rules.busy());
  EXPECT_FALSE(member(1).starting_jobs);
}

TEST_F(Rules, AStartThatWasNotAnsweredIsNotSentAgainAfterAStop) {
  make_me_master();
  tell(rules::AutomaticStart{});
  ASSERT_FALSE(parts().requests.empty());
  rules::Request request;
  request.operation_id = "n1.1";
  request.kind = rules::RequestKind::stop_application;
  request.application = "app";
  request.requester = member(1).identifier;
  tell(request);
  EXPECT_TRUE(parts().requests.starts_ordered_from(member(2).node_id).empty());
}

TEST_F(Rules, ConflictsAreThoseOfTheView) {
  make_running(3);
  set_table(2, 2, {fact("web", ProcessState::running)});
  set_table(3, 1, {fact("web", ProcessState::running)});
  StepContext context = step();
  parts().copies.show_all(context, member(2));
  EXPECT_TRUE(view_->conflicts.empty());
  agenda_.reconsider = false;
  parts().copies.show_all(context, member(3));
  EXPECT_EQ(view_->conflicts.size(), 1U);
  EXPECT_TRUE(agenda_.reconsider);
}

TEST_F(Rules, TheEnginesDeadlineIsItsTurn) {
  make_me_master();
  tell(rules::AutomaticStart{});
  const std::optional<Instant> deadline = parts().rules.next_deadline();
  ASSERT_TRUE(deadline);
  now_ = *deadline - 1ms;
  StepContext early = step();
  parts().rules.drive(early);
  EXPECT_EQ(parts().rules.next_deadline(), deadline);
  now_ = *deadline;
  StepContext due = step();
  parts().rules.drive(due);
  EXPECT_NE(parts().rules.next_deadline(), deadline);
}

TEST_F(Rules, BeforeTheClusterEndsEverythingIsStopped) {
  set_table(2, 2, {fact("web", ProcessState::running)});
  make_me_master();
  StepContext context = step();
  parts().copies.show_all(context, member(2));
  parts().rules.stop_everything(context);
  const std::vector<Command> orders = sent_to<Command>(2);
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders.front().action, Action::stop_process);
}

}  // namespace
}  // namespace holdfast::cluster
