#include "http/response_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "base/limits.hpp"
#include "http/authentication.hpp"
#include "http/chunk_decoder.hpp"

namespace holdfast::http {
namespace {

namespace beast = boost::beast;

/// Reads a head; it is never given anything of a body.
class HeadParser final : public beast::http::basic_parser<false> {
 public:
  explicit HeadParser(ClientResponse& response) : response_(response) {
    header_limit(static_cast<std::uint32_t>(limits::http_client_header_bytes));
    body_limit(std::numeric_limits<std::uint64_t>::max());  // ResponseParser judges
  }

 private:
  using Code = beast::error_code;

  void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int, Code&) override {}
  void on_response_impl(int status, beast::string_view reason, int, Code&) override {
    response_ = ClientResponse{status, {}, {}, std::string(reason)};
  }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, Code& error) override {
    header_bytes_ += name.size() + value.size() + 4;
    if (header_bytes_ > limits::http_client_header_bytes) {
      error = beast::http::error::header_limit;
      return;
    }
    response_.headers.add(std::string_view(name.data(), name.size()), std::string_view(value.data(), value.size()));
  }
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(beast::string_view, Code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, Code&) override { return 0; }
  void on_finish_impl(Code&) override {}

  ClientResponse& response_;
  std::size_t header_bytes_ = 0;
};

enum class Framing { none, counted, chunked, to_end };

}  // namespace

struct ResponseParser::Impl {
  std::size_t body_bytes_max = 0;
  Expect expect = Expect::body;
  Sink sink;
  ClientResponse response;
  std::optional<HeadParser> head;
  std::optional<Framing> body;  // once the head is there
  std::uint64_t left = 0;       // of a counted one
  std::uint64_t received = 0;   // of the body
  ChunkDecoder chunks;
  std::string pending;  // of a head; or what came after the answer
  std::string problem;
  int interim = 0;
  bool got_anything = false;
  bool stopped = false;
  bool too_large = false;

  Progress fail(std::string why) {
    problem = std::move(why);
    return Progress::failed;
  }

  Progress fail_too_large() { return fail("its body is larger than " + std::to_string(body_bytes_max) + " bytes"); }

  [[nodiscard]] bool streams() const { return sink && response.status == 200; }

  Progress read_head() {
    beast::error_code error;
    const std::size_t taken = head->put(boost::asio::const_buffer(pending.data(), pending.size()), error);
    pending.erase(0, taken);
    if (!error && head->is_header_done()) {
      return begin_body();
    }
    if (!error || error == beast::http::error::need_more) {
      return Progress::need_more;
    }
    if (error == beast::http::error::header_limit) {
      return fail("its header is larger than " + std::to_string(limits::http_client_header_bytes) + " bytes");
    }
    return fail("it is no proper HTTP (" + error.message() + ")");
  }

  Progress begin_body() {
    if (response.status / 100 == 1) {
      head.emplace(response);
      return ++interim > limits::http_interim_answers ? fail("interim answers come without end") : Progress::need_more;
    }
    const auto length = head->content_length();
    if (expect == Expect::no_body || response.status == 204 || response.status == 304 || (length && *length == 0)) {
      body = Framing::none;
      return Progress::complete;
    }
    if (response.headers.has("Transfer-Encoding") &&
        !(head->chunked() && equals_ignoring_case(response.headers.get("Transfer-Encoding"), "chunked"))) {
      return fail_encoded("Transfer-Encoding");
    }
    if (response.status == 200 && response.headers.has("Content-Encoding") &&
        !equals_ignoring_case(response.headers.get("Content-Encoding"), "identity")) {
      return fail_encoded("Content-Encoding");
    }
    if (length && *length > body_bytes_max && !streams()) {
      return fail_too_large();
    }
    left = length ? *length : 0;
    body = head->chunked() ? Framing::chunked : length ? Framing::counted : Framing::to_end;
    return Progress::need_more;
  }

  Progress fail_encoded(std::string_view header) {
    return fail("its body has a " + std::string(header) + " that was not asked for (" +
                std::string(response.headers.get(header)) + ")");
  }

