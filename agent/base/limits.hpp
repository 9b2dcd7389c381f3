// limits.hpp: every bound of the product in one table, with its reason: queues, bodies, depths, counts, waits.
// Nothing that a client, a peer or a file can send is without one. Add a constant here before adding a buffer.
#pragma once

#include <chrono>
#include <cstddef>

namespace holdfast::limits {

using namespace std::chrono_literals;  // NOLINT

}  // namespace holdfast::limits
