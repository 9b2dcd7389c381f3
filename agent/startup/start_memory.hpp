// start_memory.hpp: gives back the memory that only a start needs, twice: when the agent answers, and when no program
// has changed its state for a while. Made by the composition root; loop thread only.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "system/event_loop.hpp"
#include "system/start_pages.hpp"

namespace holdfast {

class StartMemory {
 public:
  explicit StartMemory(system::EventLoop& loop) : start_over_(loop) {}

  /// The agent answers.
  void ready() {
    system::release_start_pages();
    latest_ = monotonic_now() + limits::start_quiet_latest;
    wait(monotonic_now() + limits::start_quiet);
  }
  /// A program has changed its state.
  void on_change() { last_change_ = monotonic_now(); }

 private:
  void wait(Instant at) {
    start_over_.set(at, [this] {
      const Instant quiet_at = last_change_ + limits::start_quiet;
      if (const Instant now = monotonic_now(); now < quiet_at && now < latest_) {
        wait(quiet_at);
      } else {
        system::release_start_pages();
      }
    });
  }

  system::Deadline start_over_;
  Instant latest_;
  Instant last_change_;
};

}  // namespace holdfast
