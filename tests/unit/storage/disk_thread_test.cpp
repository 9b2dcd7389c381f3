#include "storage/disk_thread.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <future>
#include <vector>

#include "base/clock.hpp"

namespace holdfast::storage {
namespace {

constexpr DiskQueueLimits kSmall{4, 100, 3};

/// Waits for the loop's descriptor as the loop would, then drains.
std::size_t wait_and_drain(DiskThread& disk) {
  pollfd ready{disk.result_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&ready, 1, 60'000), 1);
  return disk.drain(100);
}

/// Holds the disk thread until released.
class Plug {
 public:
  explicit Plug(DiskThread& disk) {
    std::promise<void> entered;
    auto inside = entered.get_future();
    posted_ = disk.post(
        [&entered, this] {
          entered.set_value();
          release_.get_future().wait();
        },
        0);
    inside.wait();
  }
  void pull() { release_.set_value(); }
  bool posted_ = false;

 private:
  std::promise<void> release_;
};

TEST(DiskThread, RunsJobsInOrderAndFinishesThemAtStop) {
  std::vector<int> order;
  DiskThread disk(default_disk_queue_limits());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(disk.post([&order, i] { order.push_back(i); }, 0));
  }
  disk.stop();
  ASSERT_EQ(order.size(), 1000U);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
  }
  EXPECT_FALSE(disk.post([] {}, 0));
  EXPECT_EQ(disk.counters().jobs_refused, 1U);
  EXPECT_EQ(disk.counters().jobs_run, 1000U);
}

TEST(DiskThread, RefusesBeyondItsLimitsAndCounts) {
  DiskThread disk(kSmall);
  Plug plug(disk);  // one of four
  EXPECT_TRUE(disk.post([] {}, 60));
  EXPECT_FALSE(disk.post([] {}, 41)) << "bytes";
  EXPECT_TRUE(disk.post([] {}, 40));
  EXPECT_TRUE(disk.post([] {}, 0));
  EXPECT_FALSE(disk.post([] {}, 0)) << "jobs";
  EXPECT_EQ(disk.counters().jobs_refused, 2U);
  plug.pull();
  disk.stop();
  EXPECT_EQ(disk.counters().jobs_run, 4U);
}

TEST(DiskThread, AnAcceptedQuestionIsAlwaysAnswered) {
  DiskThread disk(kSmall);
  int answers = 0;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(disk.ask([&answers]() -> DiskThread::Job { return [&answers] { ++answers; }; }, 0));
  }
  EXPECT_FALSE(disk.ask([]() -> DiskThread::Job { return {}; }, 0)) << "no room for a fourth answer";
  EXPECT_FALSE(disk.report([] {})) << "nor for an unasked one";
  EXPECT_EQ(disk.counters().results_refused, 1U);
  disk.stop();
  EXPECT_EQ(disk.drain(2), 2U);
  pollfd ready{disk.result_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&ready, 1, 0), 1) << "one is left";
  EXPECT_EQ(disk.drain(2), 1U);
  EXPECT_EQ(answers, 3);
  EXPECT_EQ(::poll(&ready, 1, 0), 0);
}

TEST(DiskThread, WatchesDescriptorsUntilUnwatched) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(::pipe(pipe_ends.data()), 0);
  const UniqueFd reader(pipe_ends[0]);
  const UniqueFd writer(pipe_ends[1]);
  std::string got;
  DiskThread disk(default_disk_queue_limits());
  ASSERT_TRUE(disk.post(
      [&] {
        EXPECT_TRUE(disk.watch(reader.get(), EPOLLIN, [&](std::uint32_t) {
          std::array<char, 16> buffer{};
          const ssize_t size = ::read(reader.get(), buffer.data(), buffer.size());
          got.append(buffer.data(), static_cast<std::size_t>(size));
          if (got.ends_with('.')) {
            disk.unwatch(reader.get());
            EXPECT_TRUE(disk.report([] {}));
          }
        }));
      },
      0));
  ASSERT_EQ(::write(writer.get(), "abc", 3), 3);
  ASSERT_EQ(::write(writer.get(), "d.", 2), 2);
  EXPECT_EQ(wait_and_drain(disk), 1U);
  ASSERT_EQ(::write(writer.get(), "unseen", 6), 6);
  disk.stop();
  EXPECT_EQ(got, "abcd.");
}

TEST(DiskThread, TimersFireInOrderOfDeadlineAndCanBeCancelled) {
  std::vector<int> order;
  DiskThread disk(default_disk_queue_limits());
  const Instant start = monotonic_now();
  ASSERT_TRUE(disk.post(
      [&] {
        disk.at(start + 30ms, [&] {
          order.push_back(2);
          EXPECT_TRUE(disk.report([] {}));
        });
        disk.at(start + 10ms, [&] { order.push_back(1); });
        const auto dropped = disk.at(start + 20ms, [&] { order.push_back(9); });
        disk.cancel(dropped);
      },
      0));
  wait_and_drain(disk);
  EXPECT_GE(monotonic_now() - start, 30ms);
  disk.stop();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(DiskThread, DoesNotWakeUpWhileIdle) {
  DiskThread disk(default_disk_queue_limits());
  ASSERT_TRUE(disk.ask([]() -> DiskThread::Job { return [] {}; }, 0));
  wait_and_drain(disk);
  const std::uint64_t before = disk.counters().wakeups;
  pollfd nothing{disk.result_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&nothing, 1, 300), 0);
  EXPECT_EQ(disk.counters().wakeups, before);
}

TEST(DiskThread, EndHooksRunLastRegisteredFirst) {
  std::vector<int> order;
  DiskThread disk(default_disk_queue_limits());
  disk.at_end([&] { order.push_back(1); });
  disk.at_end([&] { order.push_back(2); });
  ASSERT_TRUE(disk.post([&] { order.push_back(0); }, 0));
  disk.stop();
  EXPECT_EQ(order, (std::vector<int>{0, 2, 1}));
}

}  // namespace
}  // namespace holdfast::storage
