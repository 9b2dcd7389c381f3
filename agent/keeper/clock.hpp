// clock.hpp: the clocks of the keeper, as nanoseconds. Deadlines are CLOCK_MONOTONIC. Called everywhere in this folder.
#pragma once

#include <time.h>

#include <cstdint>

namespace holdfast::keeper {

inline std::int64_t nanoseconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline std::int64_t monotonic_now() {
  return nanoseconds_of(CLOCK_MONOTONIC);
}

/// Of a deadline: there is none.
inline constexpr std::int64_t never = INT64_MAX;

}  // namespace holdfast::keeper
