// response_parser.hpp: the client's side of HTTP/1: bytes in, a ClientResponse filled in place, or its body
// handed on piece by piece. Beast's parser reads the head, the body is taken here. Interim answers (100) are
// passed over, a bounded number of them. Whatever a server sends, what is kept is bounded by base/limits.hpp
// and `body_bytes_max`; a coding that was not asked for is refused. Internal to agent/http.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/client.hpp"

namespace holdfast::http {

class ResponseParser {
 public:
  enum class Progress { need_more, complete, failed, stopped };

  /// Gets pieces of the body of a 200 answer; false stops. Empty: the body is collected in the response.
  using Sink = std::function<bool(std::string_view)>;

  enum class Expect { body, no_body };  // no_body: the answer to a HEAD

  ResponseParser(std::size_t body_bytes_max, Expect expect, Sink sink);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  /// Takes all of `bytes`; what cannot be parsed yet is kept inside. Not to be called after anything but
  /// need_more.
  Progress feed(std::string_view bytes);
  /// The server closed: complete when the answer ends by that, else failed.
  Progress feed_end();

  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] bool got_anything() const;
  /// The body is being handed on: it may take any time.
  [[nodiscard]] bool streaming() const;
  /// After `failed`: what is wrong with the answer, for people ("its header is larger than 16384 bytes").
  [[nodiscard]] const std::string& problem() const;
  /// The answer has begun as HTTP: there was a status line.
  [[nodiscard]] bool got_status() const;
  /// Of an answer that ended too early: `5 bytes read, 495 more expected`; empty: it ended within its head.
  [[nodiscard]] std::string missing() const;
  ClientResponse take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The bytes of a request, with Host, Content-Length, Authorization.
enum class Persistence { keep_alive, close };
std::string encode_request(const Endpoint& to, const ClientRequest& request, Persistence persistence);

}  // namespace holdfast::http
