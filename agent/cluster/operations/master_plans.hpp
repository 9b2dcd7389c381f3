// master_plans.hpp: requests that one node plans for all: those to this node as Master, and the two that any node may
// be asked (end_sync, unfence). Each is taken once; a repeated one gets its last answer. The rules engine plans; this
// class opens its gates (contract supvisors.md 5) and remembers what became of each. Owned by NodeParts.
#pragma once

#include <string>

#include "cluster/codec/operation_result.hpp"
#include "cluster/operations/commands.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class AskedOperations;
class Fencing;
class Mastery;
class RulesDriver;
class SynchronisationWait;

class MasterPlans {
 public:
  /// The other parts that it asks.
  struct Parts {
    Mastery& mastery;
    SynchronisationWait& synchronisation;
    RulesDriver& rules;
    Fencing& fencing;
    AskedOperations& requests;
  };

  explicit MasterPlans(Parts parts) : parts_(parts) {}

  void receive(StepContext& step, const MemberView& from, const OperatorForward& request);
  void take(StepContext& step, const OperatorForward& request);
  /// Recorded, and told who asked: this node's own ledger, or another node.
  void answer(StepContext& step, const std::string& operation, AnswerPhase phase, const OperationResult& result);

  /// Whose answers go to `origin`; `add_done`: answered for good already.
  void add(const std::string& operation, NodeId origin) {
    received_.add(operation, {origin, AnswerPhase::accepted, OperationCode(), {}});
  }
  void add_done(const std::string& operation, NodeId origin) {
    received_.add(operation, {origin, AnswerPhase::completed, OperationCode(), {}});
  }
  /// A request or report comes from who sent it, and for the first time; a repeated one gets its last answer.
  bool is_new(StepContext& step, const MemberView& sender, const std::string& operation, NodeId origin);
  /// This node is the Master that was asked, under its own term; answers if not.
  bool may_plan(StepContext& step, const std::string& operation, NodeId origin, Term term);

 private:
  void plan(StepContext& step, const OperatorForward& request);
  void plan_allowed(StepContext& step, const OperatorForward& request);

  Parts parts_;
  ReceivedOperations received_;
};

}  // namespace holdfast::cluster
