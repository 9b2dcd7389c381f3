// The states of the cluster and the conditions of the wait for other nodes.
#include "cluster/mastery/state_machine.hpp"

#include <gtest/gtest.h>

namespace holdfast::cluster {
namespace {

Synchronisation wait_for(bool strict, bool list, bool core, bool majority, std::optional<Duration> timeout) {
  Synchronisation wanted;
  wanted.strict = strict;
  wanted.list = list;
  wanted.core = core;
  wanted.majority = majority;
  wanted.timeout = timeout;
  return wanted;
}

TEST(Synchronisation, EachConditionEndsTheWaitTheMomentItIsTrue) {
  SynchronisationFacts facts{3, 3, 1, 1, 0s};
  EXPECT_TRUE(synchronisation_ended(wait_for(true, false, false, false, {}), facts));
  EXPECT_TRUE(synchronisation_ended(wait_for(false, true, false, false, {}), facts));
  EXPECT_TRUE(synchronisation_ended(wait_for(false, false, true, false, {}), facts)) << "no hold of 15 s";
  Synchronisation held = wait_for(false, false, true, false, {});
  held.core_hold = 15s;  // as Supvisors
  EXPECT_FALSE(synchronisation_ended(held, facts));
  facts.waited = 15s;
  EXPECT_TRUE(synchronisation_ended(held, facts));
  facts.waited = 0s;
  facts.present = 2;
  facts.core_present = 0;
  EXPECT_FALSE(synchronisation_ended(wait_for(true, true, true, false, {}), facts));
  EXPECT_TRUE(synchronisation_ended(wait_for(false, false, false, true, {}), facts));
  EXPECT_TRUE(is_degraded(wait_for(true, false, false, false, {}), facts));
  EXPECT_FALSE(is_degraded(wait_for(false, false, false, true, {}), facts));
  facts.waited = 15s;
  EXPECT_TRUE(synchronisation_ended(wait_for(true, false, false, false, 15s), facts));
  EXPECT_FALSE(synchronisation_ended(wait_for(true, false, false, false, 16s), facts));
}

TEST(SynchronisationFailed, TheFirstThatIsSelectedDecides) {  // USER, CORE, STRICT, LIST
  SynchronisationFacts facts;
  facts.listed = 3;
  facts.present = 2;
  facts.core_listed = 1;
  facts.core_present = 1;
  Synchronisation wanted;
  wanted.strict = true;
  EXPECT_TRUE(synchronisation_failed(wanted, facts, false));
  wanted.core = true;
  EXPECT_FALSE(synchronisation_failed(wanted, facts, true)) << "CORE comes before STRICT";
  facts.core_present = 0;
  EXPECT_TRUE(synchronisation_failed(wanted, facts, false));
  wanted.user = true;
  EXPECT_FALSE(synchronisation_failed(wanted, facts, false)) << "USER comes first";
  EXPECT_TRUE(synchronisation_failed(wanted, facts, true));
  Synchronisation none;
  none.timeout = 15s;
  EXPECT_FALSE(synchronisation_failed(none, facts, true));
}

TEST(ClusterState, TheTransitionsThatSupvisorsRejectsAreAllowed) {
  EXPECT_TRUE(transition_allowed(ClusterState::conciliation, ClusterState::election));         // FSM-B1
  EXPECT_TRUE(transition_allowed(ClusterState::distribution, ClusterState::synchronization));  // FSM-B2
  EXPECT_FALSE(transition_allowed(ClusterState::restarting, ClusterState::operation));
  EXPECT_FALSE(transition_allowed(ClusterState::final_state, ClusterState::operation));
}

}  // namespace
}  // namespace holdfast::cluster
