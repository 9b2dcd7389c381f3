// server.hpp: the HTTP server of an agent: any number of listening sockets, one handler. It bounds everything
// that a client can send or withhold: connections (in all and per address), header and body sizes, time per
// phase, queued output. While no client is connected nothing wakes it. It never blocks, starts no thread, and
// knows no route. Loop thread only. The handler is called from the loop, never from within a call to Server
// or Responder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "http/authentication.hpp"
#include "http/request.hpp"
#include "http/responder.hpp"

namespace boost::asio {
class io_context;
}

namespace holdfast::http {

/// Called with each complete, authenticated request. `request` is valid during the call only.
using Handler = std::function<void(Request& request, Responder responder)>;

/// How large a body a request for `path` may have.
using BodyLimit = std::function<std::size_t(std::string_view path)>;

/// limits::http_rpc_body below /RPC2 and /api/, limits::http_form_body elsewhere.
std::size_t default_body_limit(std::string_view path);

struct ServerOptions {
  std::string server_header = "Holdfast/" HOLDFAST_VERSION;
  std::size_t header_bytes_max = limits::http_header_bytes;
  BodyLimit body_limit = default_body_limit;
  std::size_t connections_max = limits::http_connections;
  std::size_t connections_per_address_max = limits::http_connections_per_address;
  std::size_t stream_queue_bytes_max = limits::http_stream_queue_bytes;
  std::size_t output_bytes_max = limits::http_output_bytes;  // unsent output of all clients together
  std::size_t input_bytes_max = limits::http_input_bytes;    // incomplete bodies of all clients together
  Duration header_timeout = limits::http_header_timeout;
  Duration body_timeout = limits::http_body_timeout;
  Duration write_timeout = limits::http_write_timeout;
  Duration idle_timeout = limits::http_idle_timeout;
  Duration drain_timeout = limits::http_drain_timeout;
  /// Says something to the main log (a refused client, descriptors used up); at most once a second per kind.
  std::function<void(std::string_view message)> warn;
  /// Unread answers or unfinished bodies have taken limits::http_pressure_bytes and more, or very many connections were
  /// open, and are gone again: their memory can be given back to the system. Called from the loop.
  std::function<void()> on_pressure_end;
};

/// Counters for /metrics and tests; they only grow, except `open`.
struct ServerStatistics {
  std::size_t open = 0;
  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;
  std::uint64_t unauthorized = 0;
  std::uint64_t bad_requests = 0;  // 4xx sent by the session itself
  std::uint64_t timed_out = 0;
  std::uint64_t evicted = 0;  // closed to make room for a newer connection
  std::uint64_t refused = 0;  // closed at once: no room
  std::uint64_t overflowed = 0;
  std::uint64_t out_of_descriptors = 0;
};

class Server {
 public:
  Server(boost::asio::io_context& io, ServerOptions options, Handler handler);
  ~Server();  // closes every connection; handles become dead
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Serves connections of a listening socket (TCP or unix). `name` is the configuration's section, for
  /// Peer::server.
  Status add_listener(UniqueFd socket, std::string name, Credentials credentials);

  /// Takes no more connections; those that are open go on. Used at shutdown.
  void stop_listening();
  /// Closes idle connections at once, the others as soon as their answer is out. Used at shutdown and
  /// restart.
  void close_gracefully();

  [[nodiscard]] const ServerStatistics& statistics() const;

 private:
  friend class Session;
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace holdfast::http
