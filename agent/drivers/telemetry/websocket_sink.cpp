// External events by WebSocket: each client has its own topics, by the path it asked for, and its own snapshot.
#include <utility>

#include "drivers/telemetry/event_clients.hpp"
#include "drivers/telemetry/event_sinks.hpp"
#include "http/listener.hpp"
#include "http/websockets.hpp"

namespace holdfast {
namespace {

std::string unknown_path_text() {
  std::string headers;
  for (const api::EventTopic topic : all_values<api::EventTopic>()) {
    headers += headers.empty() ? "" : ", ";
    headers += name_of(topic);
  }
  return "the path names headers of events (" + headers + "), or all, with slashes between them";
}

class WebSocketSink final : public EventSink, private ClientTexts {
 public:
  WebSocketSink(system::EventLoop& loop, std::function<void()> on_news)
      : on_news_(std::move(on_news)),
        clients_(*this),
        sockets_(loop.context(), {[this](ClientId id) { begin_snapshot(id); },
                                  [this](ClientId id) { begin_snapshot(id); }, [this](ClientId id) { closed(id); }}) {}

  Status open(http::RequestPort& into, const config::Settings& settings, std::uint16_t port) {
    auto socket = http::make_tcp_listener(inet_server_of(settings).host, port);
    if (!socket) {
      return socket.error();
    }
    into.add_event_port(
        std::move(socket).value(), event_account_of(settings),
        [this](http::Request& request, http::Responder responder) { take(request, std::move(responder)); });
    return {};
  }

  [[nodiscard]] api::EventTopics wanted() const override { return clients_.wanted(); }
  void publish(const api::ExternalEvent& event) override { clients_.publish(event); }
  bool tell_newcomers(const api::EventSight& sight) override { return clients_.tell_newcomers(sight); }
  void close() override { sockets_.close(); }
  [[nodiscard]] std::uint64_t dropped() const override { return clients_.dropped(); }
  [[nodiscard]] std::uint64_t refused() const override { return refused_; }

 private:
  // ClientTexts
  bool send(ClientId client, const std::shared_ptr<const std::string>& text) override {
    return sockets_.send(client, text);
  }
  [[nodiscard]] std::size_t queued(ClientId client) const override { return sockets_.queued(client); }

  void take(const http::Request& request, http::Responder responder) {
    const auto topics = api::topics_of_path(request.path);
    if (!topics) {
      ++refused_;
      return responder.respond(http::error_response(404, unknown_path_text()));
    }
    if (!http::WebSockets::is_upgrade(request)) {
      ++refused_;
      return responder.respond(http::error_response(400, "this port is for WebSocket clients"));
    }
    if (const ClientId id = sockets_.take(request, std::move(responder)); id != 0) {
      clients_.add(id, *topics);
    } else {
      ++refused_;
    }
  }

  /// It is there, or there again.
  void begin_snapshot(ClientId id) {
    if (clients_.ready(id)) {
      on_news_();
    }
  }

  void closed(ClientId id) {
    clients_.remove(id);
    on_news_();
  }

  std::function<void()> on_news_;
  EventClients clients_;
  std::uint64_t refused_ = 0;
  http::WebSockets sockets_;
};

}  // namespace

Result<std::unique_ptr<EventSink>> make_websocket_sink(system::EventLoop& loop, http::RequestPort& into,
                                                       const config::Settings& settings, std::uint16_t port,
                                                       std::function<void()> on_news) {
  auto sink = std::make_unique<WebSocketSink>(loop, std::move(on_news));
  if (const Status opened = sink->open(into, settings, port); !opened) {
    return opened.error();
  }
  return std::unique_ptr<EventSink>(std::move(sink));
}

}  // namespace holdfast
