// operator_requests.hpp: where a request of a person or a program goes that arrives at this node (contract
// supvisors.md 5): to the node that is named, to the Master, or to who ends the wait or writes the fences; or why it
// goes nowhere. Functions of what one node sees; AskedOperations waits for the answers. Called by NodeCore,
// SynchronisationWait and Fencing.
#pragma once

#include <string>

#include "cluster/input.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

void take_request(StepContext& step, const OperatorRequest& input);
/// To the node that does it, this one too.
void forward_request(StepContext& step, const std::string& operation, const OperatorRequest& input, NodeId to);

}  // namespace holdfast::cluster
