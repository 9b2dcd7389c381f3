// rules_driver.hpp: the rules engine that only the Master drives: events in, and what it decides is executed: orders
// become operations, decisions become history, forced states are shown. The only writer of the jobs and conflicts in
// the view. Owned by NodeParts; whoever sees something that matters to the rules tells it, Master or not.
#pragma once

#include <optional>
#include <string>

#include "cluster/step_context.hpp"
#include "rules/engine.hpp"

namespace holdfast::cluster {

class AskedOperations;
class ForcedStates;
class MasterPlans;
class Mastery;
class OperationIds;

class RulesDriver {
 public:
  /// The other parts that it asks.
  struct Parts {
    Mastery& mastery;
    ForcedStates& forced;
    OperationIds& ids;
    AskedOperations& requests;
    MasterPlans& plans;
  };

  RulesDriver(Parts parts, Members& members, RulesWorkView& shown, const NodeOptions& options);

  /// Nothing happens while this node is not Master.
  void tell(StepContext& step, const rules::Event& event);
  /// In each step: the engine's deadline, if it has passed.
  void drive(StepContext& step);
  /// These rules hold from now on; jobs in progress keep what they planned.
  void replace(StepContext& step, const rules::RuleSet& rules);
  void refresh_conflicts(StepContext& step);
  /// The Master stops every application in order; then all nodes end.
  void stop_everything(StepContext& step);

  [[nodiscard]] const rules::Engine& engine() const { return engine_; }
  [[nodiscard]] bool busy() const { return engine_.busy(); }
  [[nodiscard]] std::optional<Instant> next_deadline() const { return engine_.next_deadline(); }

 private:
  void execute(StepContext& step, const rules::Action& action);
  void execute(StepContext& step, const rules::Order& order);
  void execute(StepContext& step, const rules::Completed& completed);
  void show_jobs(StepContext& step);

  Parts parts_;
  Members& members_;
  RulesWorkView& shown_;
  rules::Engine engine_;
};

}  // namespace holdfast::cluster
