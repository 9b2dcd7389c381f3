// idle_connections.hpp: connections that servers kept open after an answer, to be used again for the same endpoint. At
// most limits::http_client_idle_connections of them: the oldest is closed for a new one. It opens none and waits for
// none. Used by the loop's client; loop thread only.
#pragma once

#include <list>
#include <string>

#include "base/unique_fd.hpp"
#include "http/uri.hpp"

namespace holdfast::http {

class IdleConnections {
 public:
  void keep(const Endpoint& endpoint, UniqueFd socket);
  /// One that the server has neither closed nor written to meanwhile; invalid: there is none. Others of this endpoint
  /// that are met on the way are closed.
  UniqueFd take(const Endpoint& endpoint);

 private:
  struct Idle {
    std::string endpoint;
    UniqueFd socket;
  };
  std::list<Idle> idle_;  // the oldest first
};

}  // namespace holdfast::http
