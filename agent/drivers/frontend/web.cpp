#include "drivers/frontend/web.hpp"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "http/uri.hpp"
#include "keeper/free_descriptors.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kHelloPath = "/holdfast/hello";
constexpr std::string_view kEventPort = "event_port";  // the name of its listening socket
constexpr Duration kPressureSettles = 500ms;

std::vector<api::WebField> fields_of(const std::vector<http::Parameter>& parameters) {
  std::vector<api::WebField> fields;
  fields.reserve(parameters.size());
  for (const http::Parameter& parameter : parameters) {
    fields.push_back({parameter.name, parameter.value});
  }
  return fields;
}

http::Response http_response(api::WebResponse&& from) {
  http::Response response;
  response.status = from.status;
  response.content_type = std::move(from.content_type);
  response.headers = std::move(from.headers);
  response.body = std::move(from.body);
  if (from.page) {
    http::add_page_headers(response);
  }
  return response;
}

}  // namespace

/// api::WebReply on an http::Responder.
class Web::Reply final : public api::WebReply {
 public:
  Reply(Web& web, const http::Request& request, http::Responder responder)
      : web_(web), request_(request), responder_(std::move(responder)) {}

  void respond(api::WebResponse response) override { responder_.respond(http_response(std::move(response))); }
  void error(int status) override { responder_.respond(http::error_response(status)); }
  void follow_log(const std::string& path, std::int64_t tail_bytes) override {
    http::Response head;
    head.content_type = "text/plain;charset=utf-8";
    head.headers.emplace_back("X-Accel-Buffering", "no");
    holdfast::follow_log(web_.disk_, path, tail_bytes, std::move(head), responder_, web_.followers_);
  }
  /// Only while the request is being handled: it reads Last-Event-ID from it.
  void stream_events(std::vector<std::string> topics) override {
    web_.events_.attach(request_, responder_, std::move(topics));
    web_.on_watcher_();
  }

 private:
  Web& web_;
  const http::Request& request_;
  http::Responder responder_;
};

Web::Web(system::EventLoop& loop, storage::DiskThread& disk, storage::MainLog& log, const DescriptorShares& shares)
    : loop_(loop),
      disk_(disk),
      log_(log),
      followers_(shares.followers),
      events_(loop.context(), http::EventStreamOptions{}) {
  http::ServerOptions options;
  options.connections_max = shares.clients;
  options.connections_per_address_max = std::min(limits::http_connections_per_address, shares.clients * 3 / 4);
  options.warn = [this](std::string_view message) { log_.warn(message); };
  // Else the heap keeps the size of the flood. Not at once: the last of its connections are still going.
  options.on_pressure_end = [this] {
    pressure_end_.set(monotonic_now() + kPressureSettles, [] { (void)::malloc_trim(0); });
  };
  server_ = std::make_unique<http::Server>(
      loop_.context(), std::move(options),
      [this](http::Request& request, http::Responder responder) { handle(request, std::move(responder)); });
}

Web::~Web() = default;

void Web::serve(api::Api& api, api::HelloPort* hello, std::function<void()> on_watcher) {
  api_ = &api;
  hello_ = hello;
  on_watcher_ = std::move(on_watcher);
  for (Waiting& each : std::exchange(waiting_, {})) {
    const Status added = server_->add_listener(std::move(each.socket), each.section, std::move(each.credentials));
    if (!added) {
      log_.critical("Server '" + each.section +
                    "' cannot be watched, nobody is answered there: " + added.error().message);
    }
  }
}

void Web::add_server(const config::HttpServerSettings& settings, UniqueFd socket) {
  if (settings.username.empty()) {
    log_.critical("Server '" + settings.section + "' running without any HTTP authentication checking");
  }
  waiting_.push_back({std::move(socket), settings.section, {settings.username, settings.password}});
}

void Web::add_event_port(UniqueFd socket, http::Credentials credentials, Handler handler) {
  event_port_ = std::move(handler);
  waiting_.push_back({std::move(socket), std::string(kEventPort), std::move(credentials)});
}

void Web::close() {
  events_.close();
  server_->stop_listening();
  server_->close_gracefully();
}

std::string Web::issue(std::string_view user) const {
  return tokens_.issue(user, wall_now());
}

bool Web::valid(std::string_view token, std::string_view user) const {
  return tokens_.valid(token, user, wall_now());
}

void Web::handle(http::Request& request, http::Responder responder) {
  if (request.peer.server == kEventPort) {
    // A browser asks for WebSockets across origins without asking us first.
    const bool allowed = http::same_origin(request) && hosts_.allows(request.header("Host"), request.minor_version);
    if (!keeper::descriptors_left(limits::descriptors_kept_free)) {
      return responder.respond(http::error_response(503, "No file descriptor is left for one more event client"));
    }
    return allowed ? event_port_(request, std::move(responder)) : responder.respond(http::error_response(403));
  }
  if (request.path == kHelloPath) {
    const api::HelloAnswer answer = hello_ != nullptr && request.method == http::Method::post
                                        ? hello_->answer_hello(request.body, request.peer.description)
                                        : api::HelloAnswer{};
    http::Response response = http::text_response("application/json", answer.body);
    response.status = answer.status;
    return responder.respond(std::move(response));
  }
  api::WebRequest web;
  web.method = request.method_text;
  web.path = request.path;
  web.raw_path = request.target;
  web.query = fields_of(request.query_parameters());
  web.form = fields_of(request.form_parameters());
  web.content_type = std::string(request.header("Content-Type"));
  web.if_none_match = std::string(request.header("If-None-Match"));
  web.user = request.user;
  web.origin = request.peer.description;
  web.same_origin = http::same_origin(request);
  web.host_allowed = request.peer.is_unix || hosts_.allows(request.header("Host"), request.minor_version);
  auto reply = std::make_shared<Reply>(*this, request, std::move(responder));
  web.body = std::move(request.body);
  api_->handle(std::move(web), std::move(reply));
}

}  // namespace holdfast
