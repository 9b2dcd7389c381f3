// process_key.hpp: how supervision names things: a process by group and name, a child by its start id, a
// request by its number; and Supervisor's namespec (contract supervisor.md 4.4). Vocabulary only; shared with
// the composition root and api.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::supervision {

/// One configured process. Ordered by group, then name, as getAllProcessInfo lists them.
struct ProcessKey {
  std::string group;
  std::string name;
  friend auto operator<=>(const ProcessKey&, const ProcessKey&) = default;
};

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

/// `name`, `group:name`, `group:*` or `group:`; without `process` it names the whole group. Only the first
/// colon splits.
struct Namespec {
  std::string group;
  std::optional<std::string> process;
};

Namespec split_namespec(std::string_view text);

/// `name` when group and process are named alike, else `group:name`.
std::string make_namespec(const ProcessKey& key);

}  // namespace holdfast::supervision
