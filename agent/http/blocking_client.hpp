// blocking_client.hpp: the HTTP client of the command line: one keep-alive connection, blocking calls with a
// deadline, Basic authentication (also over unix sockets, contract supervisor.md 4.1), a streaming GET for
// `tail -f`. A connection that the server closed meanwhile is made anew once. For single-threaded programs;
// never used in the agent.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "http/client.hpp"

namespace holdfast::http {

class BlockingClient {
 public:
  /// `answer_time`: from the first byte of an answer that is no stream to its last, whatever the deadline.
  BlockingClient(Endpoint server, std::string username, std::string password,
                 Duration answer_time = limits::http_answer_time);
  ~BlockingClient();
  BlockingClient(BlockingClient&&) noexcept;
  BlockingClient& operator=(BlockingClient&&) noexcept;

  /// Error::code is a ClientError; for `protocol` the message is the first line of what came instead of HTTP, or what
  /// is wrong with it; for `incomplete` what is missing. A status other than 200 is an answer, not an error. `timeout`
  /// zero = wait without end for an answer to begin (stop and start with wait may take any time).
  Result<ClientResponse> get(const std::string& target, Duration timeout);
  Result<ClientResponse> post(const std::string& target, std::string content_type, std::string body, Duration timeout);

  /// GET whose body is handed over piece by piece until the server ends it, `on_piece` returns false, or
  /// `cancel_fd` becomes readable (ClientError::cancelled; -1: there is no such descriptor). The returned
  /// response has no body when the status is 200; with any other status it has, and `on_piece` is not called.
  Result<ClientResponse> stream(const std::string& target, const std::function<bool(std::string_view)>& on_piece,
                                int cancel_fd);

  /// Of the last failure, what the system calls it: an errno, for `unresolved` getaddrinfo's number, or 0.
  [[nodiscard]] int number() const;

  /// The connected socket; -1 when there is none.
  [[nodiscard]] int fd() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::http
