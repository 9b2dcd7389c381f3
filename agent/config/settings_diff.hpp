// settings_diff.hpp: which groups a new configuration adds, changes and removes, by the rules of reread
// (contract supervisor.md 6.3). Pure; called by reloadConfig. Only groups are compared: the rest needs a
// restart.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace holdfast::config {

struct SettingsDiff {
  std::vector<std::string> added;    // in the new order
  std::vector<std::string> changed;  // in the new order
  std::vector<std::string> removed;  // in the old order
  friend bool operator==(const SettingsDiff&, const SettingsDiff&) = default;
};

/// `active`: the groups that exist now (as they were configured); `wanted`: those just read.
SettingsDiff diff_groups(const std::vector<GroupSettings>& active, const std::vector<GroupSettings>& wanted);

/// Equality as reread sees it: an AUTO log that is wanted equals anything; an fcgi socket's owner, mode and
/// backlog do not count.
bool same_group(const GroupSettings& active, const GroupSettings& wanted);
/// The same without their processes.
bool same_group_itself(const GroupSettings& active, const GroupSettings& wanted);
bool same_process(const ProcessSettings& active, const ProcessSettings& wanted);

}  // namespace holdfast::config
