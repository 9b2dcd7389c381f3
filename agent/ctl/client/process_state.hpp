// process_state.hpp: the numbers of the process states that commands tell apart (contract supervisor.md 2.1), as a
// server sends them in `state` and `statecode`. Numbers only.
#pragma once

#include <cstdint>

namespace holdfast::ctl::process_state {

inline constexpr std::int64_t stopped = 0;
inline constexpr std::int64_t starting = 10;
inline constexpr std::int64_t running = 20;
inline constexpr std::int64_t backoff = 30;
inline constexpr std::int64_t exited = 100;
inline constexpr std::int64_t fatal = 200;
inline constexpr std::int64_t unknown = 1000;

/// Nothing runs, and nothing will by itself.
constexpr bool is_idle(std::int64_t state) {
  return state == stopped || state == exited || state == fatal || state == unknown;
}

}  // namespace holdfast::ctl::process_state
