// event_sinks.hpp: makes the sinks of the external events, bound where [inet_http_server] is: ZeroMQ (zeromq_sink.cpp)
// and WebSocket (websocket_sink.cpp). Says also which account their subscribers are asked for. Used by Telemetry; loop
// thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "drivers/telemetry/event_sink.hpp"
#include "http/authentication.hpp"
#include "http/request_port.hpp"
#include "system/event_loop.hpp"

namespace holdfast {

/// The account that subscribers are asked for; none required where nobody is asked.
http::Credentials event_account_of(const config::Settings& settings);

Result<std::unique_ptr<EventSink>> make_zeromq_sink(system::EventLoop& loop, const config::Settings& settings,
                                                    std::uint16_t port, std::function<void()> on_news);
Result<std::unique_ptr<EventSink>> make_websocket_sink(system::EventLoop& loop, http::RequestPort& into,
                                                       const config::Settings& settings, std::uint16_t port,
                                                       std::function<void()> on_news);

class EventSinks final : public EventSinkMaker {
 public:
  /// `into`: takes the requests of WebSocket clients.
  EventSinks(system::EventLoop& loop, http::RequestPort& into, const config::Settings& settings)
      : loop_(loop), into_(into), settings_(settings) {}
  Result<std::unique_ptr<EventSink>> make(config::EventLink link, std::uint16_t port,
                                          std::function<void()> on_news) override;

 private:
  system::EventLoop& loop_;
  http::RequestPort& into_;
  const config::Settings& settings_;
};

}  // namespace holdfast
