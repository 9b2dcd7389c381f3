// command_executor.hpp: orders and requests about one process of this node: each is executed once, under a term that
// is not over, for this incarnation; a repeated one gets its last answer. The local supervisor does the work
// (Outcome::commands) and answers. Owned by NodeParts; AskedOperations hands it what this node asks of itself.
#pragma once

#include <string>

#include "cluster/codec/operation_result.hpp"
#include "cluster/input.hpp"
#include "cluster/operations/commands.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class AskedOperations;
class Mastery;
class Membership;

class CommandExecutor {
 public:
  /// The other parts that it asks.
  struct Parts {
    const Membership& membership;
    Mastery& mastery;
    AskedOperations& requests;
  };

  explicit CommandExecutor(Parts parts) : parts_(parts) {}

  /// From another node: who sends it must be who asks, and it may not have been under way for long.
  void receive(StepContext& step, const MemberView& from, const Command& command);
  /// Checks in this order: repeated, term, incarnation. Only then is the order executed, and remembered.
  void execute(StepContext& step, const Command& command);
  void done(StepContext& step, const LocalCommandDone& done);

 private:
  void refuse(StepContext& step, const Command& command, const OperationResult& why);
  void answer(StepContext& step, const std::string& operation, AnswerPhase phase, const OperationResult& result);

  Parts parts_;
  ReceivedOperations received_;
};

}  // namespace holdfast::cluster
