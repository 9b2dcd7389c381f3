// gossip_sockets.hpp: makes ZeroMQ sockets with the options of DESIGN.md section 6 and cluster.md 1.2, in one
// place. Every socket has CURVE (unless in open mode), a ZAP domain, LINGER 0, bounded queues and message
// size, and never ZMQ_HEARTBEAT_*: libzmq 4.3.4 aborts the process when a subscriber stalls (libzmq#3937).
// Used on the gossip thread only. May throw zmq::error_t, which the gossip thread catches.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <zmq.hpp>

#include "transport/curve_keys.hpp"
#include "transport/gossip.hpp"

namespace holdfast::transport {

/// The ZAP domain of every socket.
inline constexpr std::string_view zap_domain = "holdfast";

class SocketMaker {
 public:
  SocketMaker(zmq::context_t& context, const CurveKeyPair& keys) : context_(context), keys_(keys) {}

  /// XPUB or ROUTER, not yet bound: the side that is CURVE server and asks ZAP.
  zmq::socket_t bound(Stream stream);
  /// SUB to a peer's `ctl` or `bulk`, or DEALER to its ROUTER, not yet connected: only the owner of `server`
  /// can answer.
  zmq::socket_t connecting(Stream stream, const CurvePublicKey& server);

 private:
  zmq::socket_t make(zmq::socket_type type, Stream stream);

  zmq::context_t& context_;
  const CurveKeyPair& keys_;
};

/// `tcp://ADDRESS:PORT`; an empty address and a port 0 are wildcards (for bind).
std::string tcp_endpoint(const std::string& address, std::uint16_t port);

/// The port of an endpoint as ZMQ_LAST_ENDPOINT gives it; 0 if there is none.
std::uint16_t port_of(const std::string& endpoint);

}  // namespace holdfast::transport
