// What a new Master may still have to move (DESIGN.md section 6, a node lost together with its Master).
#include "cluster/membership/loss_ledger.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "cluster/codec/message_codec.hpp"

namespace holdfast::cluster {
namespace {

using Ids = std::vector<ProcessId>;

constexpr Instant kNow = Instant::from_ms(1'000'000);
const ProcessId kWeb{"shop", "web"};
const ProcessId kMail{"shop", "mail"};

LossRecord loss(std::uint64_t seq, Ids processes, Instant at = kNow) {
  return {{7, 3}, seq, false, at, std::move(processes)};
}

Ids open_of(const LossLedger& ledger) {
  Ids all;
  for (const auto& one : ledger.records(kNow)) {
    all.insert(all.end(), one.processes.begin(), one.processes.end());
  }
  return all;
}

TEST(LossLedger, EachProcessOfALifeIsHandedOverOnce) {
  LossLedger ledger;
  EXPECT_TRUE(ledger.add(loss(10, {kWeb}), kNow));
  EXPECT_EQ(ledger.hand_over({7, 3}), Ids{kWeb});
  EXPECT_FALSE(ledger.add(loss(10, {kWeb}), kNow)) << "a second report of the same life";
  EXPECT_TRUE(ledger.hand_over({7, 3}).empty());
  EXPECT_EQ(open_of(ledger), Ids{kWeb}) << "still to be told to a Master that follows";
  ledger.forget_handed();
  EXPECT_EQ(ledger.hand_over({7, 3}), Ids{kWeb}) << "by a new Master";
}

TEST(LossLedger, WhoKnewTheLifeLongerKnowsBetter) {
  LossLedger ledger;
  ledger.add(loss(10, {kWeb}), kNow);
  EXPECT_FALSE(ledger.add(loss(9, {kMail}), kNow)) << "mail had been stopped by change 10";
  EXPECT_EQ(open_of(ledger), Ids{kWeb});
  EXPECT_TRUE(ledger.add(loss(11, {kMail}), kNow)) << "mail was started by change 11";
  EXPECT_EQ(open_of(ledger), (Ids{kMail, kWeb}));
}

TEST(LossLedger, WhatRunsAgainIsSettledForGood) {
  LossLedger ledger;
  ledger.add(loss(10, {kWeb, kMail}), kNow);
  ledger.runs(kWeb);
  EXPECT_EQ(open_of(ledger), Ids{kMail});
  EXPECT_FALSE(ledger.add(loss(12, {kWeb}), kNow)) << "a peer that has not seen it run";
  EXPECT_EQ(open_of(ledger), Ids{kMail});
}

TEST(LossLedger, APlannedStopOutweighsWhoMissedIt) {
  LossLedger ledger;
  ledger.add(loss(10, {kWeb}), kNow);
  ledger.add({{7, 3}, 10, true, kNow, {}}, kNow);
  EXPECT_TRUE(open_of(ledger).empty());
  EXPECT_FALSE(ledger.add(loss(11, {kWeb}), kNow));
  EXPECT_TRUE(ledger.records(kNow).front().planned) << "so that others learn it";
}

TEST(LossLedger, ALifeThatGoesOnIsWithdrawn) {
  LossLedger ledger;
  ledger.add(loss(10, {kWeb}), kNow);
  ledger.withdraw({7, 3});
  EXPECT_TRUE(ledger.records(kNow).empty());
}

TEST(LossLedger, IsForgottenWithAgeAndBounded) {
  LossLedger ledger;
  ledger.add(loss(10, {kWeb}), kNow);
  EXPECT_TRUE(ledger.records(kNow + limits::cluster_loss_age_max + 1ms).empty());
  for (std::uint64_t node = 1; node <= 2 * limits::cluster_losses_max; ++node) {
    ledger.add({{node, 1}, 1, false, kNow, {kWeb}}, kNow);
  }
  EXPECT_EQ(ledger.records(kNow).size(), limits::cluster_losses_max);
}

TEST(LossLedger, ALargeLifeIsReportedInBoundedParts) {
  Ids many;
  for (int i = 0; i < 3000; ++i) {
    many.push_back({"application-of-a-long-name", "process-" + std::to_string(10'000 + i)});
  }
  const LossRecord whole = loss(10, many, kNow - 1500ms);
  const auto reports = reports_of({whole, {{8, 1}, 2, true, kNow, {}}}, kNow);
  EXPECT_GT(reports.size(), 1U);
  LossLedger ledger;
  for (LossReport report : reports) {
    report.operation = "x";
    const auto back = decode_payload(FrameType::loss_report, encode_payload(report));
    ASSERT_TRUE(back.ok()) << back.error().message;
    EXPECT_LE(encode_payload(report).size(), limits::cluster_chunk_bytes + 4096);
    for (const ReportedLoss& loss : std::get<LossReport>(back.value()).losses) {
      ledger.add(record_of(loss, kNow), kNow);
    }
  }
  const auto told = ledger.records(kNow);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].processes, many);
  EXPECT_EQ(told[0].at, whole.at);
  EXPECT_TRUE(told[1].planned);
}

}  // namespace
}  // namespace holdfast::cluster
