// clock.hpp: the two clocks of this machine. Called by adapters, composition roots and tests; never by a pure
// layer (config, supervision, cluster, rules), which is handed the time.
#pragma once

#include <time.h>

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

}  // namespace holdfast
