// gossip_inbox.hpp: what came in and is for the loop: frames of admitted peers, checked and within bounds, and
// refusals. The gossip thread's end of the rings in GossipShared; the loop's end is GossipTransport's. What does not
// fit is counted and dropped: it never waits for the loop. Used by the gossip thread only.
#pragma once

#include <cstdint>
#include <string_view>
#include <zmq.hpp>

#include "base/instant.hpp"
#include "transport/gossip.hpp"
#include "transport/gossip_shared.hpp"

namespace holdfast::transport {

class GossipInbox {
 public:
  GossipInbox(GossipShared& shared, std::uint64_t cluster_id) : shared_(shared), cluster_id_(cluster_id) {}

  /// A frame that `owner` has sent (nullptr: nobody who is admitted), which is taken over.
  void deliver(const Peer* owner, Stream stream, zmq::message_t& frame, Instant now);
  /// Something was refused or lost; `from` as in Refusal.
  void refuse(Drop cause, std::string_view from, Instant now);
  /// Tells the loop, if there is anything that it was not told of.
  void wake_loop();

 private:
  GossipShared& shared_;
  std::uint64_t cluster_id_;
  bool loop_has_news_ = false;
};

}  // namespace holdfast::transport
