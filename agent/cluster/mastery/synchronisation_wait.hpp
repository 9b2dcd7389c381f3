// synchronisation_wait.hpp: the wait for other nodes at start, its end, its return when its condition holds no
// longer, and Supvisors' USER condition: a person names the Master by end_sync at any node that waits (contract
// supvisors.md 3.3, 5.4). The named node ends its own wait and begins a term; the others join it as they join every
// Master in sight. While somebody of its cluster does not take this node as a member it begins nothing of its own: what
// it would start runs there already. Which conditions hold is state_machine.hpp's to say, of the facts that this class
// counts. The only writer of this node's `synchronised` and of View::degraded. Owned by NodeParts.
#pragma once

#include <optional>
#include <string>

#include "cluster/codec/operation_result.hpp"
#include "cluster/input.hpp"
#include "cluster/mastery/state_machine.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class AskedOperations;
class Losses;
class MasterPlans;
class Mastery;
class Membership;
class Replication;
class RosterExchange;
class Seeds;

class SynchronisationWait {
 public:
  /// The other parts that it asks.
  struct Parts {
    Membership& membership;
    const RosterExchange& roster;
    const Seeds& seeds;
    const Losses& losses;
    const Replication& replication;
    Mastery& mastery;
    AskedOperations& requests;
    MasterPlans& plans;
  };

  SynchronisationWait(Parts parts, Members& members, bool& degraded)
      : parts_(parts), members_(members), degraded_(degraded) {}
  void begin(Instant now) { started_ = now; }

  /// Ends the wait when a condition holds or a Master is at work.
  void end_if_over(StepContext& step);
  /// The failure re-check of contract 3.3 in all states from ELECTION on. The Master judges for those that follow it. A
  /// node that sees none judges for itself before it would claim the mastery; what ends is the Master's to stop, in
  /// order.
  void check(StepContext& step);
  /// For the USER condition.
  void somebody_was_lost(Instant now) { lost_somebody_ = now; }
  void master_in_sight() { named_master_ = false; }
  /// A person has named this node, and it is not Master yet.
  [[nodiscard]] bool named_master() const { return named_master_; }

  /// A person asks at this node; and the node that is named is told.
  void request(StepContext& step, const std::string& operation, const OperatorRequest& input);
  void become_named_master(StepContext& step, const OperatorForward& request);

 private:
  void end(StepContext& step, const std::string& why);
  void begin_again(StepContext& step, const std::string& why);
  [[nodiscard]] SynchronisationFacts facts(const StepContext& step) const;
  [[nodiscard]] SynchronisationFacts facts_of_the_living(const StepContext& step) const;
  [[nodiscard]] std::optional<OperationResult> objection(const StepContext& step) const;
  [[nodiscard]] std::optional<std::string> who_objects(const StepContext& step) const;
  void tell_who_objects(StepContext& step, const std::optional<std::string>& who);

  Parts parts_;
  Members& members_;
  bool& degraded_;
  Instant started_{};
  bool named_master_ = false;
  std::optional<std::string> objecting_;  // as it was told last
  std::optional<Instant> lost_somebody_;  // and the USER condition has not been judged by that yet
};

}  // namespace holdfast::cluster
