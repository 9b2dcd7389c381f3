// clock.hpp: the two clocks of this machine. Called by adapters, composition roots and tests; never by a pure
// layer (config, supervision, cluster, rules), which is handed the time.
#pragma once

#include <time.h>

#include <cstdint>
#include <ctime>

#include "base/instant.hpp"

namespace holdfast {

inline Instant monotonic_now() {
  timespec ts{};
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return Instant{std::int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec};
}

inline WallTime wall_now() {
  timespec ts{};
  clock_gettime(CLOCK_REALTIME, &ts);
  return WallTime{std::int64_t{ts.tv_sec} * 1'000'000 + ts.tv_nsec / 1000};
}

/// Seconds east of UTC at that Unix time.
inline std::int64_t local_utc_offset_s(std::int64_t unix_seconds) {
  const std::time_t at = unix_seconds;
  std::tm local{};
  return ::localtime_r(&at, &local) == nullptr ? 0 : local.tm_gmtoff;
}

}  // namespace holdfast
