// event_stream.hpp: server-sent events: one bounded ring of events with ids, one cursor per client.
// Publishing costs the same with no client or many and never waits for one: a client takes what it can, and
// one that falls off the ring gets an event `reset` and must reload. Events with a key coalesce: at most four
// a second, the newest wins. Timers run only while clients exist and something waits. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/limits.hpp"
#include "http/request.hpp"
#include "http/responder.hpp"

namespace boost::asio {
class io_context;
}

namespace holdfast::http {

struct EventStreamOptions {
  std::size_t ring_events = limits::sse_ring_events;
  std::size_t ring_bytes = limits::sse_ring_bytes;
  std::size_t clients_max = limits::sse_clients;
  std::size_t client_queue_bytes = limits::sse_client_queue_bytes;  // above it, a client's cursor waits
  Duration coalesce = limits::sse_coalesce;
  Duration heartbeat = limits::sse_heartbeat;
};

class EventStream {
 public:
  EventStream(boost::asio::io_context& io, EventStreamOptions options);
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  /// An event for all clients of `topic` (the SSE event name). Sent in order, never coalesced.
  void publish(std::string_view topic, std::string_view data);
  /// The newest state of `key`: at most one event per key and limits::sse_coalesce; an older one not yet sent
  /// is dropped.
  void publish_latest(std::string_view topic, std::string_view key, std::string_view data);

  /// Makes the answer to `request` a stream of the topics (all when empty). A `Last-Event-ID` header (or
  /// parameter `lastEventId`) resumes after that id; an id that is no longer in the ring gets `reset`. Too
  /// many clients: 503.
  void attach(const Request& request, Responder responder, std::vector<std::string> topics);

  [[nodiscard]] std::size_t clients() const;
  [[nodiscard]] std::uint64_t last_id() const;
  /// Ends every stream (shutdown).
  void close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace holdfast::http
