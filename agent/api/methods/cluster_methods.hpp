// cluster_methods.hpp: the methods of supvisors.* (contract supvisors.md 5.2, 5.3) and holdfast.* (ours): the
// cluster seen and steered from this node. State gates and faults are the contract's; the cluster node
// decides. Called once at start.
#pragma once

#include "api/methods/method_table.hpp"
#include "api/ports.hpp"

namespace holdfast::api {

/// supvisors.*, status and control. Only when there is a cluster; `ports` outlives the table.
void add_supvisors_methods(MethodTable& table, Ports& ports);

/// holdfast.*: history and reasons, and with a cluster its nodes and processes as one list.
void add_holdfast_methods(MethodTable& table, Ports& ports);

/// What supvisors.get_api_version says: the release whose interface is reproduced.
inline constexpr std::string_view kSupvisorsVersion = "0.19";

}  // namespace holdfast::api
