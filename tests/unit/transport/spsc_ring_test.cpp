#include "transport/spsc_ring.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace holdfast::transport {
namespace {

TEST(SpscRing, IsBoundedAndKeepsOrder) {
  SpscRing<int> ring(4);
  int value = -1;
  EXPECT_TRUE(ring.empty());
  EXPECT_FALSE(ring.pop(value));
  EXPECT_EQ(value, -1);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) {
      EXPECT_TRUE(ring.push(round * 10 + i));
    }
    EXPECT_FALSE(ring.push(99));
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(ring.pop(value));
      EXPECT_EQ(value, round * 10 + i);
    }
    EXPECT_TRUE(ring.empty());
  }
}

TEST(SpscRing, AFullRingLeavesTheValueAndAPoppedSlotHoldsNothing) {
  SpscRing<std::shared_ptr<int>> ring(1);
  auto first = std::make_shared<int>(1);
  auto second = std::make_shared<int>(2);
  EXPECT_TRUE(ring.push(std::shared_ptr<int>(first)));
  EXPECT_FALSE(ring.push(std::move(second)));
  EXPECT_NE(second, nullptr);
  std::shared_ptr<int> popped;
  EXPECT_TRUE(ring.pop(popped));
  popped.reset();
  EXPECT_EQ(first.use_count(), 1);
}

TEST(SpscRing, TwoThreadsLoseNothing) {
  constexpr int kCount = 200'000;
  SpscRing<std::unique_ptr<int>> ring(64);
  std::thread producer([&ring] {
    for (int i = 0; i < kCount; ++i) {
      auto value = std::make_unique<int>(i);
      while (!ring.push(std::move(value))) {
        std::this_thread::yield();
      }
    }
  });
  std::unique_ptr<int> value;
  bool in_order = true;
  for (int i = 0; i < kCount; ++i) {
    while (!ring.pop(value)) {
      std::this_thread::yield();
    }
    in_order = in_order && *value == i;
  }
  producer.join();
  EXPECT_TRUE(in_order);
  EXPECT_TRUE(ring.empty());
}

}  // namespace
}  // namespace holdfast::transport
