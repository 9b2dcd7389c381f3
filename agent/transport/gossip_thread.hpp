// gossip_thread.hpp: what runs on the gossip thread: binds the sockets, waits for all of them, answers ZAP,
// stamps what comes in, executes the loop's commands and sends the heartbeat. Made, run
// and destroyed on that thread; talks to the loop through GossipShared only. Does not log. Every wait has a
// deadline or an event; nothing is sent or received without ZMQ_DONTWAIT.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "transport/gossip_inbox.hpp"
#include "transport/gossip_shared.hpp"
#include "transport/gossip_sockets.hpp"
#include "transport/gossip_transport.hpp"
#include "transport/heartbeat_schedule.hpp"
#include "transport/socket_waiter.hpp"
#include "transport/zap_handler.hpp"

namespace holdfast::transport {

class GossipThread {
 public:
  GossipThread(const TransportOptions& options, GossipShared& shared);

  /// Binds everything; on error the object is good for nothing but destruction.
  Result<Ports> open();
  /// Until shared.stop.
  void run();

 private:
  struct PeerSockets;
  static bool send(zmq::socket_t& socket, zmq::message_t& frame);
  /// What the waiter names.
  struct Source : SocketWaiter::Source {
    enum class Kind : std::uint8_t { wake, zap, monitor, publisher, router, subscriber } kind = Kind::wake;
    Stream stream = Stream::ctl;
    PeerSockets* peer = nullptr;
    zmq::socket_t* socket = nullptr;
  };
  struct PeerSockets {
    Peer peer;
    zmq::socket_t ctl;
    zmq::socket_t bulk;    // without a handle unless it is followed
    zmq::socket_t direct;  // without a handle while there is nothing to send
    Source ctl_source;
    Source bulk_source;
    Instant direct_used;
    bool follows_bulk = false;
    Instant connect_at = Instant::max();  // at the latest, while its own connection is awaited
  };

  std::uint16_t bind(zmq::socket_t& socket, std::uint16_t port);
  void watch(zmq::socket_t& socket, Stream stream);
  bool wait_for_own();
  [[nodiscard]] int poll_timeout_ms(Instant now) const;
  void handle(Source& source, Instant now);

  void take_commands();
  void execute(GossipCommand& command);
  void publish(Stream stream, zmq::message_t& frame);

  // gossip_peers.cpp
  void admit(Peer&& peer);
  void forget(std::uint64_t node_id);
  void connect(PeerSockets& peer);
  void disconnect(PeerSockets& peer);
  void follow_bulk(PeerSockets& peer, bool follow);
  void subscribe(PeerSockets& peer, Stream stream);
  void unsubscribe(PeerSockets& peer, Stream stream);
  void connect_overdue(Instant now);
  void peer_connected(std::uint64_t node_id);
  void send_direct(std::uint64_t node_id, zmq::message_t& frame);
  void close_idle_dealers(Instant now);

  // Each until nothing is left, or limits::gossip_messages_per_turn were taken: then true.
  bool answer_zap(Instant now);
  bool take_events(zmq::socket_t& monitor, Instant now);
  bool take_subscriptions(zmq::socket_t& publisher, Stream stream);
  bool take_published(PeerSockets& peer, zmq::socket_t& socket, Stream stream, Instant now);
  bool take_direct(Instant now);
  [[nodiscard]] const Peer* owner_of_direct(zmq::message_t& frame) const;

  void beat(Instant now);

  const TransportOptions& options_;
  GossipShared& shared_;
  GossipInbox inbox_;
  KeyOwners owners_;
  zmq::context_t context_;
  SocketMaker maker_;
  std::optional<ZapHandler> zap_;
  zmq::socket_t ctl_;
  zmq::socket_t bulk_;
  zmq::socket_t router_;
  std::vector<zmq::socket_t> monitors_;
  std::map<std::uint64_t, PeerSockets> peers_;

  SocketWaiter waiter_;
  Source wake_source_;
  Source zap_source_;
  Source ctl_source_;
  Source bulk_source_;
  Source router_source_;
  std::vector<Source> monitor_sources_;  // of monitors_
  bool more_commands_ = false;
  bool zap_waits_ = false;

  zmq::message_t heartbeat_;  // as the loop prepared it; empty = none
  std::uint64_t heartbeat_seq_ = 0;
  HeartbeatSchedule schedule_;
  Instant next_idle_check_;
  Instant next_connect_ = Instant::max();  // the earliest connect_at
};

}  // namespace holdfast::transport
