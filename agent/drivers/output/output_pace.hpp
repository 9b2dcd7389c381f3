// output_pace.hpp: when a program's output is looked at next, so that one that writes small pieces fast does not
// wake the disk thread for each of them (a wake-up costs more than a hundred bytes, on both sides of the pipe). It
// waits for readiness until small pieces come in quick succession; then it looks again after a rest, which it
// makes longer or shorter until a look finds a quarter to half of what the pipe holds. More than half is taken
// for a pipe that was full (a piece of 2,049 bytes takes a page of 4,096): a program that fills it faster than the
// shortest rest is not waited for. Pure: no clock, no descriptor. Owned by a stream's slot in ChildLogs; disk
// thread only.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/instant.hpp"
#include "base/limits.hpp"

namespace holdfast {

class OutputPace {
 public:
  /// `pipe_bytes`: what the pipe holds.
  explicit OutputPace(std::size_t pipe_bytes) : pipe_bytes_(pipe_bytes) {}
  void set_pipe_bytes(std::size_t pipe_bytes) { pipe_bytes_ = pipe_bytes; }
  /// After after(): the program writes small pieces fast, or has filled the pipe and may be waiting.
  [[nodiscard]] bool wants_larger_pipe(std::size_t bytes) const {
    return pipe_bytes_ < limits::log_fast_pipe_bytes && (rest_ > Duration::zero() || bytes > pipe_bytes_ / 2);
  }

  /// After `bytes` (0 or more) were taken at `now`: how long to rest before looking again; zero: wait for
  /// readiness.
  Duration after(Instant now, std::size_t bytes) {
    const bool quick = now - last_ <= limits::log_quick_within;
    const bool few = bytes < pipe_bytes_ / 4;
    last_ = now;
    if (bytes == 0) {
      rest_ = Duration::zero();
    } else if (rest_ == Duration::zero()) {
      rest_ = quick && few ? limits::log_rest_min : Duration::zero();
    } else if (few) {
      rest_ = std::min<Duration>(rest_ / 2 * 3, limits::log_rest_max);
    } else if (bytes > pipe_bytes_ / 2) {
      rest_ = rest_ > limits::log_rest_min ? std::max<Duration>(rest_ / 3 * 2, limits::log_rest_min) : Duration::zero();
    }
    return rest_;
  }

  /// When a rest from `now` ends: up to half of it earlier, at a moment at which those of other programs end too, so
  /// that one wake-up serves them all.
  static constexpr Instant end_of_rest(Instant now, Duration rest) {
    const auto step = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(rest.count()))) / 2;
    return Instant{(now + rest).ns / step * step};
  }

 private:
  std::size_t pipe_bytes_;
  Instant last_;
  Duration rest_{};
};

}  // namespace holdfast
