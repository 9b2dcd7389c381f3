#include "transport/gossip_sockets.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"

namespace holdfast::transport {
namespace {

int high_water_out(Stream stream) {
  switch (stream) {
    case Stream::ctl:
      return limits::gossip_ctl_hwm_out;
    case Stream::bulk:
      return limits::gossip_bulk_hwm;
    case Stream::direct:
      return limits::gossip_direct_hwm;
  }
  return limits::gossip_direct_hwm;
}

int high_water_in(Stream stream) {
  switch (stream) {
    case Stream::ctl:
      return limits::gossip_ctl_hwm_in;
    case Stream::bulk:
      return limits::gossip_bulk_hwm;
    case Stream::direct:
      return limits::gossip_direct_hwm;
  }
  return limits::gossip_direct_hwm;
}

zmq::const_buffer buffer_of(const std::array<std::uint8_t, 32>& key) {
  return zmq::buffer(key.data(), key.size());
}

}  // namespace

zmq::socket_t SocketMaker::make(zmq::socket_type type, Stream stream) {
  zmq::socket_t socket(context_, type);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::ipv6, true);
  socket.set(zmq::sockopt::maxmsgsize, limits::gossip_message_bytes_max);
  socket.set(zmq::sockopt::sndhwm, high_water_out(stream));
  socket.set(zmq::sockopt::rcvhwm, high_water_in(stream));
  socket.set(zmq::sockopt::reconnect_ivl, 100);
  socket.set(zmq::sockopt::reconnect_ivl_max, 1000);
  socket.set(zmq::sockopt::connect_timeout, 1000);
  socket.set(zmq::sockopt::handshake_ivl, 2000);
  // Unacknowledged data cuts a dead connection after 1.5 s; keep-alive finds the dead ones that carry none.
  socket.set(zmq::sockopt::tcp_maxrt, 1500);
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, 10);
  socket.set(zmq::sockopt::tcp_keepalive_intvl, 2);
  socket.set(zmq::sockopt::tcp_keepalive_cnt, 3);
  if (stream == Stream::ctl) {
    constexpr int kLowDelay = 0x10;
    socket.set(zmq::sockopt::tos, kLowDelay);
  }
  // Without a domain, or with a domain that is not enforced, CURVE admits every key.
  socket.set(zmq::sockopt::zap_domain, std::string(zap_domain));
  constexpr int kZapEnforceDomain = 93;  // Debian's library has the option, its header only among the drafts
  constexpr int kEnforce = 1;
  if (zmq_setsockopt(socket.handle(), kZapEnforceDomain, &kEnforce, sizeof kEnforce) != 0) {
    throw zmq::error_t();
  }
  if (!keys_.empty()) {
    socket.set(zmq::sockopt::curve_secretkey, buffer_of(keys_.secret()));
  }
  return socket;
}

zmq::socket_t SocketMaker::bound(Stream stream) {
  const bool router = stream == Stream::direct;
  zmq::socket_t socket = make(router ? zmq::socket_type::router : zmq::socket_type::xpub, stream);
  if (!keys_.empty()) {
    socket.set(zmq::sockopt::curve_server, true);
  }
  if (router) {
    socket.set(zmq::sockopt::router_handover, true);
    socket.set(zmq::sockopt::router_mandatory, true);
  } else {
    socket.set(zmq::sockopt::xpub_verbose,
               true);  // every new subscriber is seen, and answered with a heartbeat
  }
  return socket;
}

zmq::socket_t SocketMaker::connecting(Stream stream, const CurvePublicKey& server) {
  const bool dealer = stream == Stream::direct;
  zmq::socket_t socket = make(dealer ? zmq::socket_type::dealer : zmq::socket_type::sub, stream);
  if (!keys_.empty()) {
    socket.set(zmq::sockopt::curve_publickey, buffer_of(keys_.public_key().bytes));
    socket.set(zmq::sockopt::curve_serverkey, buffer_of(server.bytes));
  }
  if (dealer) {
    socket.set(zmq::sockopt::rcvhwm, 1);  // nothing is ever sent back on it: answers come to our own ROUTER
  } else {
    // Everything: with topic filters the sequence numbers would show gaps that are none.
    socket.set(zmq::sockopt::subscribe, "");
  }
  return socket;
}

std::string tcp_endpoint(const std::string& address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string::npos;
  const std::string host = address.empty() ? "*" : v6 ? "[" + address + "]" : address;
  return "tcp://" + host + ":" + (port == 0 ? "*" : std::to_string(port));
}

std::uint16_t port_of(const std::string& endpoint) {
  const std::size_t colon = endpoint.rfind(':');
  if (colon == std::string::npos) {
    return 0;
  }
  // ZMQ_LAST_ENDPOINT may come with its terminating NUL.
  const auto port = text::parse_int(std::string_view(endpoint.c_str()).substr(colon + 1));
  return port && *port > 0 && *port <= UINT16_MAX ? static_cast<std::uint16_t>(*port) : std::uint16_t{0};
}

}  // namespace holdfast::transport
