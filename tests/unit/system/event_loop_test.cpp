#include "system/event_loop.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace holdfast::system {
namespace {

TEST(EventLoop, DeadlinesRunInTheOrderOfTheirTimesAndTheLoopThenEnds) {
  EventLoop loop;
  Deadline late(loop);
  Deadline soon(loop);
  std::string order;
  const Instant now = monotonic_now();
  late.set(now + 20ms, [&] { order += "late "; });
  soon.set(now - 5ms, [&] { order += "soon "; });
  EXPECT_EQ(order, "") << "never from inside set()";
  loop.run();
  EXPECT_EQ(order, "soon late ");
  EXPECT_GE(monotonic_now(), now + 20ms);
  EXPECT_FALSE(late.armed());
  EXPECT_GE(loop.take_worst_lag(), 5ms);
  EXPECT_EQ(loop.take_worst_lag(), 0ms);
}

TEST(EventLoop, AReplacedOrCancelledOrDestroyedDeadlineNeverRuns) {
  EventLoop loop;
  std::string order;
  Deadline replaced(loop);
  Deadline cancelled(loop);
  auto destroyed = std::make_unique<Deadline>(loop);
  Deadline first(loop);
  const Instant past = monotonic_now() - 1ms;
  replaced.set(past, [&] { order += "old "; });
  replaced.set(past, [&] { order += "new "; });
  // All three are due in the same turn: the first takes back what is already queued to run.
  first.set(past - 1ms, [&] {
    cancelled.cancel();
    destroyed.reset();
  });
  cancelled.set(past, [&] { order += "cancelled "; });
  destroyed->set(past, [&] { order += "destroyed "; });
  loop.run();
  EXPECT_EQ(order, "new ");
}

TEST(EventLoop, AProbeFromAnotherThreadShowsThatItTurns) {
  EventLoop loop;
  const Instant before = monotonic_now();
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) {
      loop.probe();
    }
  });
  other.join();
  EXPECT_LT(loop.last_turn(), monotonic_now());
  loop.run();
  EXPECT_GE(loop.last_turn(), before);
  EXPECT_GT(loop.lag(), 0ms);
}

}  // namespace
}  // namespace holdfast::system
