// event_loop.hpp: the agent's one loop: it owns the io_context on which everything that decides runs,
// one-shot deadlines, and the measurement of its own lag. It wakes for nothing by itself: an idle agent
// sleeps. run() belongs to the main thread; post() and probe() may be called from any thread, all else only
// from the loop's.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "base/clock.hpp"
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

  /// Asks the loop to show that it turns; at most one question is under way. From any thread.
  void probe() {
    if (!probing_.exchange(true)) {
      post([this, asked = monotonic_now()] {
        probing_ = false;
        note_lag(monotonic_now() - asked);
      });
    }
  }

  /// When the loop was last seen to turn (a deadline or a probe ran). From any thread.
  [[nodiscard]] Instant last_turn() const { return Instant{last_turn_ns_.load(std::memory_order_relaxed)}; }
  /// How late the last deadline or probe ran, and the worst since take_worst_lag().
  [[nodiscard]] Duration lag() const { return Duration{lag_ns_.load(std::memory_order_relaxed)}; }
  Duration take_worst_lag() { return Duration{worst_lag_ns_.exchange(0, std::memory_order_relaxed)}; }

  void note_lag(Duration late) {
    const std::int64_t ns = late.count() > 0 ? late.count() : 0;
    last_turn_ns_.store(monotonic_now().ns, std::memory_order_relaxed);
    lag_ns_.store(ns, std::memory_order_relaxed);
    if (ns > worst_lag_ns_.load(std::memory_order_relaxed)) {
      worst_lag_ns_.store(ns, std::memory_order_relaxed);
    }
  }

 private:
  boost::asio::io_context context_{1};
  std::atomic<bool> probing_{false};
  std::atomic<std::int64_t> last_turn_ns_{monotonic_now().ns};
  std::atomic<std::int64_t> lag_ns_{0};
  std::atomic<std::int64_t> worst_lag_ns_{0};
};

/// One deadline at a time: setting it again replaces it, and a replaced or cancelled one never runs.
class Deadline {
 public:
  explicit Deadline(EventLoop& loop) : loop_(loop), timer_(loop.context()) {}
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
      loop_.note_lag(monotonic_now() - at_);
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
  EventLoop& loop_;
  boost::asio::steady_timer timer_;
  Instant at_;
  std::function<void()> work_;
  std::shared_ptr<std::uint64_t> turn_ = std::make_shared<std::uint64_t>(0);
  bool armed_ = false;
};

}  // namespace holdfast::system
