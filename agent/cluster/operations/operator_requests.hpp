// operator_requests.hpp: where a request of a person or a program goes that arrives at this node (contract
// supvisors.md 5): to the node that is named, to the Master, or to who ends the wait or writes the fences; or why it
// goes nowhere. Keeps nothing: AskedOperations waits for the answers. Owned by NodeParts.
#pragma once

#include <string>

#include "cluster/input.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class AskedOperations;
class Fencing;
class OperationIds;
class SynchronisationWait;

class OperatorRequests {
 public:
  /// The other parts that it asks.
  struct Parts {
    SynchronisationWait& synchronisation;
    Fencing& fencing;
    OperationIds& ids;
    AskedOperations& requests;
  };

  explicit OperatorRequests(Parts parts) : parts_(parts) {}

  void take(StepContext& step, const OperatorRequest& input);

 private:
  void refuse(StepContext& step, const OperatorRequest& input, const std::string& operation, OperationCode code,
              const std::string& text);
  void request_of_node(StepContext& step, const std::string& operation, const MemberView& member,
                       const OperatorRequest& input);
  void request_of_master(StepContext& step, const std::string& operation, const OperatorRequest& input);

  Parts parts_;
};

}  // namespace holdfast::cluster
