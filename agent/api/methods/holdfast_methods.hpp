// holdfast_methods.hpp: the methods of holdfast.*, what neither Supervisor nor Supvisors has: history and reasons, the
// agent and its keeper, logs of any node, and with a cluster its nodes and processes as one list. Called once at start
// by Api.
#pragma once

#include "api/method_table.hpp"
#include "api/ports.hpp"

namespace holdfast::api {

/// `ports` outlives the table.
void add_holdfast_methods(MethodTable& table, Ports& ports);

}  // namespace holdfast::api
