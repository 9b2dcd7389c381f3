// Bytes that one agent leaves for the next, and the wake-up at a point of the wall clock.
#include "system/kept_state.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "system/event_loop.hpp"
#include "system/wall_timer.hpp"

namespace holdfast::system {
namespace {

TEST(KeptState, TheNextAgentReadsWhatWasSavedLast) {
  auto first = KeptState::create(10'000);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first.value().load().value(), "");
  ASSERT_TRUE(first.value().save("one").ok());
  ASSERT_TRUE(first.value().save(std::string(9'999, 'x')).ok());
  ASSERT_TRUE(first.value().save("three").ok());
  EXPECT_FALSE(first.value().save(std::string(10'001, 'x')).ok());
  auto next = KeptState::adopt(UniqueFd(::dup(first.value().descriptor())), 10'000);
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next.value().load().value(), "three");
}

TEST(KeptState, WhatIsNotItIsRefused) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_FALSE(KeptState::adopt(UniqueFd(ends[0]), 10).ok());
  ::close(ends[1]);
  auto made = KeptState::create(10);
  EXPECT_FALSE(KeptState::adopt(UniqueFd(::dup(made.value().descriptor())), 11).ok()) << "another layout";
}

TEST(WallTimer, WakesOnceAtItsTime) {
  EventLoop loop;
  WallTimer timer(loop);
  int woken = 0;
  const WallTime at{wall_now().us + 30'000};
  timer.set(WallTime{at.us - 10'000}, [&] { woken += 100; });
  timer.set(at, [&] {
    ++woken;
    EXPECT_GE(wall_now().us, at.us);
    loop.stop();
  });
  EXPECT_TRUE(timer.armed());
  loop.run();
  EXPECT_EQ(woken, 1);
  EXPECT_FALSE(timer.armed());
}

}  // namespace
}  // namespace holdfast::system
