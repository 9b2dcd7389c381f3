// instant.hpp: two kinds of time that do not convert into each other. Instant is a monotonic clock
// (deadlines, ages); WallTime is what people and the API see (start and stop stamps, log lines). Pure layers
// are handed both and read no clock themselves; only adapters and composition roots call the functions of
// clock.hpp.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace holdfast {

/// A span of time; integer nanoseconds. Use the std::chrono literals.
using Duration = std::chrono::nanoseconds;

using namespace std::chrono_literals;  // NOLINT: units of time read as in prose in every layer.

/// A point on one node's monotonic clock (CLOCK_MONOTONIC). Only its own node interprets it.
struct Instant {
  std::int64_t ns = 0;

  [[nodiscard]] constexpr std::int64_t ms() const { return ns / 1'000'000; }
  static constexpr Instant from_ms(std::int64_t ms) { return Instant{ms * 1'000'000}; }
  static constexpr Instant max() { return Instant{INT64_MAX}; }

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant at, Duration by) { return Instant{at.ns + by.count()}; }
  friend constexpr Instant operator-(Instant at, Duration by) { return Instant{at.ns - by.count()}; }
  friend constexpr Duration operator-(Instant a, Instant b) { return Duration{a.ns - b.ns}; }
};

/// A point on the wall clock: microseconds since 1970-01-01 UTC. May jump; never used for a deadline.
struct WallTime {
  std::int64_t us = 0;

  [[nodiscard]] constexpr std::int64_t seconds() const { return us / 1'000'000; }
  static constexpr WallTime from_seconds(std::int64_t s) { return WallTime{s * 1'000'000}; }

  friend constexpr auto operator<=>(WallTime, WallTime) = default;
};

}  // namespace holdfast
