#include "config/settings_diff.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>

#include "config/process_fields.hpp"

namespace holdfast::config {
namespace {

template <typename Type>
bool same_value(const Type& active, const Type& wanted) {
  return active == wanted;
}

/// An account is its number.
bool same_value(const std::optional<Account>& active, const std::optional<Account>& wanted) {
  return active && wanted ? active->uid == wanted->uid : active.has_value() == wanted.has_value();
}

/// A channel compares by all its keys, but a wanted AUTO equals any log (contract 6.3). An active AUTO does not:
/// it has a path by now.
bool same_value(const ChannelSettings& active, const ChannelSettings& wanted) {
  ChannelSettings seen = active;
  if (wanted.log.kind == LogTarget::Kind::automatic) {
    seen.log = wanted.log;
  }
  return seen == wanted;
}

template <FieldUse Use, typename Type>
bool same_field(const ProcessField<Use, Type>& active, const ProcessField<Use, Type>& wanted) {
  return Use == FieldUse::section || same_value(active.value, wanted.value);
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
  const auto with = [&](const auto&... of_wanted) {
    return std::apply([&](const auto&... of_active) { return (same_field(of_active, of_wanted) && ...); },
                      fields_of(active));
  };
  return std::apply(with, fields_of(wanted));
}

bool same_group_itself(const GroupSettings& active, const GroupSettings& wanted) {
  const std::string no_url;
  const std::string& active_url = active.fcgi_socket ? active.fcgi_socket->url : no_url;
  const std::string& wanted_url = wanted.fcgi_socket ? wanted.fcgi_socket->url : no_url;
  return active.kind == wanted.kind && active.name == wanted.name && active.priority == wanted.priority &&
         active.listener == wanted.listener && active_url == wanted_url;
}

bool same_group(const GroupSettings& active, const GroupSettings& wanted) {
  return same_group_itself(active, wanted) &&
         std::equal(active.processes.begin(), active.processes.end(), wanted.processes.begin(), wanted.processes.end(),
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
