// wall_timer.hpp: one wake-up at a point of the wall clock, or earlier when that clock is set. For what must
// happen at certain times of the day; deadlines use event_loop.hpp's Deadline. Loop thread only.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>

#include "base/instant.hpp"
#include "system/event_loop.hpp"

namespace holdfast::system {

class WallTimer {
 public:
  explicit WallTimer(EventLoop& loop);
  ~WallTimer();
  WallTimer(const WallTimer&) = delete;
  WallTimer& operator=(const WallTimer&) = delete;

  /// Runs `work` once, at `at` or when the clock jumps; setting it again replaces it.
  void set(WallTime at, std::function<void()> work);
  void cancel();
  [[nodiscard]] bool armed() const { return static_cast<bool>(work_); }
  [[nodiscard]] WallTime at() const { return at_; }

 private:
  void wait();

  boost::asio::posix::stream_descriptor timer_;
  WallTime at_{};
  std::function<void()> work_;
  bool waiting_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace holdfast::system
