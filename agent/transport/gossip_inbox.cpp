#include "transport/gossip_inbox.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/limits.hpp"
#include "transport/frame_check.hpp"

namespace holdfast::transport {

void GossipInbox::deliver(const Peer* owner, Stream stream, zmq::message_t& frame, Instant now) {
  const std::optional<Drop> flaw =
      check_frame(frame.to_string_view(), cluster_id_, owner != nullptr ? owner->node_id : 0);
  if (flaw) {
    refuse(*flaw, owner != nullptr ? std::string_view(owner->identifier) : std::string_view{}, now);
    return;
  }
  const std::size_t size = frame.size();
  const std::size_t waiting = shared_.arrival_bytes.fetch_add(size, std::memory_order_relaxed);
  SpscRing<GossipArrival>& ring = stream == Stream::ctl ? shared_.ctl : shared_.other;
  if (waiting + size > limits::gossip_queue_bytes_max ||
      !ring.push(GossipArrival{owner->node_id, stream, now, std::move(frame)})) {
    shared_.arrival_bytes.fetch_sub(size, std::memory_order_relaxed);
    shared_.tallies.drop(Drop::queue_full_in);
    return;
  }
  loop_has_news_ = true;
  GossipTallies::add(shared_.tallies.frames_in);
  GossipTallies::add(shared_.tallies.bytes_in, size);
}

void GossipInbox::refuse(Drop cause, std::string_view from, Instant now) {
  shared_.tallies.drop(cause);
  GossipRefusal refusal;
  refusal.cause = cause;
  refusal.stamp = now;
  const std::size_t size = std::min(from.size(), refusal.from.size() - 1);
  std::copy_n(from.begin(), size, refusal.from.begin());
  if (shared_.refusals.push(std::move(refusal))) {  // full: the counters know
    loop_has_news_ = true;
  }
}

void GossipInbox::wake_loop() {
  if (!loop_has_news_) {
    return;
  }
  loop_has_news_ = false;
  (void)eventfd_write(shared_.wake_loop.get(), 1);  // never full: the loop's read takes the whole count
}

}  // namespace holdfast::transport
