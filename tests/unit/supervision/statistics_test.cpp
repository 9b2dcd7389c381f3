// Points out of readings, and which processes are read next (contract supvisors.md section 9, CFG-22 to CFG-24).
#include "supervision/statistics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "supervision/sampling_plan.hpp"

namespace holdfast::supervision {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Instant at(Duration since) {
  return Instant{} + 1000s + since;
}

HostUsage host(Duration when, std::uint64_t work, std::uint64_t idle) {
  HostUsage usage;
  usage.at = at(when);
  usage.cores = {{work, idle}, {0, idle}};
  usage.memory_percent = 42;
  return usage;
}

TEST(HostStatistics, OnePointWhenThePeriodIsOver) {
  HostStatistics statistics({{10s, 20s}, 200});
  EXPECT_THAT(statistics.add(host(0s, 0, 0)), IsEmpty());
  EXPECT_THAT(statistics.add(host(5s, 100, 100)), IsEmpty());
  EXPECT_EQ(statistics.last(10s), nullptr);
  const auto first = statistics.add(host(9950ms, 300, 700));  // the timer was early
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].span.period, 10s);
  EXPECT_EQ(first[0].span.begin_s, 0);
  EXPECT_DOUBLE_EQ(first[0].span.end_s, 9.95);
  EXPECT_THAT(first[0].cpu, ElementsAre(15, 30, 0));  // the mean first
  EXPECT_EQ(first[0].memory, 42);
  EXPECT_THAT(statistics.add(host(15s, 300, 700)), IsEmpty());
  const auto both = statistics.add(host(20s, 1300, 700));
  ASSERT_THAT(both, SizeIs(2));
  EXPECT_THAT(both[0].cpu, ElementsAre(50, 100, 0));
  EXPECT_EQ(both[1].span.period, 20s);
  EXPECT_DOUBLE_EQ(both[1].cpu[1], 65);
  EXPECT_EQ(statistics.last(20s)->span.end_s, 20);
  statistics.clear();
  EXPECT_EQ(statistics.last(20s), nullptr);
  EXPECT_THAT(statistics.add(host(30s, 0, 0)), IsEmpty());
}

