// node_notes.hpp: what people must be told of a node of the cluster, in words: that it is fenced, by whom, since when, why
// and how that ends (docs/decisions/0016); why it is not RUNNING; what differs from this node. Pure functions; used by
// pages, banners and holdfast.getCluster.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cluster/view.hpp"

namespace holdfast::api {

/// Seconds east of UTC at a time (Unix seconds): AgentPort::utc_offset_s.
using UtcOffset = std::function<std::int64_t(std::int64_t)>;

/// Of one node, in one line; empty: nothing is to be said.
std::string note_of(const cluster::MemberView& member, const UtcOffset& utc_offset);

/// What every page says while it is so: this node is fenced, others are, nodes differ.
std::vector<std::string> cluster_warnings(const cluster::View& view, const UtcOffset& utc_offset);

}  // namespace holdfast::api
