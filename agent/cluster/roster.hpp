// roster.hpp: who may be in the list of nodes and in which order, as functions of the list alone: what makes a name
// sound, why a node cannot join (contract supvisors.md 7.4), which names a core option means (CFG-16). Decides
// nothing about when; RosterExchange does. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "cluster/node_options.hpp"
#include "cluster/view.hpp"

namespace holdfast::cluster {

/// host:port and a nick that can be shown and logged: bounded, without control characters, a port from 1 to 65535.
bool sound_name(std::string_view identifier, std::string_view nick);

/// Why a node of this name cannot join `view`, or is not the one that is known by it, in words; empty: it can, or is.
std::string objection_to_member(const View& view, std::string_view identifier, std::string_view nick);

/// Where it stands among `members` in the order of nicks, equal on every node whatever came first (weakness W12).
std::size_t place_of(const std::vector<MemberView>& members, std::string_view nick, std::string_view identifier);

/// One of `core` means it: by identifier, nick or stereotype (contract supvisors.md ID-1, CFG-16).
bool is_core(const std::vector<std::string>& core, std::string_view identifier, std::string_view nick,
             const std::vector<std::string>& stereotypes);
/// The list of nodes itself names it so, whatever its tags.
bool is_core_by_list(const NodeOptions& options, std::string_view identifier);

}  // namespace holdfast::cluster
