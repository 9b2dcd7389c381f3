#include "config/settings_diff.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace holdfast::config {
namespace {

/// A channel compares by all its keys, but a wanted AUTO equals any log (contract 6.3). An active AUTO does not:
/// it has a path by now.
void even_out(ChannelSettings& active, const ChannelSettings& wanted) {
  if (wanted.log.kind == LogTarget::Kind::automatic) {
    active.log = wanted.log;
  }
}

std::map<std::string_view, const GroupSettings*> by_name(const std::vector<GroupSettings>& groups) {
  std::map<std::string_view, const GroupSettings*> index;
  for (const GroupSettings& group : groups) {
    index.emplace(group.name, &group);
  }
  return index;
}

}  // namespace

bool same_process(const ProcessSettings& active, const ProcessSettings& wanted) {
  ProcessSettings seen = active;
  even_out(seen.stdout_channel, wanted.stdout_channel);
  even_out(seen.stderr_channel, wanted.stderr_channel);
  // Not compared: where the section puts the process, and the account beyond its number.
  seen.program_name = wanted.program_name;
  seen.process_index = wanted.process_index;
  if (seen.user && wanted.user && seen.user->uid == wanted.user->uid) {
    seen.user = wanted.user;
  }
  return seen == wanted;
}

bool same_group_itself(const GroupSettings& active, const GroupSettings& wanted) {
  const std::string no_url;
  const std::string& active_url = active.fcgi_socket ? active.fcgi_socket->url : no_url;
  const std::string& wanted_url = wanted.fcgi_socket ? wanted.fcgi_socket->url : no_url;
  return active.kind == wanted.kind && active.name == wanted.name && active.priority == wanted.priority &&
         active.listener == wanted.listener && active_url == wanted_url;
}

bool same_group(const GroupSettings& active, const GroupSettings& wanted) {
  return same_group_itself(active, wanted) && std::equal(active.processes.begin(), active.processes.end(),
                                                         wanted.processes.begin(), wanted.processes.end(),
                                                         same_process);
}

SettingsDiff diff_groups(const std::vector<GroupSettings>& active, const std::vector<GroupSettings>& wanted) {
  const auto old_groups = by_name(active);
  const auto new_groups = by_name(wanted);
  SettingsDiff diff;
  for (const GroupSettings& group : wanted) {
    const auto known = old_groups.find(group.name);
    if (known == old_groups.end()) {
      diff.added.push_back(group.name);
    } else if (!same_group(*known->second, group)) {
      diff.changed.push_back(group.name);
    }
  }
  for (const GroupSettings& group : active) {
    if (!new_groups.contains(group.name)) {
      diff.removed.push_back(group.name);
    }
  }
  return diff;
}

}  // namespace holdfast::config
