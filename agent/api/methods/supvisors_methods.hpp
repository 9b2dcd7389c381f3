// supvisors_methods.hpp: the methods of supvisors.* (contract supvisors.md 5.2, 5.3): the cluster seen and
// steered from this node. State gates and faults are the contract's; the cluster node decides. Called once at start by
// Api, when there is a cluster.
#pragma once

#include <string_view>

#include "api/method_table.hpp"
#include "api/ports.hpp"

namespace holdfast::api {

/// `ports` outlives the table.
void add_supvisors_methods(MethodTable& table, Ports& ports);

/// What supvisors.get_api_version says: the release whose interface is reproduced.
inline constexpr std::string_view kSupvisorsVersion = "0.19";

}  // namespace holdfast::api
