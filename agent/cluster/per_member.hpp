// per_member.hpp: what one part of a Node keeps of each member beside the view: found by the member's slot, which
// Members gives once and never changes, so that nothing moves when the list grows. A record that was never written
// reads as a new one. Each part has its own; nobody else sees it.
#pragma once

#include <cstddef>
#include <deque>

#include "cluster/view.hpp"

namespace holdfast::cluster {

template <typename Record>
class PerMember {
 public:
  Record& operator[](const MemberView& member) {
    while (records_.size() <= member.slot) {
      records_.emplace_back();
    }
    return records_[member.slot];
  }
  const Record& operator[](const MemberView& member) const {
    static const Record kNew{};
    return member.slot < records_.size() ? records_[member.slot] : kNew;
  }

 private:
  std::deque<Record> records_;  // by slot
};

}  // namespace holdfast::cluster
