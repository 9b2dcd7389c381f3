// client.hpp: HTTP requests from the loop to another agent (HELLO, remote calls), to TCP or a unix socket.
// Each request has a deadline over everything (resolving, connecting, sending, reading) and a body limit; the
// callback is called exactly once from the loop, never from within request(). It follows no redirect and
// keeps no cookie. Loop thread only. Names are resolved by Asio's own resolver thread; give numeric addresses
// where the loop must not wait for DNS.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "http/headers.hpp"
#include "http/uri.hpp"

namespace boost::asio {
class io_context;
}

namespace holdfast::http {

/// Why a request failed; Error::code of every client error. A status such as 401 is an answer, no error.
enum class ClientError {
  none = 0,
  refused = 1,       // connection refused, or no route
  no_such_file = 2,  // the unix socket does not exist
  forbidden = 3,     // no right to use the unix socket
  unresolved = 4,    // the host name is unknown
  timeout = 5,
  closed = 6,        // the server closed before the answer was complete
  protocol = 7,      // not HTTP, or too large
  unauthorized = 8,  // 401 (blocking client's call_rpc-style helpers only; else a 401 is an answer like any other)
  cancelled = 9,
  system = 10,      // the blocking client's: the system says why, number() is its errno
  incomplete = 11,  // the blocking client's: closed within the answer
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";
  std::string content_type;  // "" = none
  std::string body;
  std::string username;  // "" = no Authorization header
  std::string password;
  std::vector<std::pair<std::string, std::string>> headers;
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
  std::string reason = {};  // the words behind the status
};

struct ClientOptions {
  Duration timeout = limits::http_client_timeout;
  std::size_t body_bytes_max = limits::http_client_body;
};

using ClientCallback = std::function<void(Result<ClientResponse>)>;

/// Makes requests; connections that the server keeps open are used again for the same endpoint.
class Client {
 public:
  explicit Client(boost::asio::io_context& io);
  ~Client();  // pending requests are dropped without a callback
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void request(const Endpoint& to, ClientRequest request, ClientOptions options, ClientCallback callback);
  [[nodiscard]] std::size_t pending() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace holdfast::http
