// config_changes.hpp: what supervisor.reloadConfig found, group by group. Pure; read by the commands reread and update.
#pragma once

#include <string>
#include <vector>

#include "wire/xmlrpc_value.hpp"

namespace holdfast::ctl {

/// Names of groups.
struct ConfigChanges {
  std::vector<std::string> added;
  std::vector<std::string> changed;
  std::vector<std::string> removed;
};

/// The answer is [[added, changed, removed]]; what it lacks is taken for no names.
ConfigChanges changes_of(const wire::Value& answer);

}  // namespace holdfast::ctl
