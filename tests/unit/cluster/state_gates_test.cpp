// Contract supvisors.md 5.2, 5.3: in which states of the cluster a method may be called, and what the Master carries
// out.
#include "cluster/operations/state_gates.hpp"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::cluster {
namespace {

/// The states of a set by their first letters, in the order of their codes; shutting_down is X.
std::string letters(StateSet set) {
  std::string found;
  for (int code = 0; code <= code_of(ClusterState::final_state); ++code) {
    if (set.contains(static_cast<ClusterState>(code))) {
      found += std::string("-SEDOCRXF")[static_cast<std::size_t>(code)];
    }
  }
  return found;
}

TEST(StateGates, ContractOfTheMethods) {
  EXPECT_EQ(letters(kAnyState), "-SEDOCRXF");
  EXPECT_EQ(letters(kStatesFromDistribution), "DOCRX");
  for (const Action action : {Action::start_process, Action::restart_process, Action::start_application,
                              Action::restart_application, Action::restart_sequence, Action::signal_process}) {
    EXPECT_EQ(letters(state_gates_of(action).request), "O") << name_of(action);
    EXPECT_EQ(letters(state_gates_of(action).plan), "O") << name_of(action);
  }
  for (const Action action : {Action::stop_process, Action::stop_application}) {
    EXPECT_EQ(letters(state_gates_of(action).request), "OC") << name_of(action);
    EXPECT_EQ(letters(state_gates_of(action).plan), "OC") << name_of(action);
  }
  EXPECT_EQ(letters(state_gates_of(Action::conciliate).request), "C");
  EXPECT_EQ(letters(state_gates_of(Action::conciliate).plan), "C");
}

TEST(StateGates, AClusterThatEndsIsNotEndedASecondTime) {
  for (const Action action : {Action::restart_cluster, Action::shutdown_cluster}) {
    EXPECT_EQ(letters(state_gates_of(action).request), "DOCRX") << name_of(action);
    EXPECT_EQ(letters(state_gates_of(action).plan), "DOC") << name_of(action);
  }
}

TEST(StateGates, WhatTheAskedNodeJudgesItselfPassesHere) {
  EXPECT_EQ(letters(state_gates_of(Action::end_sync).request), letters(kAnyState));
  EXPECT_EQ(letters(state_gates_of(Action::end_sync).plan), "S");
  EXPECT_EQ(letters(state_gates_of(Action::unfence).request), letters(kAnyState));
  EXPECT_EQ(letters(state_gates_of(Action::unfence).plan), letters(kAnyState));
}

TEST(StateGates, AClosedOneIsSaidInSupvisorsWords) {  // 5.1, code 101
  EXPECT_EQ(closed_gate_text(ClusterState::operation, {ClusterState::conciliation}),
            "invalid Supvisors state=OPERATION - state expected in ['CONCILIATION']");
  EXPECT_EQ(closed_gate_text(ClusterState::election, kStatesFromDistribution),
            "invalid Supvisors state=ELECTION - state expected in ['DISTRIBUTION', 'OPERATION', 'CONCILIATION', "
            "'RESTARTING', 'SHUTTING_DOWN']");
}

}  // namespace
}  // namespace holdfast::cluster
