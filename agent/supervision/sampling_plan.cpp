#include "supervision/sampling_plan.hpp"

#include <algorithm>
#include <utility>

namespace holdfast::supervision {
namespace {

constexpr Duration kTimerEarly = 100ms;    // a timer is not exact
constexpr std::size_t kTextsOfOne = 2;     // at least
constexpr std::size_t kForgottenMax = 64;  // processes that run no more, beyond as many as do

}  // namespace

std::vector<std::size_t> SamplingPlan::begin_turn(Instant now, const std::vector<std::uint64_t>& ids, Duration period,
                                                  std::optional<std::size_t> most) {
  now_ = now;
  most_ = most;
  spent_ = 0;
  if (read_at_.size() > 2 * ids.size() + kForgottenMax) {
    read_at_.clear();  // most of them are gone; the others have their turn a little early
  }
  std::vector<std::pair<Instant, std::size_t>> due;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto known = read_at_.find(ids[i]);
    if (known == read_at_.end()) {
      due.emplace_back(Instant{}, i);
    } else if (now - known->second + kTimerEarly >= period) {
      due.emplace_back(known->second, i);
    }
  }
  const std::size_t count = most ? std::min(due.size(), *most / kTextsOfOne) : due.size();
  std::partial_sort(due.begin(), due.begin() + static_cast<std::ptrdiff_t>(count), due.end());
  std::vector<std::size_t> order;
  order.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    order.push_back(due[i].second);
  }
  return order;
}

}  // namespace holdfast::supervision
