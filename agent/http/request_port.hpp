// request_port.hpp: a server that takes one more listening socket whose requests go to a handler of their own: the port
// of the external events. The agent's HTTP face implements it (drivers/frontend); it has checked host and origin before
// the handler is called. Loop thread only.
#pragma once

#include <functional>

#include "base/unique_fd.hpp"
#include "http/authentication.hpp"
#include "http/request.hpp"
#include "http/responder.hpp"

namespace holdfast::http {

class RequestPort {
 public:
  using Handler = std::function<void(Request&, Responder)>;

  virtual ~RequestPort() = default;
  /// `socket` listens already; without `credentials` nobody is asked for any.
  virtual void add_event_port(UniqueFd socket, Credentials credentials, Handler handler) = 0;
};

}  // namespace holdfast::http
