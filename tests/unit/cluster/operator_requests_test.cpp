// Where a request of a person goes that arrives at this node. Its common ways: operations_test.cpp.
#include "cluster/operations/operator_requests.hpp"

#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Requests : public OneNode {
 protected:
  Requests() { make_running(2); }

  void take(Action action, const std::string& target, const std::string& identifier = {}) {
    OperatorRequest request;
    request.handle = 4;
    request.user = "ann";
    request.action = action;
    request.target = target;
    request.identifier = identifier;
    StepContext context = step();
    parts().operator_requests.take(context, request);
  }
};

TEST_F(Requests, EachIsWrittenDownUnderANameOfItsOwn) {
  take(Action::stop_process, "app:web", "n2");
  take(Action::start_application, "app");
  ASSERT_GE(outcome_.history.size(), 2U);
  EXPECT_EQ(outcome_.history[0].operation, "n1.7-5.1");
  EXPECT_EQ(outcome_.history[0].user, "ann");
  EXPECT_EQ(outcome_.history[0].what, std::string(name_of(Action::stop_process)) + " on n2");
  EXPECT_EQ(outcome_.history[1].operation, "n1.7-5.2");
}

TEST_F(Requests, AFencedNodeAsksOnlyItself) {
  member(1).fence = FenceFact{member(1).identifier, "n2", 0, "lost"};
  view_->master = member(2).identifier;
  take(Action::start_application, "app");
  take(Action::stop_process, "app:web", "n2");
  ASSERT_EQ(outcome_.replies.size(), 2U);
  EXPECT_EQ(outcome_.replies[0].text, Fencing::text_of(member(1)));
  EXPECT_EQ(outcome_.replies[1].text, Fencing::text_of(member(1)));
  take(Action::stop_process, "app:web", "n1");
  EXPECT_EQ(outcome_.commands.size(), 1U);
  EXPECT_TRUE(outcome_.sends.empty());
}

TEST_F(Requests, TheEndOfTheWaitAndOfAFenceGoToWhoDecidesThem) {
  take(Action::end_sync, "n2");
  ASSERT_EQ(outcome_.replies.size(), 1U);
  EXPECT_EQ(outcome_.replies[0].text, "invalid Supvisors state=OFF - state expected in ['SYNCHRONIZATION']");
  view_->master = member(2).identifier;
  take(Action::unfence, "n3");
  ASSERT_EQ(sent_to<OperatorForward>(2).size(), 1U);
  EXPECT_EQ(sent_to<OperatorForward>(2).front().action, Action::unfence);
}

TEST_F(Requests, AStartByNameKeepsWhatStoodBehindTheCommand) {  // contract CFG-E3
  ProcessFact web = fact("web", kRowStopped);
  web.extra_args = "-p 81";
  set_table(2, 1, {web});
  take(Action::start_process, "app:web", "n2");
  take(Action::restart_process, "app:web", "n2");
  take(Action::stop_process, "app:web", "n2");
  const auto commands = sent_to<Command>(2);
  ASSERT_EQ(commands.size(), 3U);
  EXPECT_EQ(commands[0].argument, "-p 81");
  EXPECT_EQ(commands[1].argument, "-p 81");
  EXPECT_EQ(commands[2].argument, "");
}

TEST_F(Requests, AMasterOfAnEarlierVersionIsNotAskedToChoose) {
  view_->master = member(2).identifier;
  member(2).proto_minor = 3;
  take(Action::start_any_process, "web.*");
  ASSERT_EQ(outcome_.replies.size(), 1U);
  EXPECT_EQ(outcome_.replies[0].text, "the Master n2 is of an earlier version and cannot choose; nothing was started");
  member(2).proto_minor = 4;
  take(Action::start_any_process, "web.*");
  ASSERT_EQ(sent_to<OperatorForward>(2).size(), 1U);
  EXPECT_EQ(sent_to<OperatorForward>(2).front().target, "web.*");
}

TEST_F(Requests, TheMasterPlansItsOwn) {
  make_me_master();
  take(Action::start_application, "app");
  ASSERT_EQ(outcome_.replies.size(), 1U) << "refused in this state, by itself";
  EXPECT_TRUE(outcome_.sends.empty());
}

}  // namespace
}  // namespace holdfast::cluster
