// ticks.hpp: when TICK_5, TICK_60 and TICK_3600 are due (contract supervisor.md 5.3): at the wall clock's
// multiples of the period, once for each slice that is seen to begin, never for the slice in which the daemon
// starts. Pure; it is handed the wall clock. Used by ListenerPools.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "supervision/event.hpp"

namespace holdfast::supervision {

inline constexpr std::array<std::pair<EventType, std::int64_t>, 3> kTicks{
    {{EventType::tick_5, 5}, {EventType::tick_60, 60}, {EventType::tick_3600, 3600}}};

class Ticks {
 public:
  /// The begins of the slices that were seen last, in seconds, in the order of kTicks; 0 = none yet.
  using Slices = std::array<std::int64_t, kTicks.size()>;

  /// What has become due: the type and the `when` of its payload. The first call only remembers the slices.
  std::vector<std::pair<EventType, std::int64_t>> advance(WallTime now);

  /// When the next slice of one of `types` begins; nullopt: nobody wants any.
  template <typename Wanted>
  [[nodiscard]] static std::optional<WallTime> next(WallTime now, const Wanted& wanted) {
    std::optional<WallTime> due;
    for (const auto& [type, period] : kTicks) {
      if (wanted(type)) {
        const auto at = WallTime::from_seconds((now.seconds() / period + 1) * period);
        due = due ? std::min(*due, at) : at;
      }
    }
    return due;
  }

  [[nodiscard]] const Slices& slices() const { return slices_; }
  void restore(const Slices& slices) { slices_ = slices; }

 private:
  Slices slices_{};
};

}  // namespace holdfast::supervision
