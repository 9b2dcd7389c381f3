// supervisor_methods.hpp: the methods of namespace supervisor.* (contract supervisor.md 4.5), about this
// node's own programs. Each checks arguments and state in the contract's order, then asks a port; the
// state machines decide. Called once at start by Api.
#pragma once

#include <string>
#include <string_view>

#include "api/method_table.hpp"
#include "api/ports.hpp"

namespace holdfast::api {

/// `prefix` is the x of [rpcinterface:x]: "supervisor" by convention. `ports` outlives the table.
void add_supervisor_methods(MethodTable& table, const std::string& prefix, Ports& ports);

/// What getSupervisorVersion says: the release whose behaviour is reproduced (clients parse it).
inline constexpr std::string_view kSupervisorVersion = "4.2.5";
inline constexpr std::string_view kApiVersion = "3.0";

}  // namespace holdfast::api
