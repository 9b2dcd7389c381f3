#include "http/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>

#include "base/limits.hpp"

namespace holdfast::http {
namespace {

namespace beast = boost::beast;

Method method_of(beast::http::verb verb) {
  if (verb == beast::http::verb::get) {
    return Method::get;
  }
  if (verb == beast::http::verb::head) {
    return Method::head;
  }
  if (verb == beast::http::verb::post) {
    return Method::post;
  }
  if (verb == beast::http::verb::put) {
    return Method::put;
  }
  if (verb == beast::http::verb::delete_) {
    return Method::del;
  }
  return verb == beast::http::verb::options ? Method::options : Method::other;
}

/// Splits the target; false when it is none that we serve (CONNECT's authority, `*`, a NUL).
bool set_target(Request& request, std::string_view target) {
  request.target = target;
  std::string_view rest = request.target;
  if (rest.starts_with("http://") || rest.starts_with("https://")) {  // the form that proxies get
    const auto path = rest.find('/', rest.find("://") + 3);
    rest = path == std::string_view::npos ? std::string_view("/") : rest.substr(path);
  }
  rest = rest.substr(0, rest.find('#'));
  if (rest.empty() || rest.front() != '/') {
    return false;
  }
  const auto question = rest.find('?');
  request.query = question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
  request.path = percent_decode(rest.substr(0, question));
  return request.path.find('\0') == std::string::npos;
}

/// Beast calls these while it reads; everything goes straight into the Request.
class BeastParser final : public beast::http::basic_parser<true> {
 public:
  BeastParser(Request& request, std::uint32_t header_bytes_max) : request_(request) {
    header_limit(header_bytes_max);
    // The session judges the length by the path. (Beast 1.74 takes boost::none for "smaller than anything".)
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

 private:
  using Code = beast::error_code;

  void on_request_impl(beast::http::verb method, beast::string_view method_text, beast::string_view target, int version,
                       Code& error) override {
    request_.method = method_of(method);
    request_.method_text.assign(method_text.data(), method_text.size());
    request_.minor_version = version % 10;
    if (!set_target(request_, std::string_view(target.data(), target.size()))) {
      error = beast::http::error::bad_target;
    }
  }
  void on_response_impl(int, beast::string_view, int, Code&) override {}
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, Code&) override {
    request_.headers.add(std::string_view(name.data(), name.size()), std::string_view(value.data(), value.size()));
  }
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(beast::string_view body, Code&) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, Code& error) override {
    error = beast::http::error::bad_chunk;  // the session refuses chunked requests before any chunk is read
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, Code& error) override {
    error = beast::http::error::bad_chunk;
    return 0;
  }
  void on_finish_impl(Code&) override {}

  Request& request_;
};

}  // namespace

struct RequestParser::Impl {
  std::uint32_t header_bytes_max;
  std::optional<BeastParser> parser;
};

RequestParser::RequestParser(std::size_t header_bytes_max)
    : impl_(std::make_unique<Impl>(Impl{static_cast<std::uint32_t>(header_bytes_max), std::nullopt})) {}

RequestParser::~RequestParser() = default;

void RequestParser::begin(Request& request) {
  request.clear_message();
  impl_->parser.emplace(request, impl_->header_bytes_max);
  started_ = false;
  header_complete_ = false;
  header_bytes_ = 0;
  error_status_ = 0;
}

RequestParser::Progress RequestParser::feed(std::string_view bytes, std::size_t& consumed) {
  consumed = 0;
  if (!started_) {
    // An empty line before the request line is forgiven (RFC 9112 2.2): old clients end a body with one.
    while (consumed < bytes.size() && (bytes[consumed] == '\r' || bytes[consumed] == '\n')) {
      ++consumed;
    }
  }
  BeastParser& parser = *impl_->parser;
  if (header_complete_ && parser.is_done()) {
    return Progress::complete;  // a message without a body; what follows is the next one
  }
  while (consumed < bytes.size()) {
    started_ = true;
    beast::error_code error;
    const std::string_view rest = bytes.substr(consumed);
    const std::size_t taken = parser.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    consumed += taken;
    if (!header_complete_) {
      // Beast's own limit counts from the last complete field, so that many small fields would never reach
      // it.
      header_bytes_ += taken;
      if (header_bytes_ > impl_->header_bytes_max) {
        error_status_ = 431;
        return Progress::failed;
      }
    }
    if (error && error != beast::http::error::need_more) {
      error_status_ = error == beast::http::error::header_limit ? 431 : 400;
      return Progress::failed;
    }
    if (parser.is_header_done() && !header_complete_) {
      header_complete_ = true;
      return Progress::header_complete;
    }
    if (parser.is_done()) {
      return Progress::complete;
    }
    if (error || taken == 0) {
      return Progress::need_more;
    }
  }
  return Progress::need_more;
}

bool RequestParser::keep_alive() const {
  return impl_->parser->keep_alive();
}

std::optional<std::uint64_t> RequestParser::content_length() const {
  const auto length = impl_->parser->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

}  // namespace holdfast::http
