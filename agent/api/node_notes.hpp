// node_notes.hpp: what people are told of a node of the cluster, in words: that it is fenced, by whom, since when, why
// and how that ends (docs/decisions/0016); why it is not RUNNING; what differs from this node. Decides nothing. Pure
// functions; used by the pages and by holdfast.getCluster.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cluster/view.hpp"

namespace holdfast::api {

/// Seconds east of UTC at a time (Unix seconds): AgentPort::utc_offset_s.
using UtcOffset = std::function<std::int64_t(std::int64_t)>;

/// The note about one node, in one line; empty when there is nothing to say.
std::string note_of(const cluster::MemberView& member, const UtcOffset& utc_offset);

/// The nicks of the other nodes of its machine, whose load counts as one (contract supvisors.md 4.1).
std::vector<std::string> on_same_machine(const cluster::View& view, const cluster::MemberView& member);

/// The warnings on every page: this node is fenced, others are fenced, nodes differ.
std::vector<std::string> cluster_warnings(const cluster::View& view, const UtcOffset& utc_offset);

}  // namespace holdfast::api
