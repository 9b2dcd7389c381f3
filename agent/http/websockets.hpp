// websockets.hpp: WebSocket clients that only listen: connections that the HTTP server has authenticated and given away
// become one-way streams of text messages. It knows no message's meaning. Everything is bounded: clients, what one may
// send (nothing but control frames is of interest), what waits for one that reads slowly. A client that does not answer
// a ping is cut off. While there is no client nothing wakes it. Boost.Beast speaks the protocol, in the .cpp only.
// Loop thread only; handlers are called from the loop, never from within a call to this class.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/request.hpp"
#include "http/responder.hpp"

namespace boost::asio {
class io_context;
}

namespace holdfast::http {

class WebSockets {
 public:
  using ClientId = std::uint64_t;
  struct Handlers {
    /// The handshake with the client of take() is done.
    std::function<void(ClientId)> on_open;
    /// Everything queued for it has gone to the kernel, after send() had said that it reads too slowly.
    std::function<void(ClientId)> on_drained;
    /// Also when the handshake never came about.
    std::function<void(ClientId)> on_closed;
  };

  WebSockets(boost::asio::io_context& io, Handlers handlers);
  ~WebSockets();
  WebSockets(const WebSockets&) = delete;
  WebSockets& operator=(const WebSockets&) = delete;

  /// True when the request asks for a WebSocket.
  static bool is_upgrade(const Request& request);

  /// Answers the request (is_upgrade) and keeps its connection. 0: refused, and answered so (too many clients: 503; the
  /// client is gone).
  ClientId take(const Request& request, Responder responder);
  /// Queues a text message. False: the queue is full, or the client is gone; it is dropped.
  bool send(ClientId client, const std::shared_ptr<const std::string>& text);
  /// Messages that it has not taken yet.
  [[nodiscard]] std::size_t queued(ClientId client) const;
  [[nodiscard]] std::size_t clients() const;
  /// Says good-bye to everybody (shutdown).
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace holdfast::http
