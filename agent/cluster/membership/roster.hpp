// roster.hpp: who may be in the list of nodes and in which order, as functions of the list alone: what makes a name
// sound, why a node cannot join (contract supvisors.md 7.4), which names a core option means (CFG-16). Decides
// nothing about when; node_roster.cpp does. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/node_options.hpp"
#include "cluster/view.hpp"

namespace holdfast::limits {

inline constexpr std::size_t cluster_name_bytes = 256;   // of an identifier, a nick or an address that another node says
inline constexpr std::size_t cluster_seeds_met_max = 64;  // addresses from announcements that are tried at a time
inline constexpr std::size_t cluster_refusals_said = 64;  // different nodes that are refused aloud; the others are counted
inline constexpr Duration cluster_roster_period = 500ms;  // of a list that a peer lacks, doubled up to the next
inline constexpr Duration cluster_roster_period_max = 30s;
inline constexpr Duration cluster_seed_period = 500ms;  // of a greeting, doubled up to ...
inline constexpr Duration cluster_seed_period_alone = 2s;   // ... this while no other node is in sight
inline constexpr Duration cluster_seed_period_max = 30s;    // ... this when one is
inline constexpr Duration cluster_seed_answer_max = 6s;     // a greeting without any answer: a name may have to be resolved
inline constexpr Duration cluster_seed_met_age_max = 30s;   // an announced address that is announced no more
inline constexpr Duration cluster_settle_wait = 2s;         // without anybody new: who is known is who there is

}  // namespace holdfast::limits

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

}  // namespace holdfast::cluster
