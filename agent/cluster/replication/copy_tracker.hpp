// copy_tracker.hpp: keeps the rules engine's view of all copies in step with the members' tables, and says which
// copies have changed: to the rules engine on the Master, and to Losses, which processes run again. Copies of a node
// that is not RUNNING count when it becomes so (contract PRC-6). With ForcedStates the only writer of
// ClusterView::applications; the single changes are rules_view.hpp's. Owned by NodeParts; told by Replication,
// Membership and Losses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/per_member.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class ForcedStates;
class Losses;
class RulesDriver;

class CopyTracker {
 public:
  /// The other parts that it asks.
  struct Parts {
    Losses& losses;
    RulesDriver& rules;
    ForcedStates& forced;
  };

  CopyTracker(Parts parts, rules::ClusterView& view) : parts_(parts), view_(view) {}
  void begin_step() { view_.touched.clear(); }

  /// These rows of its table have changed.
  void rows_touched(StepContext& step, const MemberView& member, const std::vector<std::string>& touched);
  /// It counts from now on, with all its rows.
  void show_all(StepContext& step, const MemberView& member);
  /// The copy's state becomes `state`, with its node.
  void end(const StepContext& step, const MemberView& member, const ProcessId& id, ProcessState state);
  /// What its node does not define any more.
  void remove_undefined(const MemberView& member);
  /// My clock minus its clock.
  void set_clock_offset(const MemberView& member, std::int64_t offset_ms) {
    records_[member].clock_offset_ms = offset_ms;
  }

  /// The change of its table up to which its copies are shown: what a loss is known "as of".
  struct Shown {
    std::uint64_t incarnation = 0;
    std::uint64_t seq = 0;
  };
  [[nodiscard]] Shown shown_of(const MemberView& member) const { return records_[member].shown; }

 private:
  struct Record {
    Shown shown;
    std::int64_t clock_offset_ms = 0;
  };

  Parts parts_;
  rules::ClusterView& view_;
  PerMember<Record> records_;
  std::uint64_t change_ = 0;  // counts the changes of copies
};

}  // namespace holdfast::cluster
