// namespec.hpp: namespecs, the names under which a process or a group is given and shown (contract supervisor.md 4.4),
// and the names that a command is given. Pure; knows nothing of nodes (`NODE/namespec` is Session::target_of's).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/xmlrpc_value.hpp"

namespace holdfast::ctl {

/// `group:process`; without a process (`group:`, `group:*`) the whole group; `name` alone is name:name.
struct Namespec {
  std::string group;
  std::optional<std::string> process;

  /// Whether this names that process, alone or with its whole group.
  [[nodiscard]] bool matches(std::string_view group_name, std::string_view process_name) const {
    return group == group_name && (!process || *process == process_name);
  }
  friend bool operator==(const Namespec&, const Namespec&) = default;
};
Namespec split_namespec(std::string_view text);

/// The short form: `name` where group and process have the same name.
std::string make_namespec(std::string_view group, std::string_view process);
/// Of a process as supervisor.* methods describe it (`group`, `name`).
std::string namespec_of(const wire::Value& info);
/// Of a process as supvisors.* and holdfast.* methods describe it (`application_name`, `process_name`).
std::string cluster_namespec_of(const wire::Value& info);

/// Whether `all` is one of the names.
bool has_all(const std::vector<std::string>& names);
/// Whether everything is meant: no name was given, or `all` is one of them.
bool means_all(const std::vector<std::string>& names);

}  // namespace holdfast::ctl
