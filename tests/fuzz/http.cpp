// HTTP/1 as a client sends it and as a peer answers: the first byte says in pieces of which size it arrives, and
// the size must not matter. With the request come its credentials, its form and its query.
#include <algorithm>
#include <optional>
#include <string>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "http/authentication.hpp"
#include "http/request_parser.hpp"
#include "http/response_parser.hpp"
#include "http/uri.hpp"

using namespace holdfast;
using namespace holdfast::http;

namespace {

constexpr std::size_t kHeaderBytes = 4096;
constexpr std::size_t kBodyBytes = 8192;

/// Gives all of `bytes` to one parser as the session does; where it ended.
RequestParser::Progress read_request(Request& request, std::string_view bytes, std::size_t piece) {
  RequestParser parser(kHeaderBytes);
  parser.begin(request);
  std::string buffer;
  auto progress = RequestParser::Progress::need_more;
  while (!bytes.empty() || !buffer.empty()) {
    const std::size_t got = std::min(piece, bytes.size());
    buffer += bytes.substr(0, got);
    bytes.remove_prefix(got);
    std::size_t consumed = 0;
    progress = parser.feed(buffer, consumed);
    CHECK(consumed <= buffer.size());
    buffer.erase(0, consumed);
    if (progress == RequestParser::Progress::header_complete) {
      [[maybe_unused]] const bool keep = parser.keep_alive();
      if (parser.content_length().value_or(0) > kBodyBytes || request.headers.has("Transfer-Encoding")) {
        return progress;  // the session refuses it here
      }
      std::size_t none = 0;
      progress = parser.feed({}, none);  // a request without a body is whole already
    }
    if (progress == RequestParser::Progress::failed) {
      CHECK(parser.error_status() == 400 || parser.error_status() == 431);
      return progress;
    }
    if (progress == RequestParser::Progress::complete || (bytes.empty() && got == 0)) {
      break;
    }
  }
  return progress;
}

void use(const Request& request) {
  const Credentials credentials{"user", "secret"};
  std::string user;
  if (authenticate(credentials, request.header("authorization"), user) == AuthenticationResult::granted) {
    CHECK(user == "user");
  }
  for (const auto& form : {request.form_parameters(), request.query_parameters()}) {
    CHECK(parse_form(encode_form(form)) == form);
  }
  CHECK(request.path.starts_with('/'));
}

/// The body of an answer that is whole; nullopt of any other.
std::optional<std::string> read_response(std::string_view bytes, std::size_t piece) {
  ResponseParser parser(kBodyBytes, ResponseParser::Expect::body, {});
  auto progress = ResponseParser::Progress::need_more;
  while (!bytes.empty() && progress == ResponseParser::Progress::need_more) {
    progress = parser.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (progress == ResponseParser::Progress::need_more) {
    progress = parser.feed_end();
  }
  if (progress != ResponseParser::Progress::complete) {
    CHECK(!parser.problem().empty());
    return std::nullopt;
  }
  [[maybe_unused]] const bool keep = parser.keep_alive();
  ClientResponse response = parser.take();
  CHECK(response.body.size() <= kBodyBytes);
  return std::move(response.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0];
  Request whole;
  Request pieces;
  const auto end = read_request(whole, bytes, bytes.size() + 1);
  const auto other = read_request(pieces, bytes, piece);
  if (end == RequestParser::Progress::complete) {
    CHECK(other == end);
    CHECK(whole.target == pieces.target && whole.body == pieces.body && whole.method == pieces.method);
    use(whole);
  }
  (void)parse_server_url(bytes);
  CHECK(read_response(bytes, bytes.size() + 1) == read_response(bytes, piece));
  return 0;
}
