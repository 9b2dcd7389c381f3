#include "system/event_loop.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "base/clock.hpp"

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

TEST(EventLoop, WorkThatAnotherThreadPostsRuns) {
  EventLoop loop;
  std::string ran;
  std::thread other([&] { loop.post([&] { ran = "posted"; }); });
  other.join();
  EXPECT_EQ(ran, "") << "on the loop only";
  loop.run();
  EXPECT_EQ(ran, "posted");
}

}  // namespace
}  // namespace holdfast::system
