// counter_list.hpp: counters for people, each with what it counts, in the order in which they are shown. Vocabulary
// only.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace holdfast {

using CounterList = std::vector<std::pair<std::string, std::uint64_t>>;

/// Has counters that are shown with those of the cluster.
class CounterSource {
 public:
  virtual ~CounterSource() = default;
  [[nodiscard]] virtual CounterList counters() const = 0;
};

}  // namespace holdfast
