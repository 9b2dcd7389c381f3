#include "ctl/client/server.hpp"

#include "base/limits.hpp"
#include "http/blocking_client.hpp"
#include "http/uri.hpp"
#include "wire/xmlrpc_codec.hpp"

namespace holdfast::ctl {
namespace {

/// Zero: without end.
Duration timeout_of(Patience patience) {
  switch (patience) {
    case Patience::question:
      return limits::ctl_question_timeout;
    case Patience::glance:
      return limits::ctl_glance_timeout;
    case Patience::action:
      break;
  }
  return Duration::zero();
}

Failure failure_of(const Error& error, int number) {
  const auto failure = [&](Failure::Kind kind) { return Failure{kind, number, error.message}; };
  switch (static_cast<http::ClientError>(error.code)) {
    case http::ClientError::refused:
      return failure(Failure::Kind::refused);
    case http::ClientError::no_such_file:
      return failure(Failure::Kind::no_such_file);
    case http::ClientError::forbidden:
      return failure(Failure::Kind::forbidden);
    case http::ClientError::unresolved:
      return failure(Failure::Kind::unresolved);
    case http::ClientError::timeout:
      return failure(Failure::Kind::timeout);
    case http::ClientError::closed:
    case http::ClientError::cancelled:
      return failure(Failure::Kind::closed);
    case http::ClientError::unauthorized:
      return Failure{Failure::Kind::http_status, 401, error.message};
    case http::ClientError::system:
      return failure(Failure::Kind::system);
    case http::ClientError::incomplete:
      return failure(Failure::Kind::incomplete);
    case http::ClientError::protocol:
    case http::ClientError::none:
      break;
  }
  return failure(Failure::Kind::not_http);
}

}  // namespace

class HttpServer::Impl {
 public:
  explicit Impl(Access access) : url_(std::move(access.url)) {
    if (auto endpoint = http::parse_server_url(url_); endpoint.ok()) {
      client_.emplace(std::move(endpoint).value(), std::move(access.username), std::move(access.password));
    }
  }

  Reply call(const std::string& method, const Params& params, Patience patience) {
    if (!client_) {
      return bad_url();
    }
    const auto answer = client_->post("/RPC2", "text/xml", wire::encode_call(method, params), timeout_of(patience));
    if (!answer) {
      return failure_of(answer.error(), client_->number());
    }
    if (answer.value().status != 200) {
      return Failure{Failure::Kind::http_status, answer.value().status, answer.value().reason};
    }
    auto reply = wire::decode_response(answer.value().body);
    if (!reply) {
      return Failure{Failure::Kind::not_rpc, 0, reply.error().message};
    }
    if (const auto* fault = std::get_if<wire::Fault>(&reply.value())) {
      return Failure{Failure::Kind::fault, fault->code, fault->text};
    }
    return std::get<wire::Value>(std::move(reply).value());
  }

  std::optional<Failure> follow(const std::string& path, const Sink& sink, int cancel_fd) {
    if (!client_) {
      return bad_url();
    }
    const auto on_piece = [&sink](std::string_view piece) {
      sink(piece);
      return true;
    };
    const auto answer = client_->stream(path, on_piece, cancel_fd);
    if (!answer) {
      return failure_of(answer.error(), client_->number());
    }
    if (answer.value().status != 200) {
      return Failure{Failure::Kind::http_status, answer.value().status, answer.value().reason};
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] Failure bad_url() const {
    return {Failure::Kind::bad_url, 0, "Unknown protocol for serverurl " + url_};
  }

  std::string url_;
  std::optional<http::BlockingClient> client_;
};

HttpServer::HttpServer(Access access) : impl_(std::make_unique<Impl>(std::move(access))) {}

HttpServer::~HttpServer() = default;

Reply HttpServer::call(const std::string& method, const Params& params, Patience patience) {
  return impl_->call(method, params, patience);
}

std::optional<Failure> HttpServer::follow(const std::string& path, const Sink& sink, int cancel_fd) {
  return impl_->follow(path, sink, cancel_fd);
}

}  // namespace holdfast::ctl
