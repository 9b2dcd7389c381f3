// The ledgers behind "executed once per operation", and the check of terms.
#include "cluster/operations/commands.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace holdfast::cluster {
namespace {

TEST(TermCheck, SmallerOrEqualEpochOfAnotherIsStale) {
  const Term mine{5, 2};
  EXPECT_EQ(check_term({5, 2}, mine), TermCheck::current);
  EXPECT_EQ(check_term({6, 1}, mine), TermCheck::newer);
  EXPECT_EQ(check_term({4, 9}, mine), TermCheck::stale);
  EXPECT_EQ(check_term({5, 1}, mine), TermCheck::stale);
  EXPECT_EQ(check_term({5, 9}, mine), TermCheck::stale);
}

TEST(ReceivedOperations, IsBoundedAndForgetsTheOldest) {
  ReceivedOperations ledger;
  for (int i = 0; i < 5000; ++i) {
    ledger.add(std::string("op").append(std::to_string(i)), {});
  }
  EXPECT_EQ(ledger.find("op0"), nullptr);
  EXPECT_NE(ledger.find("op4999"), nullptr);
}

TEST(ReceivedOperations, AnOperationIsAnsweredForGoodOnce) {
  ReceivedOperations ledger;
  EXPECT_EQ(ledger.answer("op", AnswerPhase::completed, {}, ""), std::nullopt) << "it was never asked";
  ledger.add("op", {7, AnswerPhase::accepted, {}, {}});
  EXPECT_EQ(ledger.answer("op", AnswerPhase::accepted, {}, "begun"), 7U);
  EXPECT_EQ(ledger.answer("op", AnswerPhase::completed, {}, "done"), 7U);
  EXPECT_EQ(ledger.answer("op", AnswerPhase::refused, {}, "late"), std::nullopt);
  ASSERT_NE(ledger.find("op"), nullptr);
  EXPECT_EQ(ledger.find("op")->text, "done");
}

TEST(Accepted, OrdersAreBoundedAndOfTheirTarget) {
  AcceptedOrders orders;
  orders.add("a", 7, 1);
  EXPECT_EQ(orders.take("a", 8), 0U);
  EXPECT_EQ(orders.take("a", 7), 1U);
  EXPECT_EQ(orders.take("a", 7), 0U);
  for (std::size_t i = 0; i <= limits::cluster_executed_max; ++i) {
    orders.add(std::to_string(i), 7, i + 1);
  }
  EXPECT_EQ(orders.take("0", 7), 0U) << "the oldest is forgotten";
  EXPECT_EQ(orders.take("1", 7), 2U);
}

}  // namespace
}  // namespace holdfast::cluster
