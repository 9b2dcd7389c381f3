// fence_fact.hpp: which nodes are fenced: out of the cluster until a person lets them in again (contract supvisors.md
// 3.7, docs/decisions/0016). The whole list is one value with one number, so that of two lists one is newer; every
// node carries the newest that it knows in its own table. Plain values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/limits.hpp"
#include "cluster/codec/term.hpp"

namespace holdfast::cluster {

struct FenceFact {
  std::string identifier;  // of the fenced node
  std::string by;          // nick of the Master that did it
  std::int64_t at_us = 0;  // wall clock of that Master
  std::string reason;
  friend bool operator==(const FenceFact&, const FenceFact&) = default;
};

struct FenceList {
  Term term;                   // of the Master that wrote it
  std::uint64_t revision = 0;  // within that term; term and revision zero: nobody has fenced anybody yet
  std::vector<FenceFact> fences;

  [[nodiscard]] bool newer_than(const FenceList& other) const {
    return std::tie(other.term, other.revision) < std::tie(term, revision);
  }
  [[nodiscard]] const FenceFact* find(std::string_view identifier) const {
    const auto found = std::ranges::find(fences, identifier, &FenceFact::identifier);
    return found == fences.end() ? nullptr : &*found;
  }
  friend bool operator==(const FenceList&, const FenceList&) = default;
};

}  // namespace holdfast::cluster
