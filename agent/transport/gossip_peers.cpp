// The peers of the gossip thread: whose keys are let in, to whom we are connected, when that is made anew, and the
// connection for requests to one of them (a part of gossip_thread.hpp).
#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "transport/gossip_thread.hpp"

namespace holdfast::transport {

void GossipThread::admit(Peer&& peer) {
  const auto known = peers_.find(peer.node_id);
  if (known == peers_.end() && peers_.size() >= limits::gossip_peers_max) {
    GossipTallies::add(shared_.tallies.socket_failures);
    return;
  }
  if (known != peers_.end()) {
    const Peer& old = known->second.peer;
    if (old.curve_public == peer.curve_public && old.address == peer.address && old.ports == peer.ports &&
        (known->second.ctl.handle() != nullptr || peer.connects_first)) {
      return;
    }
    owners_.erase(old.curve_public);
  }
  if (!options_.keys.empty()) {
    // A key has one owner: the node that HELLO named last.
    if (const auto owner = owners_.owner_of(peer.curve_public)) {
      forget(*owner);
    }
    owners_.set(peer.curve_public, peer.node_id);
  }
  PeerSockets& entry = peers_[peer.node_id];
  entry.peer = std::move(peer);
  if (entry.peer.connects_first && !options_.keys.empty()) {
    disconnect(entry);
    entry.connect_at = monotonic_now() + limits::gossip_first_connection_max;
    next_connect_ = std::min(next_connect_, entry.connect_at);
  } else {
    connect(entry);
  }
  schedule_.hurry(peers_.size());
}

/// A peer has been let in that had to come first: now it lets us in, too.
void GossipThread::peer_connected(std::uint64_t node_id) {
  const auto found = peers_.find(node_id);
  if (found != peers_.end() && found->second.connect_at != Instant::max()) {
    connect(found->second);
  }
}

/// It did not come (its packets are lost, ours may get through): we try all the same.
void GossipThread::connect_overdue(Instant now) {
  next_connect_ = Instant::max();
  for (auto& [node_id, entry] : peers_) {
    if (entry.connect_at <= now) {
      connect(entry);
    } else {
      next_connect_ = std::min(next_connect_, entry.connect_at);
    }
  }
}

void GossipThread::forget(std::uint64_t node_id) {
  const auto found = peers_.find(node_id);
  if (found == peers_.end()) {
    return;
  }
  owners_.erase(found->second.peer.curve_public);
  disconnect(found->second);
  peers_.erase(found);
}

void GossipThread::disconnect(PeerSockets& entry) {
  unsubscribe(entry, Stream::ctl);
  unsubscribe(entry, Stream::bulk);
  entry.direct.close();
  entry.connect_at = Instant::max();
}

void GossipThread::connect(PeerSockets& entry) {
  disconnect(entry);
  subscribe(entry, Stream::ctl);
  follow_bulk(entry, entry.follows_bulk);
}

/// While its own connection is awaited there is none of ours: connect() sees to it.
void GossipThread::follow_bulk(PeerSockets& entry, bool follow) {
  entry.follows_bulk = follow;
  if (!follow) {
    unsubscribe(entry, Stream::bulk);
  } else if (entry.bulk.handle() == nullptr && entry.connect_at == Instant::max()) {
    subscribe(entry, Stream::bulk);
  }
}

/// There is no socket afterwards when the connection cannot even be begun; reconnect() tries again.
void GossipThread::subscribe(PeerSockets& entry, Stream stream) {
  const Peer& peer = entry.peer;
  zmq::socket_t& socket = stream == Stream::ctl ? entry.ctl : entry.bulk;
  Source& source = stream == Stream::ctl ? entry.ctl_source : entry.bulk_source;
  source.kind = Source::Kind::subscriber;
  source.stream = stream;
  source.peer = &entry;
  source.socket = &socket;
  try {
    zmq::socket_t fresh = maker_.connecting(stream, peer.curve_public);
    fresh.connect(tcp_endpoint(peer.address, stream == Stream::ctl ? peer.ports.ctl : peer.ports.bulk));
    socket = std::move(fresh);
    if (waiter_.add(socket, source)) {
      return;
    }
  } catch (const zmq::error_t&) {
  }
  unsubscribe(entry, stream);
  GossipTallies::add(shared_.tallies.socket_failures);
}

void GossipThread::unsubscribe(PeerSockets& entry, Stream stream) {
  zmq::socket_t& socket = stream == Stream::ctl ? entry.ctl : entry.bulk;
  if (socket.handle() != nullptr) {
    waiter_.remove(socket, stream == Stream::ctl ? entry.ctl_source : entry.bulk_source);
    socket.close();
  }
}

void GossipThread::send_direct(std::uint64_t node_id, zmq::message_t& frame) {
  const auto found = peers_.find(node_id);
  if (found == peers_.end()) {
    shared_.tallies.drop(Drop::wrong_owner);
    return;
  }
  PeerSockets& entry = found->second;
  if (entry.direct.handle() == nullptr) {
    try {
      zmq::socket_t direct = maker_.connecting(Stream::direct, entry.peer.curve_public);
      direct.connect(tcp_endpoint(entry.peer.address, entry.peer.ports.direct));
      entry.direct = std::move(direct);
    } catch (const zmq::error_t&) {
      GossipTallies::add(shared_.tallies.socket_failures);
      return;
    }
  }
  entry.direct_used = monotonic_now();
  if (next_idle_check_ == Instant::max()) {
    next_idle_check_ = entry.direct_used + limits::gossip_idle_check_period;
  }
  const std::size_t size = frame.size();
  if (!send(entry.direct, frame)) {
    shared_.tallies.drop(Drop::queue_full_out);
    return;
  }
  GossipTallies::add(shared_.tallies.frames_out);
  GossipTallies::add(shared_.tallies.bytes_out, size);
}

void GossipThread::close_idle_dealers(Instant now) {
  bool any_left = false;
  for (auto& [node_id, peer] : peers_) {
    if (peer.direct.handle() == nullptr) {
      continue;
    }
    if (now - peer.direct_used > limits::gossip_dealer_idle_max) {
      peer.direct.close();
    } else {
      any_left = true;
    }
  }
  next_idle_check_ = any_left ? now + limits::gossip_idle_check_period : Instant::max();
}

}  // namespace holdfast::transport