  Progress read_body(std::string_view bytes) {
    std::size_t used = bytes.size();
    Progress result = Progress::need_more;
    if (*body == Framing::chunked) {
      const auto progress = chunks.feed(bytes, used, [this](std::string_view piece) { return take(piece); });
      if (progress == ChunkDecoder::Progress::failed) {
        return fail("its chunks are malformed");
      }
      result = progress == ChunkDecoder::Progress::complete ? Progress::complete : result;
    } else {
      if (*body == Framing::counted) {
        used = static_cast<std::size_t>(std::min<std::uint64_t>(left, used));
        left -= used;
        result = left == 0 ? Progress::complete : result;
      }
      take(bytes.substr(0, used));
    }
    pending.assign(bytes.substr(used));
    return too_large ? fail_too_large() : stopped ? Progress::stopped : result;
  }

  /// False: no more of it is wanted.
  bool take(std::string_view piece) {
    received += piece.size();
    if (streams()) {
      stopped = !sink(piece);
    } else if (response.body.size() + piece.size() > body_bytes_max) {
      too_large = true;
    } else {
      response.body.append(piece);
    }
    return !stopped && !too_large;
  }
};

ResponseParser::ResponseParser(std::size_t body_bytes_max, Expect expect, Sink sink) : impl_(std::make_unique<Impl>()) {
  impl_->body_bytes_max = body_bytes_max;
  impl_->sink = std::move(sink);
  impl_->expect = expect;
  impl_->head.emplace(impl_->response);
}

ResponseParser::~ResponseParser() = default;

ResponseParser::Progress ResponseParser::feed(std::string_view bytes) {
  Impl& impl = *impl_;
  impl.got_anything = impl.got_anything || !bytes.empty();
  if (impl.body) {
    return impl.read_body(bytes);
  }
  impl.pending.append(bytes);
  Progress result = Progress::need_more;
  for (bool moved = true; moved && result == Progress::need_more && !impl.body && !impl.pending.empty();) {
    const std::size_t before = impl.pending.size();
    result = impl.read_head();
    moved = impl.pending.size() != before;
  }
  if (result != Progress::need_more || !impl.body || impl.pending.empty()) {
    return result;
  }
  const std::string rest = std::exchange(impl.pending, {});
  return impl.read_body(rest);
}

ResponseParser::Progress ResponseParser::feed_end() {
  if (impl_->body == Framing::to_end) {
    return Progress::complete;
  }
  return impl_->fail("the server closed the connection before its answer was complete");
}

bool ResponseParser::keep_alive() const {
  return impl_->body && impl_->head->keep_alive() && impl_->pending.empty();
}

bool ResponseParser::got_anything() const {
  return impl_->got_anything;
}

bool ResponseParser::got_status() const {
  return impl_->response.status != 0;
}

bool ResponseParser::streaming() const {
  return impl_->body && impl_->streams();
}

const std::string& ResponseParser::problem() const {
  return impl_->problem;
}

std::string ResponseParser::missing() const {
  if (!impl_->body) {
    return {};
  }
  std::string text = std::to_string(impl_->received) + " bytes read";
  if (*impl_->body == Framing::counted) {
    text += ", " + std::to_string(impl_->left) + " more expected";
  }
  return text;
}

ClientResponse ResponseParser::take() {
  return std::move(impl_->response);
}

std::string encode_request(const Endpoint& to, const ClientRequest& request, Persistence persistence) {
  std::string out = request.method + " " + request.target + " HTTP/1.1\r\nHost: ";
  out += to.is_unix() ? "localhost" : to.text();
  out += "\r\nUser-Agent: holdfast/" HOLDFAST_VERSION "\r\n";
  if (!request.username.empty()) {
    out += "Authorization: " + basic_authorization(request.username, request.password) + "\r\n";
  }
  if (!request.content_type.empty()) {
    out += "Content-Type: " + request.content_type + "\r\n";
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  for (const auto& [name, value] : request.headers) {
    out += name + ": " + value + "\r\n";
  }
  if (persistence == Persistence::close) {
    out += "Connection: close\r\n";
  }
  out += "\r\n";
  out += request.body;
  return out;
}

}  // namespace holdfast::http
