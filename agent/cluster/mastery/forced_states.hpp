// forced_states.hpp: states that are shown instead of the real ones (contract PRC-5): the Master's word, in its own
// table, and shown by every node that follows it. Decides nothing: the rules engine says which. With CopyTracker the
// only writer of ClusterView::applications. Owned by NodeParts; looked at last in each step.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class Replication;

class ForcedStates {
 public:
  /// The other parts that it asks.
  struct Parts {
    Replication& replication;
  };

  ForcedStates(Parts parts, rules::ClusterView& view) : parts_(parts), view_(view) {}

  /// The rules engine's word, on the Master.
  void execute(StepContext& step, const rules::ForcedState& forced);
  /// A new Master goes on showing what the one before it did, but for what runs after all: it was seen to start when
  /// nobody was Master.
  void begin_mastery(StepContext& step);
  /// A process has come or gone of which the Master may have spoken.
  void look_again() { shown_.reset(); }
  /// Cheap when nothing has changed. The table of a Master that is gone speaks until there is a next one.
  void refresh(StepContext& step);

 private:
  /// Between what was shown and what is now: for who follows the view change by change.
  void touch_differences(Instant now, const ForcedRows& before);

  Parts parts_;
  rules::ClusterView& view_;
  ForcedRows rows_;                                        // what is shown of the Master's
  std::optional<std::pair<NodeId, std::uint64_t>> shown_;  // whose, as of which revision of its table
  std::map<std::string, Instant> told_at_;                 // when each of them came here, by namespec
};

}  // namespace holdfast::cluster
