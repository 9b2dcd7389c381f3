// gossip_transport.hpp: the gossip thread. It owns every ZeroMQ socket of the agent, waits with plain
// zmq_poll and carries frames; it decides nothing about the cluster and reads no more of a frame than its
// header (cluster.md 1.3).
//
// Sockets: XPUB `ctl` and `bulk` and a ROUTER are bound; for each admitted peer there is one SUB to its
// `ctl`, one to its `bulk` and, while there is something to send, a DEALER to its ROUTER. One SUB per peer
// and stream, because ZAP names the owner of a key only to the side that is CURVE server: what a SUB receives
// can come from nobody but the node whose key it was connected with; what the ROUTER receives carries the
// node_id that our ZAP handler bound to the key.
//
// Threading: every public function is called by one thread, the loop. Between the threads stand
// single-producer single-consumer rings (release and acquire on their indices, no lock, hence no priority
// inversion against a real-time gossip thread), atomic counters and two eventfds. Nothing here blocks the
// loop after start(): a full queue counts and drops. The gossip thread itself neither allocates nor logs
// while peers stay the same (libzmq does allocate); peers coming and going allocate.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
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

std::string_view name_of(Priority priority);
std::string_view name_of(Stream stream);

struct TransportOptions {
  /// Numeric address the sockets are bound to; empty = any.
  std::string bind_address;
  /// Fixed ports; a 0 means any free port on that address.
  Ports ports;
  std::uint64_t node_id = 0;
  std::uint64_t cluster_id = 0;
  /// Empty: open mode, nothing is encrypted and node ids are believed.
  CurveKeyPair keys;
  bool raise_priority = true;
};

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

struct GossipCommand;  // gossip_shared.hpp
struct GossipShared;

class GossipTransport {
 public:
  explicit GossipTransport(TransportOptions options);
  ~GossipTransport();  // stop()
  GossipTransport(const GossipTransport&) = delete;
  GossipTransport& operator=(const GossipTransport&) = delete;

  /// Binds the sockets and starts the thread; returns the ports in use. On error (address or port not
  /// available) nothing runs and start() may be called again. The heartbeat is silent until loop_turned() is
  /// called.
  Result<Ports> start();
  /// Ends and joins the thread; what is still queued is dropped (LINGER 0). Idempotent.
  void stop();

  /// What was granted to the thread; valid after start().
  [[nodiscard]] Priority priority() const;
  /// True: no keys, everything is sent in clear and believed.
  [[nodiscard]] bool open_mode() const;

  // The peers. Each call is a command to the thread: false = its queue is full, nothing changed, try again
  // later.

  /// Connects to a peer and accepts its key. Known already: the same data changes nothing, other data (new
  /// key or ports after a restart) replaces the old connections.
  /// Refused: our own node id or 0, an address that is not numeric, a port of 0, no key (or one from a
  /// manual) where we have one.
  Status admit(const Peer& peer);
  /// Drops a peer's connections and no longer accepts its key.
  bool forget(std::uint64_t node_id);
  /// Drops the connections to a silent peer, with whatever waits in them, and makes them anew.
  bool reconnect(std::uint64_t node_id);
  /// Subscribes to what an admitted peer publishes on `bulk`, or ends that; lasts until forget(), whatever becomes of
  /// the connections. Not by itself: nobody is sent what he does not look at, and a second connection between any two
  /// of many nodes is what a start of all of them can do without (docs/decisions/0011).
  bool follow_bulk(std::uint64_t node_id, bool follow);

  // Frames: one complete frame each (64-byte header and payload). False = dropped and counted.

  /// The heartbeat that the thread publishes on `ctl` at once, every limits::gossip_heartbeat_period and to
  /// each new subscriber, restamped each time (cluster::restamp_heartbeat). Sending stops while loop_turned()
  /// has not been called for limits::gossip_loop_stall_max, and while no peer is admitted. An empty frame
  /// ends it; what is no heartbeat is refused.
  bool set_heartbeat(std::string_view frame);
  /// To all subscribers of `ctl` or `bulk`.
  bool publish(Stream stream, std::string_view frame);
  /// To one admitted peer.
  bool send(std::uint64_t node_id, std::string_view frame);
  /// Tells the thread that the loop is alive; one atomic store, called in every turn.
  void loop_turned(Instant now);

  /// Readable when drain() has something to give; wait for it level-triggered and do not read it.
  [[nodiscard]] int event_fd() const;
  /// Appends at most `max` received frames, `ctl` first; returns how many. event_fd() stays readable if more
  /// wait.
  std::size_t drain(std::vector<Received>& into, std::size_t max);
  /// Appends the refusals since the last call (bounded; the counters are complete).
  void drain_refusals(std::vector<Refusal>& into);

  [[nodiscard]] Counters counters() const;

 private:
  bool enqueue(GossipCommand&& command);

  TransportOptions options_;
  std::unique_ptr<GossipShared> shared_;
  std::thread thread_;
};

}  // namespace holdfast::transport
