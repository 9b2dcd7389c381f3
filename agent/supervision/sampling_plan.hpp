// sampling_plan.hpp: which processes are read next (contract supvisors.md section 9: oldest first, none earlier than a
// collecting period after its last time), and when a turn has read enough. Pure. Used by StatisticsCollector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/instant.hpp"

namespace holdfast::supervision {

class SamplingPlan {
 public:
  /// Which of the processes that run are due, as indexes of `ids` in the order of reading: those that were not read for
  /// a period, the one that has waited longest first. `most`: texts of /proc to be read in this turn; a process has two
  /// or more, and what is left over is the first in the next turn.
  [[nodiscard]] std::vector<std::size_t> begin_turn(Instant now, const std::vector<std::uint64_t>& ids, Duration period,
                                                    std::optional<std::size_t> most);
  /// Whether another process may be begun in this turn.
  [[nodiscard]] bool may_go_on() const { return !most_ || spent_ < *most_; }
  /// It is begun.
  void begun(std::uint64_t id) { read_at_[id] = now_; }
  void spent(std::size_t texts) { spent_ += texts; }

 private:
  Instant now_;
  std::unordered_map<std::uint64_t, Instant> read_at_;  // never iterated
  std::optional<std::size_t> most_;
  std::size_t spent_ = 0;
};

}  // namespace holdfast::supervision
