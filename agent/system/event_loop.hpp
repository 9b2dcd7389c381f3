// event_loop.hpp: the agent's one loop: it owns the io_context on which everything that decides runs, and one-shot
// deadlines. It wakes for nothing by itself: an idle agent sleeps. run() belongs to the main thread; post() may be
// called from any thread, all else only from the loop's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "base/instant.hpp"

namespace holdfast::system {

class EventLoop {
 public:
  [[nodiscard]] boost::asio::io_context& context() { return context_; }

  /// Turns until stop(), or until nothing is left to wait for.
  void run() { context_.run(); }
  void stop() { context_.stop(); }

  /// Runs `work` on the loop, later. From any thread.
  template <typename Work>
  void post(Work&& work) {
    boost::asio::post(context_, std::forward<Work>(work));
  }

 private:
  boost::asio::io_context context_{1};
};

/// One deadline at a time: setting it again replaces it, and a replaced or cancelled one never runs.
class Deadline {
 public:
  explicit Deadline(EventLoop& loop) : timer_(loop.context()) {}
  ~Deadline() { cancel(); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  [[nodiscard]] bool armed() const { return armed_; }
  [[nodiscard]] Instant at() const { return at_; }

  /// Runs `work` once at `at` (at once when that is past; never from inside set()).
  void set(Instant at, std::function<void()> work) {
    armed_ = true;
    at_ = at;
    work_ = std::move(work);
    timer_.expires_at(std::chrono::steady_clock::time_point(Duration{at.ns}));
    timer_.async_wait([this, turn = ++*turn_, current = turn_](const boost::system::error_code& error) {
      if (error || turn != *current) {  // replaced, cancelled, or the Deadline is gone: `this` is not touched
        return;
      }
      armed_ = false;
      const std::function<void()> due = std::move(work_);
      due();
    });
  }
  void cancel() {
    armed_ = false;
    ++*turn_;
    timer_.cancel();
  }

 private:
  boost::asio::steady_timer timer_;
  Instant at_;
  std::function<void()> work_;
  std::shared_ptr<std::uint64_t> turn_ = std::make_shared<std::uint64_t>(0);
  bool armed_ = false;
};

}  // namespace holdfast::system
