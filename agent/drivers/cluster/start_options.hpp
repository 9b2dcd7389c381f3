// start_options.hpp: what the cluster's core, the gossip thread and HELLO are given when a node starts, from its
// settings and facts. Pure functions; used by ClusterDriver, which adds what only the running agent knows: its keys,
// its ports, what the system granted it.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "cluster/node_options.hpp"
#include "config/settings.hpp"
#include "drivers/cluster/cluster_facts.hpp"
#include "transport/announcement.hpp"
#include "transport/gossip_transport.hpp"
#include "transport/hello.hpp"

namespace holdfast {

/// Everything that the core needs. `settings.cluster` is set. `fast`: the profile of detection, unless the settings ask
/// for more patience; `wall_minus_mono_us`: between the two clocks, now.
cluster::NodeOptions node_options_of(const config::Settings& settings, const ClusterFacts& facts, bool fast,
                                     std::int64_t wall_minus_mono_us);

/// Whether this node detects fast: as configured, or by the priority of its gossip thread.
bool detects_fast(const config::ClusterSettings& settings, transport::Priority priority);

/// Where the gossip sockets are bound and whose they are; the keys are the caller's to fill.
transport::TransportOptions transport_options_of(const config::Settings& settings, const ClusterFacts& facts);

/// What this node proves and says of itself in HELLO, but for its CURVE key, its ports and its instance.
transport::HelloSelf hello_self_of(const config::Settings& settings, const ClusterFacts& facts);

/// What it says of itself on the multicast group.
transport::Announcement announcement_of(const config::Settings& settings, const ClusterFacts& facts);

/// The address that others find this node's servers at, if that is one; empty: any of this machine.
std::string own_address_of(const config::Settings& settings);

/// What should be the same on every node (contract supvisors.md CFG-X5), and the rules and the version besides: said in
/// HELLO and compared there.
cluster::NamedValues common_values_of(const config::ClusterSettings& settings, const std::string& rules_hash);

/// They take the place of those that the identity says so far.
void say_common_values(transport::NodeIdentity& identity, const cluster::NamedValues& common);

}  // namespace holdfast
