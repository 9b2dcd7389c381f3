#include "transport/heartbeat_schedule.hpp"

#include <gtest/gtest.h>

namespace holdfast::transport {
namespace {

constexpr Instant kNow = Instant::from_ms(1'000'000);
constexpr Instant after(Duration time) {
  return kNow + time;
}

TEST(HeartbeatSchedule, ItIsDueEveryPeriod) {
  HeartbeatSchedule schedule;
  EXPECT_LE(schedule.next(), kNow) << "the first at once";
  EXPECT_TRUE(schedule.begin(kNow, kNow.ns));
  schedule.sent(kNow);
  EXPECT_EQ(schedule.next(), after(limits::gossip_heartbeat_period));
}

TEST(HeartbeatSchedule, SomethingNewIsSaidSooner) {
  HeartbeatSchedule schedule;
  (void)schedule.begin(kNow, kNow.ns);
  schedule.sent(kNow);
  schedule.hurry(0);
  EXPECT_EQ(schedule.next(), after(limits::gossip_welcome_period_min)) << "however few peers there are";
  (void)schedule.begin(kNow, kNow.ns);
  schedule.hurry(20);
  EXPECT_EQ(schedule.next(), after(20 * limits::gossip_at_once_per_peer));
  (void)schedule.begin(kNow, kNow.ns);
  schedule.hurry(10'000);
  EXPECT_EQ(schedule.next(), after(limits::gossip_heartbeat_period)) << "however many there are";
}

TEST(HeartbeatSchedule, HurryNeverPutsItOff) {
  HeartbeatSchedule schedule;
  (void)schedule.begin(kNow, kNow.ns);
  schedule.sent(kNow);
  schedule.hurry(2);
  const Instant soon = schedule.next();
  schedule.hurry(100);
  EXPECT_EQ(schedule.next(), soon);
}

TEST(HeartbeatSchedule, WithNothingToSayItRestsUntilThereIs) {
  HeartbeatSchedule schedule;
  schedule.pause();
  EXPECT_EQ(schedule.next(), Instant::max());
  schedule.hurry(1);
  EXPECT_LE(schedule.next(), kNow);
}

TEST(HeartbeatSchedule, ALoopThatHasStoppedTurningIsSilent) {
  HeartbeatSchedule schedule;
  EXPECT_FALSE(schedule.begin(kNow, INT64_MIN)) << "it has never turned";
  EXPECT_EQ(schedule.next(), after(limits::gossip_heartbeat_period)) << "it is looked at again";
  const Instant late = after(limits::gossip_loop_stall_max);
  EXPECT_TRUE(schedule.begin(late, kNow.ns));
  EXPECT_FALSE(schedule.begin(late + 1ms, kNow.ns));
  EXPECT_TRUE(schedule.begin(late + 2ms, late.ns)) << "it turns again";
}

}  // namespace
}  // namespace holdfast::transport
