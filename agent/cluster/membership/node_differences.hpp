// node_differences.hpp: what should be the same on every node (contract supvisors.md CFG-X5; rules and version
// besides) and is not. A difference is shown at both nodes and changes nothing else (docs/decisions/0016). Pure
// functions; HELLO carries the values, Membership compares them.
#pragma once

#include <string>
#include <vector>

#include "cluster/node_options.hpp"

namespace holdfast::cluster {

/// One sentence for each name that both have with different values, in the order of `mine`.
std::vector<std::string> differences_of(const NamedValues& mine, const NamedValues& theirs);

}  // namespace holdfast::cluster
