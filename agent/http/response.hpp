// response.hpp: an answer, whole or the head of a stream. The session adds Server, Date, Content-Length (or
// chunked framing) and Connection itself; a handler never does. A plain value, moved into the Responder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::http {

struct Response {
  int status = 200;
  std::string content_type;  // "" = no such header
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// A body that many answers share (an asset, a cached listing); used instead of `body` when set.
  std::shared_ptr<const std::string> shared_body;
  bool close = false;  // end the connection after this answer

  [[nodiscard]] std::string_view body_view() const { return shared_body ? std::string_view(*shared_body) : body; }
};

/// A time as headers have it: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(std::int64_t unix_seconds);

/// "OK", "Not Found" …; "" for a code we never send.
std::string_view reason_phrase(int status);

/// The small HTML page of contract supervisor.md 4.1 for anything that is not 200.
Response error_response(int status);
/// The same with a sentence for people in place of the standard phrase (escaped here).
Response error_response(int status, std::string_view message);

/// 303 (after a POST) or another redirect, with an empty body. `location` must be a path of ours or come from
/// one.
Response redirect_response(int status, std::string location);

Response text_response(std::string content_type, std::string body);

}  // namespace holdfast::http
