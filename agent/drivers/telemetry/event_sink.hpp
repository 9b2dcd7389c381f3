// event_sink.hpp: where external events go (external_events gives them): who listens to what, and who must be told how
// things stand first. One implementation for each value of event_link. A sink makes no message and decides nothing
// about them. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "api/events/event_feed.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "http/authentication.hpp"
#include "http/request_port.hpp"
#include "system/event_loop.hpp"

namespace holdfast {

class EventSink {
 public:
  EventSink() = default;
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;
  virtual ~EventSink() = default;

  /// What anybody listens to; 0: nobody is there.
  [[nodiscard]] virtual api::EventTopics wanted() const = 0;
  virtual void publish(const api::ExternalEvent& event) = 0;
  /// A piece of what newcomers, and those who missed something, are told first. False: they know all.
  virtual bool tell_newcomers(const api::EventSight& sight) = 0;
  virtual void close() = 0;
  /// Messages that a subscriber did not get because it reads too slowly.
  [[nodiscard]] virtual std::uint64_t dropped() const = 0;
  [[nodiscard]] virtual std::uint64_t refused() const = 0;
};

/// The account that subscribers are asked for; none required where nobody is asked.
http::Credentials event_account_of(const config::Settings& settings);

/// The sinks, bound where [inet_http_server] is. `on_news`: who listens has changed, or somebody must be told first.
/// The error says what cannot be bound.
Result<std::unique_ptr<EventSink>> make_zeromq_sink(system::EventLoop& loop, const config::Settings& settings,
                                                    std::uint16_t port, std::function<void()> on_news);
Result<std::unique_ptr<EventSink>> make_websocket_sink(system::EventLoop& loop, http::RequestPort& into,
                                                       const config::Settings& settings, std::uint16_t port,
                                                       std::function<void()> on_news);

}  // namespace holdfast
