// External events by WebSocket: each client has its own topics, by the path it asked for, and its own snapshot.
#include <map>
#include <optional>
#include <utility>

#include "drivers/telemetry/event_sink.hpp"
#include "http/listener.hpp"
#include "http/websockets.hpp"

namespace holdfast {
namespace {

class WebSocketSink final : public EventSink {
 public:
  WebSocketSink(system::EventLoop& loop, std::function<void()> on_news)
      : on_news_(std::move(on_news)),
        sockets_(loop.context(), {[this](Id id) { begin_snapshot(id); }, [this](Id id) { begin_snapshot(id); },
                                  [this](Id id) { closed(id); }}) {}

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

  [[nodiscard]] api::EventTopics wanted() const override {
    api::EventTopics topics = 0;
    for (const auto& [id, client] : clients_) {
      topics |= client.topics;
    }
    return topics;
  }

  void publish(const api::ExternalEvent& event) override {
    std::shared_ptr<const std::string> text;
    for (auto& [id, client] : clients_) {
      if ((client.topics & api::only(event.topic)) == 0) {
        continue;
      }
      if (!text) {
        text = std::make_shared<const std::string>(api::text_of(event));
      }
      give(id, client, text);
    }
  }

  bool tell_newcomers(const api::EventSight& sight) override {
    bool more = false;
    for (auto& [id, client] : clients_) {
      if (!client.snapshot || client.missed) {
        continue;
      }
      if (sockets_.queued(id) < limits::event_snapshot_queued) {
        std::vector<api::ExternalEvent> piece;
        const bool rest = client.snapshot->next(sight, limits::event_snapshot_piece, piece);
        for (const api::ExternalEvent& event : piece) {
          give(id, client, std::make_shared<const std::string>(api::text_of(event)));
        }
        if (!rest) {
          client.snapshot.reset();
        }
      }
      more = more || client.snapshot;
    }
    return more;
  }

  void close() override { sockets_.close(); }
  [[nodiscard]] std::uint64_t dropped() const override { return dropped_; }
  [[nodiscard]] std::uint64_t refused() const override { return refused_; }

 private:
  using Id = http::WebSockets::ClientId;
  struct Client {
    api::EventTopics topics = 0;
    std::optional<api::EventSnapshot> snapshot;
    bool missed = false;  // it reads too slowly: nothing more until it has read what it has, then a snapshot
  };

  void take(const http::Request& request, http::Responder responder) {
    const auto topics = api::topics_of_path(request.path);
    if (!topics) {
      ++refused_;
      return responder.respond(http::error_response(
          404,
          "the path names headers of events (supvisors, instance, application, process, event, hstats, pstats), or "
          "all, with slashes between them"));
    }
    if (!http::WebSockets::is_upgrade(request)) {
      ++refused_;
      return responder.respond(http::error_response(400, "this port is for WebSocket clients"));
    }
    if (const Id id = sockets_.take(request, std::move(responder)); id != 0) {
      clients_[id].topics = *topics;
    } else {
      ++refused_;
    }
  }

  /// It is there, or there again.
  void begin_snapshot(Id id) {
    if (const auto found = clients_.find(id); found != clients_.end()) {
      found->second.missed = false;
      found->second.snapshot.emplace(found->second.topics);
      on_news_();
    }
  }

  void closed(Id id) {
    clients_.erase(id);
    on_news_();
  }

  void give(Id id, Client& client, const std::shared_ptr<const std::string>& text) {
    client.missed = client.missed || !sockets_.send(id, text);
    dropped_ += client.missed ? 1 : 0;
  }

  std::function<void()> on_news_;
  std::map<Id, Client> clients_;
  std::uint64_t dropped_ = 0;
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
