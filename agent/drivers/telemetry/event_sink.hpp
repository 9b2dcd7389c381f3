// event_sink.hpp: where external events go (external_events gives them): who listens to what, and who must be told how
// things stand first. One implementation for each value of event_link (event_sinks.hpp); the tests have a fake. A sink
// makes no message and decides nothing about them. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "api/events/event_feed.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"

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

class EventSinkMaker {
 public:
  virtual ~EventSinkMaker() = default;
  /// The open sink of that link, which is not `none`. `on_news`: who listens has changed, or somebody must be told
  /// first. The error says what cannot be bound.
  virtual Result<std::unique_ptr<EventSink>> make(config::EventLink link, std::uint16_t port,
                                                  std::function<void()> on_news) = 0;
};

}  // namespace holdfast
