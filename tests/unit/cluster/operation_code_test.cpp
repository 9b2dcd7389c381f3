// How an operation ended: its numbers in frames, which an agent of another version reads, and what a client is
// answered.
#include "cluster/codec/operation_code.hpp"

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "base/enumeration.hpp"

namespace holdfast::cluster {
namespace {

TEST(OperationCode, NumbersAndNamesStayAsTheyAre) {
  const std::vector<std::tuple<int, OperationCode, std::string_view, std::optional<Fault>>> recorded{
      {0, {}, "SUCCESS", std::nullopt},
      {1, Fault::bad_supvisors_state, "BAD_SUPVISORS_STATE", Fault::bad_supvisors_state},
      {2, Fault::not_managed, "NOT_MANAGED", Fault::not_managed},
      {3, Fault::bad_name, "BAD_NAME", Fault::bad_name},
      {4, Fault::already_started, "ALREADY_STARTED", Fault::already_started},
      {5, Fault::not_running, "NOT_RUNNING", Fault::not_running},
      {6, Fault::abnormal_termination, "ABNORMAL_TERMINATION", Fault::abnormal_termination},
      {7, Fault::still_running, "STILL_RUNNING", Fault::still_running},
      {8, Fault::spawn_error, "SPAWN_ERROR", Fault::spawn_error},
      {9, Fault::failed, "FAILED", Fault::failed},
      {10, Obstacle::no_master, "NO_MASTER", Fault::bad_supvisors_state},
      {11, Obstacle::stale_term, "STALE_TERM", Fault::failed},
      {12, Obstacle::wrong_incarnation, "WRONG_INCARNATION", Fault::failed},
      {13, Obstacle::outcome_unknown, "UNKNOWN", Fault::failed},
      {14, Fault::disabled, "DISABLED", Fault::disabled},
      {15, Fault::not_applicable, "NOT_APPLICABLE", Fault::not_applicable},
      {16, Fault::incorrect_parameters, "INCORRECT_PARAMETERS", Fault::incorrect_parameters},
  };
  ASSERT_EQ(recorded.size(), kOperationCodes.size());
  for (const auto& [number, code, name, fault] : recorded) {
    EXPECT_EQ(code.number(), number) << name;
    EXPECT_EQ(OperationCode::from_number(code.number()), code) << name;
    EXPECT_EQ(name_of(code), name);
    EXPECT_EQ(code.fault(), fault) << name;
    EXPECT_EQ(code.done(), number == 0) << name;
  }
  EXPECT_FALSE(OperationCode::from_number(kOperationCodes.size()));
  EXPECT_FALSE(OperationCode::from_number(256)) << "no number is cut to a byte";
}

TEST(OperationCode, EveryObstacleHasANumberOfItsOwn) {
  for (const Obstacle obstacle : all_values<Obstacle>()) {
    EXPECT_EQ(name_of(OperationCode(obstacle)), name_of(obstacle));
  }
}

TEST(OperationCode, AFaultWithoutANumberIsFailed) {
  EXPECT_EQ(OperationCode(Fault::bad_signal), Fault::failed);
  EXPECT_EQ(OperationCode(Fault::shutdown_state), Fault::failed);
  EXPECT_EQ(OperationCode(Fault::success), Fault::failed) << "done is no fault";
}

}  // namespace
}  // namespace holdfast::cluster
