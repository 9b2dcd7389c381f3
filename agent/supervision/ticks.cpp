#include "supervision/ticks.hpp"

namespace holdfast::supervision {

std::vector<std::pair<EventType, std::int64_t>> Ticks::advance(WallTime now) {
  std::vector<std::pair<EventType, std::int64_t>> due;
  for (std::size_t i = 0; i < kTicks.size(); ++i) {
    const auto& [type, period] = kTicks[i];
    const std::int64_t slice = now.seconds() / period * period;
    if (slices_[i] != 0 && slices_[i] != slice) {
      due.emplace_back(type, slice);
    }
    slices_[i] = slice;
  }
  return due;
}

}  // namespace holdfast::supervision
