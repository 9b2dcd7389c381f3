#include "http/response_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <optional>

#include "http/authentication.hpp"

namespace holdfast::http {
namespace {

namespace beast = boost::beast;

/// What the parser's callbacks need to know.
struct Collector {
  std::size_t body_bytes_max = 0;
  ResponseParser::Sink sink;
  ClientResponse response;
  bool stopped = false;
};

class BeastParser final : public beast::http::basic_parser<false> {
 public:
  BeastParser(Collector& collector, ResponseParser::Expect expect) : collector_(collector) {
    eager(true);
    header_limit(static_cast<std::uint32_t>(limits::http_client_header_bytes));
    body_limit(std::numeric_limits<std::uint64_t>::max());  // on_body_impl judges
    skip(expect == ResponseParser::Expect::no_body);
  }

 private:
  using Code = beast::error_code;

  void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int, Code&) override {}
  void on_response_impl(int status, beast::string_view, int, Code&) override {
    collector_.response = ClientResponse{status, {}, {}};
  }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     Code& error) override {
    header_bytes_ += name.size() + value.size() + 4;
    if (header_bytes_ > limits::http_client_header_bytes) {
      error = beast::http::error::header_limit;
      return;
    }
    collector_.response.headers.add(std::string_view(name.data(), name.size()),
                                    std::string_view(value.data(), value.size()));
  }
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(beast::string_view body, Code& error) override { return take(body, error); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, Code& error) override {
    return take(body, error);
  }
  void on_finish_impl(Code&) override {}

  std::size_t take(beast::string_view body, Code& error) {
    if (collector_.sink && collector_.response.status == 200) {
      if (!collector_.stopped && !collector_.sink(std::string_view(body.data(), body.size()))) {
        collector_.stopped = true;
      }
      return body.size();
    }
    if (collector_.response.body.size() + body.size() > collector_.body_bytes_max) {
      error = beast::http::error::body_limit;
      return 0;
    }
    collector_.response.body.append(body.data(), body.size());
    return body.size();
  }

  Collector& collector_;
  std::size_t header_bytes_ = 0;
};

}  // namespace

struct ResponseParser::Impl {
  Collector collector;
  Expect expect = Expect::body;
  std::optional<BeastParser> parser;
  std::string pending;
  bool got_anything = false;
};

ResponseParser::ResponseParser(std::size_t body_bytes_max, Expect expect, Sink sink)
    : impl_(std::make_unique<Impl>()) {
  impl_->collector.body_bytes_max = body_bytes_max;
  impl_->collector.sink = std::move(sink);
  impl_->expect = expect;
  impl_->parser.emplace(impl_->collector, expect);
}

ResponseParser::~ResponseParser() = default;

ResponseParser::Progress ResponseParser::feed(std::string_view bytes) {
  Impl& impl = *impl_;
  impl.got_anything = impl.got_anything || !bytes.empty();
  impl.pending.append(bytes);
  std::size_t used = 0;
  Progress result = Progress::need_more;
  while (used < impl.pending.size() && result == Progress::need_more) {
    beast::error_code error;
    const std::size_t taken = impl.parser->put(
        boost::asio::const_buffer(impl.pending.data() + used, impl.pending.size() - used), error);
    used += taken;
    if (error && error != beast::http::error::need_more) {
      result = Progress::failed;
    } else if (impl.collector.stopped) {
      result = Progress::stopped;
    } else if (impl.parser->is_done()) {
      if (impl.collector.response.status / 100 == 1) {
        impl.parser.emplace(impl.collector, impl.expect);
      } else {
        result = Progress::complete;
      }
    } else if (error || taken == 0) {
      break;
    }
  }
  impl.pending.erase(0, used);
  return result;
}

ResponseParser::Progress ResponseParser::feed_end() {
  if (!impl_->parser->got_some()) {
    return Progress::failed;
  }
  beast::error_code error;
  impl_->parser->put_eof(error);
  return error || !impl_->parser->is_done() ? Progress::failed : Progress::complete;
}

bool ResponseParser::keep_alive() const {
  return impl_->parser->is_header_done() && impl_->parser->keep_alive() && impl_->pending.empty();
}

bool ResponseParser::got_anything() const {
  return impl_->got_anything;
}

ClientResponse ResponseParser::take() {
  return std::move(impl_->collector.response);
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
