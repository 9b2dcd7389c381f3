// raw_peer.hpp: a stranger, or an admitted peer that misbehaves: plain libzmq and plain TCP, free to say
// anything.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "base/unique_fd.hpp"
#include "harness.hpp"
#include "transport/curve_keys.hpp"
#include "transport/gossip_sockets.hpp"

namespace holdfast::transport::test {

class RawPeer {
 public:
  /// Sends on this context's sockets are with `keys`; empty = without CURVE.
  explicit RawPeer(CurveKeyPair keys) : keys_(std::move(keys)) {}

  zmq::socket_t connect(zmq::socket_type type, const Node& to, std::uint16_t port) {
    zmq::socket_t socket(context_, type);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::reconnect_ivl, 50);
    if (!keys_.empty()) {
      const CurvePublicKey server = to.keys().public_key();
      socket.set(zmq::sockopt::curve_publickey, zmq::buffer(keys_.public_key().bytes.data(), 32));
      socket.set(zmq::sockopt::curve_secretkey, zmq::buffer(keys_.secret().data(), 32));
      socket.set(zmq::sockopt::curve_serverkey, zmq::buffer(server.bytes.data(), 32));
    }
    if (type == zmq::socket_type::sub) {
      socket.set(zmq::sockopt::subscribe, "");
    }
    socket.connect(tcp_endpoint(to.address(), port));
    return socket;
  }

  static void say(zmq::socket_t& socket, const std::vector<std::string>& parts) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto flags = i + 1 < parts.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
      (void)socket.send(zmq::buffer(parts[i]), flags | zmq::send_flags::dontwait);
    }
  }

  static bool heard_anything(zmq::socket_t& socket) {
    zmq::message_t message;
    return socket.recv(message, zmq::recv_flags::dontwait).has_value();
  }

 private:
  zmq::context_t context_;
  CurveKeyPair keys_;
};

/// A TCP connection to a node's port that has sent `bytes`.
inline UniqueFd tcp_say(const Node& to, std::uint16_t port, std::string_view bytes) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, to.address().c_str(), &address.sin_addr);
  CHECK(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  (void)::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return fd;
}

}  // namespace holdfast::transport::test
