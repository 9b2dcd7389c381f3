// inner_methods.hpp: the methods that Supvisors calls inner and local (supvisors.get_inner_process_info and the like):
// what one node says of itself, before anything is made of it for the cluster: its processes as it reports them (LP, IP
// of contract supvisors.md 5.2) and its network. May be called in every state. Used by supvisors_methods.
#pragma once

#include <vector>

#include "api/methods/method_rows.hpp"

namespace holdfast::api {

std::vector<MethodRow> inner_rows();

}  // namespace holdfast::api
