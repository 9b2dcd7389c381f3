// group_of.hpp: settings of a group for tests of the supervisor.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/settings.hpp"

namespace holdfast::supervision {

inline config::GroupSettings group_of(const std::string& name, std::vector<config::ProcessSettings> processes) {
  config::GroupSettings group;
  group.name = name;
  group.processes = std::move(processes);
  return group;
}

}  // namespace holdfast::supervision
