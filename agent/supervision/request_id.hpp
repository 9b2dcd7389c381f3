// request_id.hpp: the numbers by which supervision and its callers name a child (StartId) and an open request
// (RequestId). Vocabulary only; shared with the drivers and api.
#pragma once

#include <cstdint>

namespace holdfast::supervision {

/// One attempt to run a process: never used twice on one node while the keeper knows any child. The keeper's
/// name for it.
enum class StartId : std::uint64_t {};
constexpr std::uint64_t number_of(StartId id) {
  return static_cast<std::uint64_t>(id);
}

/// The asker's number for a request; comes back in exactly one `Completed`.
enum class RequestId : std::uint64_t {};
constexpr std::uint64_t number_of(RequestId id) {
  return static_cast<std::uint64_t>(id);
}

}  // namespace holdfast::supervision
