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

#include "base/result.hpp"
#include "transport/curve_keys.hpp"
#include "transport/gossip.hpp"

namespace holdfast::transport {

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

struct GossipCommand;  // gossip_shared.hpp
struct GossipShared;

class GossipTransport final : public Gossip {
 public:
  explicit GossipTransport(TransportOptions options);
  ~GossipTransport() override;  // stop()
  GossipTransport(const GossipTransport&) = delete;
  GossipTransport& operator=(const GossipTransport&) = delete;

  /// True: no keys, everything is sent in clear and believed.
  [[nodiscard]] bool open_mode() const;
  /// Drops a peer's connections and no longer accepts its key.
  bool forget(std::uint64_t node_id);

  // Gossip. What changes peers or carries frames is a command to the thread: false = its queue is full.
  Result<Ports> start() override;
  void stop() override;
  [[nodiscard]] Priority priority() const override;
  [[nodiscard]] const CurvePublicKey& public_key() const override { return options_.keys.public_key(); }
  Status admit(const Peer& peer) override;
  bool reconnect(std::uint64_t node_id) override;
  bool follow_bulk(std::uint64_t node_id, bool follow) override;
  bool set_heartbeat(std::string_view frame) override;
  bool publish(Stream stream, std::string_view frame) override;
  bool send(std::uint64_t node_id, std::string_view frame) override;
  void loop_turned(Instant now) override;
  [[nodiscard]] int event_fd() const override;
  std::size_t drain(std::vector<Received>& into, std::size_t max) override;
  void drain_refusals(std::vector<Refusal>& into) override;
  [[nodiscard]] Counters counters() const override;

 private:
  bool enqueue(GossipCommand&& command);

  TransportOptions options_;
  std::unique_ptr<GossipShared> shared_;
  std::thread thread_;
};

}  // namespace holdfast::transport
