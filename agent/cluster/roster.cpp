#include "cluster/roster.hpp"

#include <algorithm>
#include <tuple>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace holdfast::cluster {
namespace {

bool printable(std::string_view text) {
  return !text.empty() && text.size() <= limits::cluster_name_bytes && std::ranges::none_of(text, [](char letter) {
    return static_cast<unsigned char>(letter) <= 0x20 || letter == 0x7F;
  });
}

}  // namespace

bool sound_name(std::string_view identifier, std::string_view nick) {
  const auto colon = identifier.rfind(':');
  if (!printable(identifier) || !printable(nick) || colon == std::string_view::npos || colon == 0) {
    return false;
  }
  const auto port = text::parse_int(identifier.substr(colon + 1));
  return port && *port >= 1 && *port <= 0xFFFF;
}

std::string objection_to_member(const View& view, std::string_view identifier, std::string_view nick) {
  if (!sound_name(identifier, nick)) {
    return "its name cannot be that of a node";
  }
  for (const MemberView& member : view.members) {
    if (member.identifier == identifier) {
      return !view.discovery || member.nick == nick
                 ? ""
                 : "it calls itself " + std::string(nick) + ", but is known here as " + member.nick;
    }
  }
  if (!view.discovery) {
    return "it is not in the list of nodes";
  }
  for (const MemberView& member : view.members) {
    if (member.nick == nick || member.identifier == nick || member.nick == identifier) {
      return "its nick " + std::string(nick) + " is that of " + member.identifier;
    }
    if (member.node_id == node_id_of(identifier)) {
      return "its id is that of " + member.identifier;
    }
  }
  if (view.members.size() >= limits::cluster_roster_max) {
    return "the list is full: a cluster has at most " + std::to_string(limits::cluster_roster_max) + " nodes";
  }
  return "";
}

std::size_t place_of(const std::vector<MemberView>& members, std::string_view nick, std::string_view identifier) {
  const auto behind = std::ranges::find_if(members, [&](const MemberView& member) {
    return std::tuple(nick, identifier) <
           std::tuple<std::string_view, std::string_view>(member.nick, member.identifier);
  });
  return static_cast<std::size_t>(behind - members.begin());
}

bool is_core(const std::vector<std::string>& core, std::string_view identifier, std::string_view nick,
             const std::vector<std::string>& stereotypes) {
  return std::ranges::any_of(core, [&](const std::string& name) {
    return name == identifier || name == nick || std::ranges::find(stereotypes, name) != stereotypes.end();
  });
}

bool is_core_by_list(const NodeOptions& options, std::string_view identifier) {
  return std::ranges::any_of(options.roster,
                             [&](const RosterItem& item) { return item.core && item.identifier == identifier; });
}

}  // namespace holdfast::cluster
