// action_gates.hpp: what each action is: whether it is about one process, and what it is to the rules engine. In which
// states of the cluster it is allowed stands in state_gates.hpp. Pure functions of the action; asked by the parts of
// operations/.
#pragma once

#include <optional>

#include "cluster/codec/message.hpp"
#include "rules/events.hpp"

namespace holdfast::cluster {

/// It is done by the node that is named, with one process of its own.
bool of_one_process(Action action);
/// nullopt: the rules engine has no part in it.
std::optional<rules::RequestKind> request_kind_of(Action action);

}  // namespace holdfast::cluster
