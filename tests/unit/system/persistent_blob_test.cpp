// Bytes that one agent leaves for the next, and the wake-up at a point of the wall clock.
#include "system/persistent_blob.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "system/event_loop.hpp"
#include "system/wall_timer.hpp"

namespace holdfast::system {
namespace {

TEST(PersistentBlob, TheNextAgentReadsWhatWasSavedLast) {
  auto first = PersistentBlob::create(10'000);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first.value().load().value(), "");
  ASSERT_TRUE(first.value().save("one").ok());
  ASSERT_TRUE(first.value().save(std::string(9'999, 'x')).ok());
  ASSERT_TRUE(first.value().save("three").ok());
  EXPECT_FALSE(first.value().save(std::string(10'001, 'x')).ok());
  auto next = PersistentBlob::adopt(UniqueFd(::dup(first.value().descriptor())), 10'000);
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next.value().load().value(), "three");
}

TEST(PersistentBlob, WhatIsNotItIsRefused) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_FALSE(PersistentBlob::adopt(UniqueFd(ends[0]), 10).ok());
  ::close(ends[1]);
  auto made = PersistentBlob::create(10);
  EXPECT_FALSE(PersistentBlob::adopt(UniqueFd(::dup(made.value().descriptor())), 11).ok()) << "another layout";
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
