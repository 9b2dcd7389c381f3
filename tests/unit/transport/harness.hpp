// harness.hpp: a node for the transport's tests: a GossipTransport on a loopback address with keys, what it
// received, and waiting for an event instead of for a time. One thread (the test's) is the loop of all nodes.
#pragma once

#include <poll.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "cluster/codec/message_codec.hpp"
#include "cluster/codec/term.hpp"
#include "transport/gossip_transport.hpp"

namespace holdfast::transport::test {

inline constexpr std::uint64_t cluster_id = 0x1122334455667788;

inline cluster::FrameHeader header_of(std::uint64_t node_id, std::uint64_t cluster = cluster_id) {
  cluster::FrameHeader header;
  header.cluster_id = cluster;
  header.node_id = node_id;
  header.incarnation = 7;
  header.mono_ms = static_cast<std::uint64_t>(monotonic_now().ms());
  return header;
}

inline std::string heartbeat_of(std::uint64_t node_id) {
  return cluster::encode_message(header_of(node_id), cluster::Heartbeat{});
}

/// A frame that is valid for the transport, with a payload of the test's own.
inline std::string frame_of(std::uint64_t node_id, std::string_view payload, std::uint64_t cluster = cluster_id) {
  cluster::FrameHeader header = header_of(node_id, cluster);
  header.type = cluster::FrameType::delta;
  return cluster::encode_frame(header, payload);
}

class Node {
 public:
  Node(std::string address, std::string identifier, bool open = false)
      : address_(std::move(address)),
        identifier_(std::move(identifier)),
        id_(cluster::node_id_of(identifier_)),
        keys_(open ? CurveKeyPair{} : CurveKeyPair::generate()) {
    start();
  }

  void start(Ports ports = {}) {
    TransportOptions options;
    options.bind_address = address_;
    options.ports = ports;
    options.node_id = id_;
    options.cluster_id = cluster_id;
    options.keys = keys_;
    transport_ = std::make_unique<GossipTransport>(std::move(options));
    const Result<Ports> started = transport_->start();
    CHECK(started.ok());
    ports_ = started.value();
  }
  void stop() { transport_->stop(); }
  void new_keys() { keys_ = CurveKeyPair::generate(); }

  /// A turn of the loop: says so to the transport (unless stalled), takes what came.
  void turn() {
    if (!stalled) {
      transport_->loop_turned(monotonic_now());
    }
    transport_->drain(received, 10'000);
    transport_->drain_refusals(refusals);
  }

  [[nodiscard]] std::size_t heartbeats_from(const Node& other) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        received, [&other](const Received& frame) { return frame.node_id == other.id() && is_heartbeat(frame); }));
  }
  [[nodiscard]] std::size_t frames_from(const Node& other, Stream stream, const std::string& bytes) const {
    return static_cast<std::size_t>(std::ranges::count_if(received, [&](const Received& frame) {
      return frame.node_id == other.id() && frame.stream == stream && frame.bytes == bytes;
    }));
  }
  static bool is_heartbeat(const Received& frame) {
    const auto decoded = cluster::decode_frame(frame.bytes);
    return decoded.ok() && decoded.value().header.type == cluster::FrameType::heartbeat;
  }

  [[nodiscard]] Peer as_peer() const { return {id_, identifier_, keys_.public_key(), address_, ports_}; }
  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] const Ports& ports() const { return ports_; }
  [[nodiscard]] const CurveKeyPair& keys() const { return keys_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  GossipTransport& operator*() { return *transport_; }
  GossipTransport* operator->() { return transport_.get(); }
  [[nodiscard]] std::uint64_t dropped(Drop cause) const { return transport_->counters().dropped_by(cause); }

  std::vector<Received> received;
  std::vector<Refusal> refusals;
  bool stalled = false;

 private:
  std::string address_;
  std::string identifier_;
  std::uint64_t id_;
  CurveKeyPair keys_;
  Ports ports_;
  std::unique_ptr<GossipTransport> transport_;
};

/// A slow machine is no fault of the transport.
inline constexpr Duration patience = 60s;

/// Turns all nodes' loops until `done`, at every frame that comes and at least every 20 ms; false after
/// `limit`.
inline bool turn_until(const std::vector<Node*>& nodes, const std::function<bool()>& done, Duration limit = patience) {
  const Instant deadline = monotonic_now() + limit;
  while (true) {
    std::vector<pollfd> list;
    for (Node* node : nodes) {
      node->turn();
      list.push_back({(*node)->event_fd(), POLLIN, 0});
    }
    if (done()) {
      return true;
    }
    if (monotonic_now() > deadline) {
      return false;
    }
    ::poll(list.data(), list.size(), 20);
  }
}

/// Turns all loops for `span`: for what must not happen, and for rates.
inline void turn_for(const std::vector<Node*>& nodes, Duration span) {
  (void)turn_until(
      nodes, [] { return false; }, span);
}

/// Every node admits every other one and has a heartbeat.
inline void introduce(const std::vector<Node*>& nodes) {
  for (Node* node : nodes) {
    for (const Node* other : nodes) {
      if (node != other) {
        CHECK((*node)->admit(other->as_peer()).ok());
      }
    }
    CHECK((*node)->set_heartbeat(heartbeat_of(node->id())));
  }
}

/// True once every node hears every other one's heartbeat.
inline bool all_hear_all(const std::vector<Node*>& nodes) {
  return std::ranges::all_of(nodes, [&nodes](const Node* node) {
    return std::ranges::all_of(
        nodes, [node](const Node* other) { return node == other || node->heartbeats_from(*other) > 0; });
  });
}

}  // namespace holdfast::transport::test
