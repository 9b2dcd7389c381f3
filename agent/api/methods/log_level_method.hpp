// log_level_method.hpp: supvisors.change_log_level (contract supvisors.md 5.4): how much this node logs, until its agent's
// next start. Called once at start by add_inner_methods.
#pragma once

#include "api/methods/method_table.hpp"
#include "api/ports.hpp"

namespace holdfast::api {

void add_log_level_method(MethodTable& table, Ports& ports);

}  // namespace holdfast::api
