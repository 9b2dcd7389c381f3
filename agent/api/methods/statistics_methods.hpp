// statistics_methods.hpp: the methods that tell and steer what this node measures of itself and its programs (contract
// supvisors.md 5.2, 5.4). Another node is asked itself. Called once at start by add_supvisors_methods.
#pragma once

#include "api/method_table.hpp"
#include "api/ports.hpp"

namespace holdfast::api {

/// Only where Ports::statistics is there; `ports` outlives the table.
void add_statistics_methods(MethodTable& table, Ports& ports);

}  // namespace holdfast::api