TEST(HostStatistics, RatesInKilobits) {
  HostStatistics statistics({{10s}, 200});
  HostUsage usage = host(0s, 0, 0);
  usage.networks = {{"lo", 1000, 2000}, {"eth0", 500'000, 0}};
  usage.disks = {{"sda", 0, 0}};
  usage.mounts = {{"/", 33}};
  (void)statistics.add(usage);
  usage.at = at(10s);
  usage.networks = {{"lo", 1000 + 12'800, 2000 + 1280}, {"eth0", 400, 0}, {"eth1", 7, 7}};
  usage.disks = {{"sda", 128'000, 0}};
  const auto points = statistics.add(usage);
  ASSERT_THAT(points, SizeIs(1));
  ASSERT_THAT(points[0].networks, SizeIs(1));  // eth0 was counted anew, eth1 is new: no rate yet
  EXPECT_EQ(points[0].networks[0].name, "lo");
  EXPECT_DOUBLE_EQ(points[0].networks[0].in, 10);
  EXPECT_DOUBLE_EQ(points[0].networks[0].out, 1);
  EXPECT_DOUBLE_EQ(points[0].disks[0].in, 100);
  EXPECT_THAT(points[0].mounts, ElementsAre(testing::Pair("/", 33)));
}

TEST(HostStatistics, SeriesComeAndGoWithWhatTheyAreOf) {
  using Kind = HostStatistics::Kind;
  HostStatistics statistics({{1s}, 3});
  HostUsage usage;
  for (int i = 0; i <= 6; ++i) {
    usage.at = at(std::chrono::seconds(i));
    usage.networks = {{"lo", 1, 1}};
    if (i >= 4) {
      usage.networks.push_back({"veth", 1, 1});
    }
    (void)statistics.add(usage);
  }
  const auto* series = statistics.series(1s);
  EXPECT_THAT(series->at({Kind::network, "lo"}).points(), SizeIs(3));  // the depth
  EXPECT_THAT(series->at({Kind::network, "veth"}).points(), SizeIs(2));
  EXPECT_EQ(series->at({Kind::memory, ""}).points().front().at_s, 4);
  usage.at = at(7s);
  usage.networks.pop_back();
  (void)statistics.add(usage);
  EXPECT_FALSE(series->contains({Kind::network, "veth"}));
  EXPECT_EQ(statistics.series(2s), nullptr);
}

TEST(HostStatistics, ACoreThatIsSwitchedOffMakesNoNonsense) {
  HostStatistics statistics({{1s}, 10});
  (void)statistics.add(host(0s, 500, 500));
  HostUsage usage = host(1s, 600, 600);
  usage.cores.pop_back();
  EXPECT_THAT(statistics.add(usage)[0].cpu, IsEmpty());
}

ProcessUsage process(Duration when, double cpu_s) {
  return {at(when), cpu_s, 1.5};
}

TEST(ProcessStatistics, PercentOfOneCore) {
  ProcessStatistics statistics({{5s, 10s}, 200});
  EXPECT_THAT(statistics.add("web", 7, process(0s, 100)), IsEmpty());
  const auto first = statistics.add("web", 7, process(5s, 107.5));  // two threads
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_DOUBLE_EQ(first[0].cpu, 150);
  EXPECT_EQ(first[0].memory, 1.5);
  const auto second = statistics.add("web", 7, process(10s, 107));  // a descendant has gone its own way
  ASSERT_THAT(second, SizeIs(2));
  EXPECT_EQ(second[0].cpu, 0);
  EXPECT_DOUBLE_EQ(second[1].cpu, 70);
  EXPECT_THAT(statistics.points("web", 5s), SizeIs(2));
  EXPECT_THAT(statistics.points("web", 7s), IsEmpty());
  EXPECT_THAT(statistics.points("other", 5s), IsEmpty());
}

TEST(ProcessStatistics, ANewPidBeginsAnew) {
  ProcessStatistics statistics({{5s}, 200});
  (void)statistics.add("web", 7, process(0s, 100));
  (void)statistics.add("web", 7, process(5s, 101));
  EXPECT_THAT(statistics.add("web", 8, process(10s, 0.1)), IsEmpty());
  EXPECT_THAT(statistics.points("web", 5s), IsEmpty());
  EXPECT_THAT(statistics.last(5s), IsEmpty());
  const auto points = statistics.add("web", 8, process(15s, 0.6));
  EXPECT_EQ(points[0].span.begin_s, 0);
  EXPECT_DOUBLE_EQ(points[0].cpu, 10);
}

TEST(ProcessStatistics, Bounded) {
  ProcessStatistics statistics({{1s}, 10});
  for (int i = 0; i < 35; ++i) {
    (void)statistics.add("web", 7, process(std::chrono::seconds(i), i));
    (void)statistics.add("old", 9, process(std::chrono::seconds(i), i));
  }
  const auto points = statistics.points("web", 1s);
  ASSERT_THAT(points, SizeIs(10));
  EXPECT_EQ(points.front().at_s, 25);
  EXPECT_EQ(points.back().at_s, 34);
  statistics.keep_only({"any", "web"});
  EXPECT_THAT(statistics.last(1s), SizeIs(1));
  EXPECT_THAT(statistics.points("old", 1s), IsEmpty());
}

// ---- whose turn it is
// -------------------------------------------------------------------------------------------------------

std::vector<std::uint64_t> turn(SamplingPlan& plan, Duration when, const std::vector<std::uint64_t>& ids,
                                std::optional<std::size_t> most, std::size_t texts = 2) {
  std::vector<std::uint64_t> read;
  for (const std::size_t index : plan.begin_turn(at(when), ids, 5s, most)) {
    if (plan.may_go_on()) {
      read.push_back(ids[index]);
      plan.begun(ids[index]);
      plan.spent(texts);
    }
  }
  return read;
}

TEST(SamplingPlan, OldestFirstAndNotBeforeThePeriod) {
  SamplingPlan plan;
  EXPECT_THAT(turn(plan, 0s, {1, 2, 3}, 4), ElementsAre(1, 2));
  EXPECT_THAT(turn(plan, 1s, {1, 2, 3}, 4), ElementsAre(3));  // the others were read a second ago
  EXPECT_THAT(turn(plan, 4950ms, {1, 2, 3}, 4), ElementsAre(1, 2));
  EXPECT_THAT(turn(plan, 20s, {1, 2, 3}, std::nullopt), ElementsAre(3, 1, 2));
  EXPECT_THAT(turn(plan, 25s, {2, 4}, 2), ElementsAre(4));  // new ones first
  EXPECT_THAT(turn(plan, 26s, {1, 2, 4}, std::nullopt), ElementsAre(1, 2));
}

TEST(SamplingPlan, LargeFamiliesEndATurn) {
  SamplingPlan plan;
  EXPECT_THAT(turn(plan, 0s, {1, 2, 3, 4}, 100, 60), ElementsAre(1, 2));
  EXPECT_THAT(turn(plan, 5s, {1, 2, 3, 4}, 100, 60), ElementsAre(3, 4));
}

TEST(SamplingPlan, WhatRunsNoMoreIsForgotten) {
  SamplingPlan plan;
  for (std::uint64_t id = 10; id < 500; ++id) {  // a new process each time
    EXPECT_THAT(turn(plan, std::chrono::seconds(5 * id), {1, id}, std::nullopt), SizeIs(2)) << id;
  }
}

}  // namespace
}  // namespace holdfast::supervision
