// process_id.hpp: the name of a process, by group and name, and the texts that name one or a whole group
// (Supervisor's namespecs, contract supervisor.md 4.4). Vocabulary of all layers; knows nothing of nodes.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// A configured process; in the cluster it is the same process on every node that defines it, and its group is the
/// application. Ordered by group, then name, as getAllProcessInfo lists them.
struct ProcessId {
  std::string group;
  std::string name;
  friend auto operator<=>(const ProcessId&, const ProcessId&) = default;
};

/// `name`, `group:name`, `group:*` or `group:`; without `process` it names the whole group. Only the first
/// colon splits.
struct Namespec {
  std::string group;
  std::optional<std::string> process;

  /// Whether this names that process, alone or with its whole group.
  [[nodiscard]] bool matches(std::string_view of_group, std::string_view of_name) const {
    return group == of_group && (!process || *process == of_name);
  }
  friend bool operator==(const Namespec&, const Namespec&) = default;
};

Namespec split_namespec(std::string_view text);

/// The process that a text names which never means a group: `group:name`, either of them maybe empty, or `name`.
ProcessId parse_process_id(std::string_view text);

/// `name` when group and process are named alike, else `group:name`.
std::string make_namespec(const ProcessId& id);

/// Always `group:name`: the key of a process in tables and texts of the cluster.
std::string full_namespec(const ProcessId& id);

}  // namespace holdfast
