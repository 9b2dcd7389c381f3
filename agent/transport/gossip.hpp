// gossip.hpp: what drivers ask of the gossip between the nodes, in the words of the cluster: who may gossip with this
// node (PeerGate), what is said to whom (GossipSender), what was heard and how the gossip is doing (Gossip). Interfaces
// and plain values; it knows no socket. GossipTransport is the real one; the drivers' tests have a fake. Loop thread
// only; nothing here waits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/enumeration.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "cluster/codec/frame.hpp"
#include "transport/curve_keys.hpp"

namespace holdfast::transport {

/// `ctl`: heartbeats and deltas; `bulk`: statistics and logs; `direct`: requests to one peer.
using cluster::Stream;

/// Where a node's gossip sockets are bound.
struct Ports {
  std::uint16_t ctl = 0;
  std::uint16_t bulk = 0;
  std::uint16_t direct = 0;
  friend bool operator==(const Ports&, const Ports&) = default;
};

/// What the operating system granted the gossip thread; the agent chooses the detection profile by it.
enum class Priority : std::uint8_t { realtime, nice, normal };

constexpr std::string_view name_of(Priority priority) {
  switch (priority) {
    case Priority::realtime:
      return "realtime";
    case Priority::nice:
      return "nice";
    case Priority::normal:
      return "normal";
  }
  return "";
}

constexpr std::string_view name_of(Stream stream) {
  switch (stream) {
    case Stream::ctl:
      return "ctl";
    case Stream::bulk:
      return "bulk";
    case Stream::direct:
      return "direct";
  }
  return "";
}

/// A node that HELLO has authenticated.
struct Peer {
  std::uint64_t node_id = 0;
  std::string identifier;
  CurvePublicKey curve_public;
  /// Numeric IPv4 or IPv6 address (no brackets).
  std::string address;
  Ports ports;
  /// The answering side of a HELLO sets it: the peer has yet to read our proof and refuses us until then, and
  /// libzmq makes a refused connection anew only after handshake_ivl. So we connect when it has come to us.
  bool connects_first = false;
};

/// A frame from an admitted peer: header checked for magic, size, cluster and owner; the rest is the codec's
/// matter.
struct Received {
  std::uint64_t node_id = 0;
  Stream stream = Stream::ctl;
  std::string bytes;
  /// When the gossip thread took it from its socket (CLOCK_MONOTONIC).
  Instant stamp;
};

/// Why something was refused or lost.
enum class Drop : std::uint8_t {
  unknown_key,       ///< ZAP: a key that no HELLO has taught us
  wrong_owner,       ///< the header's node is not the owner of the key, or not admitted
  wrong_cluster,     ///< the header's cluster is another
  oversized,         ///< larger than limits::gossip_frame_bytes_max
  malformed,         ///< not one part, shorter than a header, wrong magic or header length
  queue_full_in,     ///< the loop did not take frames fast enough
  queue_full_out,    ///< the gossip thread did not take commands fast enough, or a socket was at its high-water
                     ///< mark
  handshake_failed,  ///< no ZMTP/CURVE handshake came about on one of our bound sockets
};

constexpr std::string_view name_of(Drop cause) {
  switch (cause) {
    case Drop::unknown_key:
      return "unknown_key";
    case Drop::wrong_owner:
      return "wrong_owner";
    case Drop::wrong_cluster:
      return "wrong_cluster";
    case Drop::oversized:
      return "oversized";
    case Drop::malformed:
      return "malformed";
    case Drop::queue_full_in:
      return "queue_full_in";
    case Drop::queue_full_out:
      return "queue_full_out";
    case Drop::handshake_failed:
      return "handshake_failed";
  }
  return "";
}
inline constexpr std::size_t drop_causes = count_of<Drop>();

struct Counters {
  std::uint64_t frames_in = 0;
  std::uint64_t frames_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t heartbeats_out = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_lost = 0;
  std::uint64_t socket_failures = 0;  ///< connections to peers that could not even be begun; reconnect() tries again
  std::uint64_t dropped[drop_causes] = {};

  [[nodiscard]] std::uint64_t dropped_by(Drop cause) const { return dropped[static_cast<std::size_t>(cause)]; }
};

/// One refusal, for saying it once: `from` is an address (ZAP) or a node's identifier, empty where neither is
/// known.
struct Refusal {
  Drop cause = Drop::unknown_key;
  std::string from;
  Instant stamp;
};

/// Whose frames are taken, and who is connected to.
class PeerGate {
 public:
  virtual ~PeerGate() = default;
  /// Connects to a peer and accepts its key. Known already: the same data changes nothing, other data (new
  /// key or ports after a restart) replaces the old connections.
  /// Refused: our own node id or 0, an address that is not numeric, a port of 0, no key (or one from a
  /// manual) where we have one.
  virtual Status admit(const Peer& peer) = 0;
};

/// What is said, and to whom. False: there is no room for it, nothing was changed or sent; it is counted.
class GossipSender {
 public:
  virtual ~GossipSender() = default;

  // Frames: one complete frame each (64-byte header and payload).

  /// The heartbeat that is published on `ctl` at once, every limits::gossip_heartbeat_period and to
  /// each new subscriber, restamped each time (cluster::restamp_heartbeat). Sending stops while loop_turned()
  /// has not been called for limits::gossip_loop_stall_max, and while no peer is admitted. An empty frame
  /// ends it; what is no heartbeat is refused.
  virtual bool set_heartbeat(std::string_view frame) = 0;
  /// To all subscribers of `ctl` or `bulk`.
  virtual bool publish(Stream stream, std::string_view frame) = 0;
  /// To one admitted peer.
  virtual bool send(std::uint64_t node_id, std::string_view frame) = 0;

  /// Subscribes to what an admitted peer publishes on `bulk`, or ends that; lasts until it is forgotten, whatever
  /// becomes of the connections. Not by itself: nobody is sent what he does not look at, and a second connection
  /// between any two of many nodes is what a start of all of them can do without (docs/decisions/0011).
  virtual bool follow_bulk(std::uint64_t node_id, bool follow) = 0;
  /// Drops the connections to a silent peer, with whatever waits in them, and makes them anew.
  virtual bool reconnect(std::uint64_t node_id) = 0;
};

class Gossip : public PeerGate, public GossipSender {
 public:
  /// Begins; returns the ports in use. On error (address or port not available) nothing runs and start() may be called
  /// again. The heartbeat is silent until loop_turned() is called.
  virtual Result<Ports> start() = 0;
  /// Ends; what is still queued is dropped. Idempotent.
  virtual void stop() = 0;

  /// What was granted to the thread; valid after start().
  [[nodiscard]] virtual Priority priority() const = 0;
  /// This node's own; empty in open mode.
  [[nodiscard]] virtual const CurvePublicKey& public_key() const = 0;

  /// Tells that the loop is alive; cheap, called in every turn.
  virtual void loop_turned(Instant now) = 0;

  /// Readable when drain() has something to give; wait for it level-triggered and do not read it.
  [[nodiscard]] virtual int event_fd() const = 0;
  /// Appends at most `max` received frames, `ctl` first; returns how many. event_fd() stays readable if more
  /// wait.
  virtual std::size_t drain(std::vector<Received>& into, std::size_t max) = 0;
  /// Appends the refusals since the last call (bounded; the counters are complete).
  virtual void drain_refusals(std::vector<Refusal>& into) = 0;
  [[nodiscard]] virtual Counters counters() const = 0;
};

}  // namespace holdfast::transport
