// What is asked of this node as Master: taken once, answered to who asked. Its gates: operations_test.cpp.
#include "cluster/operations/master_plans.hpp"

#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Plans : public OneNode {
 protected:
  Plans() { make_running(2); }

  OperatorForward request(const std::string& operation, Action action) {
    OperatorForward request;
    request.operation = operation;
    request.origin = member(2).node_id;
    request.term = member(1).term;
    request.user = "ann";
    request.action = action;
    request.target = "n3";
    return request;
  }
  void receive(const OperatorForward& request) {
    StepContext context = step();
    parts().plans.receive(context, member(2), request);
  }
};

TEST_F(Plans, ARequestIsOfWhoSendsIt) {
  OperatorForward foreign = request("a", Action::unfence);
  foreign.origin = member(3).node_id;
  receive(foreign);
  EXPECT_EQ(view_->counters.wrong_sender, 1U);
  EXPECT_TRUE(outcome_.sends.empty());
}

TEST_F(Plans, WhatAnyNodeMayBeAskedNeedsNoMaster) {
  receive(request("a", Action::unfence));
  receive(request("b", Action::end_sync));
  const std::vector<OperatorAnswer> answers = sent_to<OperatorAnswer>(2);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].text, "n3 is not fenced; nothing was changed");
  EXPECT_EQ(answers[1].text, "invalid Supvisors state=OFF - state expected in ['SYNCHRONIZATION']");
}

TEST_F(Plans, AnAnswerForGoodIsTheLastAndIsGivenAgainToARepeatedRequest) {
  StepContext context = step();
  parts().plans.add("a", member(2).node_id);
  parts().plans.answer(context, "a", AnswerPhase::completed, {{}, "done"});
  parts().plans.answer(context, "a", AnswerPhase::refused, {{}, "late"});
  ASSERT_EQ(sent_to<OperatorAnswer>(2).size(), 1U);
  EXPECT_FALSE(parts().plans.is_new(context, member(2), "a", member(2).node_id));
  ASSERT_EQ(sent_to<OperatorAnswer>(2).size(), 2U);
  EXPECT_EQ(sent_to<OperatorAnswer>(2).back().text, "done");
  parts().plans.add_done("b", member(2).node_id);
  EXPECT_FALSE(parts().plans.is_new(context, member(2), "b", member(2).node_id));
  EXPECT_EQ(sent_to<OperatorAnswer>(2).back().phase, AnswerPhase::completed);
  EXPECT_TRUE(parts().plans.is_new(context, member(2), "c", member(2).node_id));
}

TEST_F(Plans, TheEndOfTheClusterIsPlannedAndAnsweredToThisNodesOwnLedger) {
  make_me_master();
  member(1).cluster_state = ClusterState::operation;
  OperatorRequest request;
  request.handle = 4;
  request.user = "ann";
  request.action = Action::shutdown_cluster;
  StepContext context = step();
  parts().requests.forward(context, "a", request, member(1).node_id);
  EXPECT_EQ(view_->state(), ClusterState::shutting_down);
  ASSERT_FALSE(outcome_.replies.empty());
  EXPECT_EQ(outcome_.replies.back().handle, 4U);
  EXPECT_EQ(outcome_.replies.back().phase, AnswerPhase::completed) << "nothing runs";
  EXPECT_TRUE(outcome_.sends.empty());
}

TEST_F(Plans, AConciliationIsAnsweredWhenItIsTriggered) {  // 5.4, asked at the Master as at any other node
  make_me_master();
  member(1).cluster_state = ClusterState::conciliation;
  OperatorRequest asked;
  asked.handle = 4;
  asked.action = Action::conciliate;
  asked.conciliation = ConciliationStrategy::senicide;
  StepContext context = step();
  parts().requests.forward(context, "a", asked, member(1).node_id);
  ASSERT_EQ(outcome_.replies.size(), 1U);
  EXPECT_EQ(outcome_.replies[0].handle, 4U);
  EXPECT_EQ(outcome_.replies[0].phase, AnswerPhase::completed);
  EXPECT_TRUE(outcome_.replies[0].code.done());
  OperatorForward forwarded = request("b", Action::conciliate);
  forwarded.conciliation = ConciliationStrategy::senicide;
  receive(forwarded);
  ASSERT_EQ(sent_to<OperatorAnswer>(2).size(), 1U);
  EXPECT_EQ(sent_to<OperatorAnswer>(2)[0].phase, AnswerPhase::completed);
}

}  // namespace
}  // namespace holdfast::cluster
