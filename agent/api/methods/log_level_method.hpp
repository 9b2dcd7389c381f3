// log_level_method.hpp: supvisors.change_log_level (contract supvisors.md 5.4): how much this node logs, until its
// agent's next start. Used by supvisors_methods.
#pragma once

#include <vector>

#include "api/methods/method_rows.hpp"

namespace holdfast::api {

std::vector<MethodRow> log_level_rows();

}  // namespace holdfast::api
