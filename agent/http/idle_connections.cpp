#include "http/idle_connections.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/limits.hpp"

namespace holdfast::http {

void IdleConnections::keep(const Endpoint& endpoint, UniqueFd socket) {
  idle_.push_back({endpoint.text(), std::move(socket)});
  if (idle_.size() > limits::http_client_idle_connections) {
    idle_.pop_front();
  }
}

UniqueFd IdleConnections::take(const Endpoint& endpoint) {
  const std::string name = endpoint.text();
  for (auto at = idle_.begin(); at != idle_.end();) {
    if (at->endpoint != name) {
      ++at;
      continue;
    }
    UniqueFd socket = std::move(at->socket);
    at = idle_.erase(at);
    char byte = 0;
    if (::recv(socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN) {
      return socket;
    }
  }
  return UniqueFd();
}

}  // namespace holdfast::http
