// line_buffer.hpp: the finished lines of the daemon's own log between those who say them and the disk thread, which
// writes them: one bounded block of memory that is never moved, so that a process that dies can still read it. Who says
// a line waits for a copy of one other line at most; a line that does not fit is refused whole and counted. It never
// looks into a line. Threading: add and unscheduled from any thread, take and written from one (MainLog's disk thread),
// drain_at_crash from a signal handler.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "storage/crash_outlet.hpp"

namespace holdfast::storage {

class LineBuffer {
 public:
  explicit LineBuffer(std::size_t bytes_max);

  enum class Added {
    waits,     // somebody is to take it already
    schedule,  // the caller is to see that take() is called, else unscheduled()
    refused,   // no room
  };
  /// Adds one line, given in parts.
  Added add(std::initializer_list<std::string_view> parts);
  /// Nobody could be told to take what is here: the next line asks again.
  void unscheduled();

  struct Taken {
    std::string_view lines;     // valid until the next take()
    std::uint64_t refused = 0;  // lines, since the last take()
  };
  Taken take();
  /// What was taken is with the kernel, or given up.
  void written() { in_flight_.store(false, std::memory_order_release); }
  /// Between take() and written().
  [[nodiscard]] bool in_flight() const noexcept { return in_flight_.load(std::memory_order_acquire); }

  /// Gives what was added and not taken to `write` and forgets it. Without effect when another thread keeps the lock.
  template <typename Write>
  void drain_at_crash(Write write) noexcept {
    if (wait_at_crash([this] { return lock_.try_lock(); })) {
      write(std::string_view(filling_));
      filling_.clear();
      lock_.unlock();
    }
  }

 private:
  /// Held for a copy of one line, also by a signal handler that tries: therefore no mutex.
  class SpinLock {
   public:
    void lock() noexcept {
      while (!try_lock()) {
        ::sched_yield();
      }
    }
    bool try_lock() noexcept { return !flag_.test_and_set(std::memory_order_acquire); }
    void unlock() noexcept { flag_.clear(std::memory_order_release); }

   private:
    std::atomic_flag flag_ = ATOMIC_FLAG_INIT;
  };

  const std::size_t bytes_max_;
  SpinLock lock_;  // guards the next three
  std::string filling_;
  bool scheduled_ = false;
  std::uint64_t refused_ = 0;

  std::string writing_;  // the taking thread's
  std::atomic<bool> in_flight_{false};
};

}  // namespace holdfast::storage
