// cluster_links.hpp: the two ways by which a node speaks to the others: the gossip, and calls of their HTTP ports.
// Makes the real ones from the settings; nothing is bound or sent yet. The composition root gives them to
// ClusterDriver, whose tests give it fakes.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "drivers/cluster/cluster_facts.hpp"
#include "drivers/cluster/peer_contact.hpp"
#include "storage/state_dir.hpp"
#include "system/event_loop.hpp"
#include "transport/gossip.hpp"

namespace holdfast {

struct ClusterLinks {
  std::unique_ptr<transport::Gossip> gossip;
  std::unique_ptr<PeerContact> contact;
};

/// Reads this node's CURVE keys from the state directory, or makes them there; the error says why that cannot be.
Result<ClusterLinks> make_cluster_links(system::EventLoop& loop, const storage::StateDir& state_dir,
                                        const config::Settings& settings, const ClusterFacts& facts);

}  // namespace holdfast
