// The list of fenced nodes: who writes it, whose holds. With whole nodes: node_fencing_test.cpp.
#include "cluster/fencing/fencing.hpp"

#include "base/limits.hpp"
#include "cluster/fencing/healed_partition.hpp"
#include "one_node.hpp"

namespace holdfast::cluster {
namespace {

class Fences : public OneNode {
 protected:
  Fences() {
    options_.auto_fence = true;
    make_running(2);
    make_running(3);
    member(1).cluster_state = ClusterState::operation;
  }
  /// As the node's own table says it.
  FenceList list(Term term, std::uint64_t revision, const std::vector<std::size_t>& fenced) {
    FenceList list{term, revision, {}};
    for (const std::size_t number : fenced) {
      list.fences.push_back({member(number).identifier, "n9", 0, "test"});
    }
    return list;
  }
  void says(std::size_t number, FenceList fences) {
    std::vector<std::string> touched;
    MemberView& one = member(number);
    one.table.replace(one.table.incarnation(), one.table.seq() + 1, {}, {}, false, touched, std::move(fences));
    parts().fencing.lists_may_differ();
  }
  void refresh() {
    StepContext context = step();
    parts().fencing.refresh(context);
  }
  void lose(std::size_t number) {
    StepContext context = step();
    parts().fencing.lost(context, member(number), "silent");
  }
};

TEST_F(Fences, TheMasterFencesWhoIsLostAtWork) {
  make_me_master();
  lose(2);
  ASSERT_TRUE(member(2).fence);
  EXPECT_EQ(member(2).fence->by, "n1");
  EXPECT_EQ(member(2).fence->reason, "lost in OPERATION: silent");
  EXPECT_EQ(member(2).state, MemberState::isolated);
  EXPECT_EQ(member(1).table.fences().term, member(1).term);
  EXPECT_EQ(member(1).table.fences().revision, 1U);
}

TEST_F(Fences, NobodyIsFencedBeforeTheClusterIsAtWorkOrWithoutTheOption) {
  make_me_master();
  member(1).cluster_state = ClusterState::synchronization;
  lose(2);
  EXPECT_FALSE(member(2).fence);
  options_.auto_fence = false;
  member(1).cluster_state = ClusterState::operation;
  lose(2);
  EXPECT_FALSE(member(2).fence);
}

TEST_F(Fences, WhoWasLostWithoutAMasterIsTheNextOnesToFence) {
  lose(2);
  lose(3);
  EXPECT_FALSE(member(2).fence);
  parts().fencing.is_back(member(3));
  member(2).state = MemberState::stopped;
  make_me_master();
  StepContext context = step();
  parts().fencing.begin_mastery(context, false);
  EXPECT_TRUE(member(2).fence);
  EXPECT_FALSE(member(3).fence) << "it was back";
}

TEST_F(Fences, WithoutAMasterTheNewestListHolds) {
  says(2, list({1, 9}, 1, {}));
  says(3, list({1, 9}, 2, {2}));
  refresh();
  EXPECT_TRUE(member(2).fence);
  EXPECT_EQ(member(2).state, MemberState::isolated);
  refresh();
  says(3, list({1, 9}, 3, {}));
  refresh();
  EXPECT_FALSE(member(2).fence);
  EXPECT_NE(member(2).state, MemberState::isolated);
}

TEST_F(Fences, AnOlderListOfTheMasterHoldsOnlyAfterAWhile) {
  says(3, list({5, 9}, 2, {2}));
  refresh();
  ASSERT_TRUE(member(2).fence);
  says(3, list({4, 9}, 1, {}));
  view_->master = member(3).identifier;
  StepContext context = step();
  parts().mastery.decide_master(context);  // it is not acting: nobody is Master, as of now
  view_->master = member(3).identifier;
  refresh();
  EXPECT_TRUE(member(2).fence) << "news may come by others first";
  now_ = now_ + limits::cluster_bind_wait_max;
  refresh();
  EXPECT_FALSE(member(2).fence);
}

TEST_F(Fences, OfAFencedNodeOnlyWhatItKnowsIsListenedTo) {
  member(2).fence = FenceFact{member(2).identifier, "n1", 0, "test"};
  OperatorForward forward;
  forward.action = Action::unfence;
  EXPECT_TRUE(Fencing::may_speak(member(2), Heartbeat{}));
  EXPECT_TRUE(Fencing::may_speak(member(2), forward));
  forward.action = Action::start_application;
  EXPECT_FALSE(Fencing::may_speak(member(2), forward));
  EXPECT_FALSE(Fencing::may_speak(member(2), Command{}));
  EXPECT_FALSE(Fencing::may_speak(member(2), LossReport{}));
  EXPECT_FALSE(Fencing::may_speak(member(2), PeerOpinion{}));
  EXPECT_TRUE(Fencing::may_speak(member(3), Command{}));
}

TEST_F(Fences, APersonUnfencesByNameOrAll) {
  make_me_master();
  lose(2);
  lose(3);
  OperatorForward request;
  request.origin = member(3).node_id;
  request.user = "ann";
  const auto unfence = [&](const std::string& target) {
    request.operation += "x";
    request.target = target;
    StepContext context = step();
    parts().fencing.write_unfence(context, request);
    return sent_to<OperatorAnswer>(3).back().code;
  };
  EXPECT_EQ(unfence("nobody"), Fault::bad_name);
  EXPECT_EQ(unfence("n1"), Fault::failed);
  EXPECT_EQ(unfence("n2"), OperationCode());
  EXPECT_FALSE(member(2).fence);
  EXPECT_TRUE(member(3).fence);
  EXPECT_EQ(unfence("*"), OperationCode());
  EXPECT_FALSE(member(3).fence);
}

TEST_F(Fences, AFencedMasterStepsDown) {
  make_me_master();
  says(3, list({9, 9}, 1, {1}));
  refresh();
  EXPECT_FALSE(view_->acting_master());
  EXPECT_TRUE(member(1).fence);
}

TEST_F(Fences, SidesThatHaveFencedEachOtherAreRivalsOfTheMasterAndYieldWithoutOne) {
  member(2).state = MemberState::isolated;
  EXPECT_FALSE(in_other_partition(step(), parts().replication, member(2))) << "it has not fenced this node";
  says(2, list({9, 9}, 1, {1}));
  EXPECT_TRUE(in_other_partition(step(), parts().replication, member(2)));
  EXPECT_EQ(list_to_yield_to(step(), parts().replication), &member(2));
  member(2).acting_master = true;
  member(2).term = {9, member(2).node_id};
  ElectionInput input;
  add_fenced_voters(step(), parts().replication, input);
  ASSERT_EQ(input.voters.size(), 1U);
  EXPECT_TRUE(input.voters.front().acting_master);
  EXPECT_FALSE(fences_are_changing(step()));
  member(3).term = member(2).term;
  EXPECT_TRUE(fences_are_changing(step())) << "somebody who counts follows it";
}

TEST_F(Fences, WhoWasFencedBeforeItWasKnownIsIsolatedWhenItJoins) {
  StepContext context = step();
  member(3).state = MemberState::stopped;
  parts().replication.set_fences(context, list({1, 1}, 1, {3}));
  parts().fencing.fence_newcomer(context, member(2));
  EXPECT_FALSE(member(2).fence);
  parts().fencing.fence_newcomer(context, member(3));
  EXPECT_TRUE(member(3).fence);
  EXPECT_EQ(member(3).state, MemberState::isolated);
}

TEST_F(Fences, WhoYieldsToARivalGoesByItsList) {
  StepContext context = step();
  says(2, list({9, 9}, 1, {3}));
  parts().fencing.take_rivals_fences(context, member(2).node_id);
  EXPECT_FALSE(member(3).fence) << "n2 counts here: it is no rival";
  member(2).fence = FenceFact{member(2).identifier, "n1", 0, "test"};
  member(2).state = MemberState::isolated;
  parts().fencing.take_rivals_fences(context, member(2).node_id);
  EXPECT_TRUE(member(3).fence);
  EXPECT_FALSE(member(2).fence);
  EXPECT_EQ(member(2).state, MemberState::checking) << "it is heard";
}

TEST_F(Fences, APersonsRequestGoesToWhoWritesTheList) {
  const auto ask = [&] {
    StepContext context = step();
    parts().fencing.request_unfence(context, "n1.1", OperatorRequest{});
  };
  member(1).fence = FenceFact{member(1).identifier, "n2", 0, "test"};
  ask();
  EXPECT_EQ(sent_to<OperatorForward>(2).size(), 1U) << "nobody heeds a fenced node: another one writes it";
  view_->master = member(3).identifier;
  ask();
  EXPECT_EQ(sent_to<OperatorForward>(3).size(), 1U);
}

}  // namespace
}  // namespace holdfast::cluster
