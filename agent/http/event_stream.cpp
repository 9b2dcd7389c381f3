#include "http/event_stream.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <optional>

#include "base/text.hpp"
#include "http/asio_types.hpp"

namespace holdfast::http {
namespace {

struct Event {
  std::uint64_t id = 0;
  std::string topic;
  std::string frame;  // as it goes out: id, event, data lines, empty line
};

/// One `data:` line for each line, so that no content can end the event or begin a field.
std::string frame_of(std::uint64_t id, std::string_view topic, std::string_view data) {
  std::string frame = "id: " + std::to_string(id) + "\nevent: ";
  for (const char c : topic) {
    frame.push_back(c == '\n' || c == '\r' ? ' ' : c);
  }
  frame += "\ndata: ";
  for (std::size_t i = 0; i < data.size(); ++i) {
    const char c = data[i];
    if (c == '\n' || c == '\r') {
      i += c == '\r' && i + 1 < data.size() && data[i + 1] == '\n' ? 1U : 0U;
      frame += "\ndata: ";
    } else {
      frame.push_back(c);
    }
  }
  frame += "\n\n";
  return frame;
}

/// One reader: the id of the last event it was given.
struct Reader {
  Responder responder;
  std::vector<std::string> topics;
  std::uint64_t cursor = 0;
  bool waiting = false;  // for its queue to drain
};

/// A key's newest state that may not go out yet.
struct Pending {
  std::string topic;
  std::string data;
};

}  // namespace

class EventStream::Impl : public std::enable_shared_from_this<EventStream::Impl> {
 public:
  Impl(boost::asio::io_context& io, EventStreamOptions options)
      : options_(options), window_timer_(io.get_executor()), heartbeat_timer_(io.get_executor()) {}

  void publish(std::string_view topic, std::string_view data) {
    ++last_id_;
    std::string frame = frame_of(last_id_, topic, data);
    ring_bytes_ += frame.size();
    ring_.push_back(Event{last_id_, std::string(topic), std::move(frame)});
    while (ring_.size() > options_.ring_events || (ring_bytes_ > options_.ring_bytes && ring_.size() > 1)) {
      ring_bytes_ -= ring_.front().frame.size();
      ring_.pop_front();
    }
    feed_all();
  }

  /// A key goes out at once, then at most once in each window of options_.coalesce, with its newest state.
  void publish_latest(std::string_view topic, std::string_view key, std::string_view data) {
    std::string name(key);
    const auto known = window_.find(name);
    if (known != window_.end()) {
      known->second = Pending{std::string(topic), std::string(data)};
      return;
    }
    if (!readers_.empty() && window_.size() < limits::sse_pending_keys) {
      window_.emplace(std::move(name), std::nullopt);
      end_window_later();
    }
    publish(topic, data);
  }

  void attach(const Request& request, Responder responder, std::vector<std::string> topics) {
    if (readers_.size() >= options_.clients_max) {
      responder.respond(error_response(503, "Too many event streams are open"));
      return;
    }
    Response head;
    head.content_type = "text/event-stream";
    head.headers.emplace_back("Cache-Control", "no-store");
    head.headers.emplace_back("X-Accel-Buffering", "no");
    head.headers.emplace_back("X-Content-Type-Options", "nosniff");
    responder.start_stream(std::move(head));
    if (!responder.alive()) {
      return;  // gone already, or a HEAD
    }
    auto reader = std::make_shared<Reader>();
    reader->responder = responder;
    reader->topics = std::move(topics);
    reader->cursor = last_id_;
    responder.on_closed([weak = weak_from_this(), key = std::weak_ptr<Reader>(reader)] {
      if (const auto self = weak.lock()) {
        self->readers_.remove(key.lock());
        self->stop_when_unused();
      }
    });
    readers_.push_back(reader);
    beat_later();
    if (reader->responder.write_chunk("retry: 1000\n\n") != ChunkResult::queued) {
      remove(reader);
      return;
    }
    resume(request, *reader);
    feed(reader);
  }

  void close() {
    for (const auto& reader : std::exchange(readers_, {})) {
      reader->responder.finish();
    }
    stop_when_unused();
  }

  [[nodiscard]] std::size_t clients() const { return readers_.size(); }
  [[nodiscard]] std::uint64_t last_id() const { return last_id_; }

 private:
  /// Sets the cursor by the id the client saw last.
  void resume(const Request& request, Reader& reader) {
    std::string given(request.header("Last-Event-ID"));
    if (given.empty()) {
      const auto parameters = request.query_parameters();
      if (const std::string* parameter = find_parameter(parameters, "lastEventId")) {
        given = *parameter;
      }
    }
    if (given.empty()) {
      return;
    }
    const auto id = text::parse_int(given);
    const std::uint64_t oldest = ring_.empty() ? last_id_ + 1 : ring_.front().id;
    const bool known =
        id && *id >= 0 && static_cast<std::uint64_t>(*id) <= last_id_ && static_cast<std::uint64_t>(*id) + 1 >= oldest;
    if (known) {
      reader.cursor = static_cast<std::uint64_t>(*id);
    } else {
      reset(reader);
    }
  }

  /// The client missed something: it reloads and goes on from now.
  void reset(Reader& reader) {
    reader.cursor = last_id_;
    reader.responder.write_chunk(frame_of(last_id_, "reset", "{}"));
  }

  void feed_all() {
    for (const auto& reader : std::list(readers_)) {
      feed(reader);
    }
  }

  /// Gives a reader what it has not seen, as much as it takes now.
  void feed(const std::shared_ptr<Reader>& reader) {
    if (reader->waiting || reader->cursor == last_id_) {
      return;
    }
    if (ring_.empty() || reader->cursor + 1 < ring_.front().id) {
      reset(*reader);
    }
    std::string batch;
    while (reader->cursor < last_id_ && reader->responder.queued_bytes() + batch.size() < options_.client_queue_bytes) {
      const Event& event = ring_[static_cast<std::size_t>(reader->cursor + 1 - ring_.front().id)];
      ++reader->cursor;
      if (wants(*reader, event)) {
        batch += event.frame;
      }
    }
    const ChunkResult result = reader->responder.write_chunk(batch);
    if (result != ChunkResult::queued) {
      remove(reader);
      return;
    }
    if (reader->cursor < last_id_ || reader->responder.queued_bytes() >= options_.client_queue_bytes) {
      wait_for_drain(reader);
    }
  }

  void wait_for_drain(const std::shared_ptr<Reader>& reader) {
    reader->waiting = true;
    reader->responder.on_drained([weak = weak_from_this(), key = std::weak_ptr<Reader>(reader)] {
      const auto self = weak.lock();
      const auto drained = key.lock();
      if (self && drained) {
        drained->waiting = false;
        self->feed(drained);
      }
    });
  }

  [[nodiscard]] static bool wants(const Reader& reader, const Event& event) {
    return reader.topics.empty() ||
           std::find(reader.topics.begin(), reader.topics.end(), event.topic) != reader.topics.end();
  }

  void remove(const std::shared_ptr<Reader>& reader) {
    readers_.remove(reader);
    stop_when_unused();
  }

  void end_window_later() {
    if (window_armed_) {
      return;
    }
    window_armed_ = true;
    window_timer_.expires_after(options_.coalesce);
    window_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      if (const auto self = weak.lock(); self && !error) {
        self->window_armed_ = false;
        self->end_window();
      }
    });
  }

  /// What changed within the window goes out, in order of key, and stays in the next window; the rest is
  /// forgotten.
  void end_window() {
    std::map<std::string, std::optional<Pending>> ended = std::exchange(window_, {});
    for (auto& [key, pending] : ended) {
      if (pending) {
        window_.emplace(key, std::nullopt);
        publish(pending->topic, pending->data);
      }
    }
    if (!window_.empty()) {
      end_window_later();
    }
  }

  void beat_later() {
    if (beating_) {
      return;
    }
    beating_ = true;
    heartbeat_timer_.expires_after(options_.heartbeat);
    heartbeat_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!self || error) {
        return;
      }
      self->beating_ = false;
      for (const auto& reader : std::list(self->readers_)) {
        // One that does not even take a comment is cut off by the server's write deadline.
        if (reader->responder.queued_bytes() == 0 && reader->responder.write_chunk(": \n\n") != ChunkResult::queued) {
          self->readers_.remove(reader);
        }
      }
      if (!self->readers_.empty()) {
        self->beat_later();
      }
    });
  }

  void stop_when_unused() {
    if (readers_.empty()) {
      heartbeat_timer_.cancel();
      beating_ = false;
    }
  }

  EventStreamOptions options_;
  std::deque<Event> ring_;
  std::size_t ring_bytes_ = 0;
  std::uint64_t last_id_ = 0;
  std::list<std::shared_ptr<Reader>> readers_;
  std::map<std::string, std::optional<Pending>> window_;  // keys that went out in this window, and what came since
  Timer window_timer_;
  bool window_armed_ = false;
  Timer heartbeat_timer_;
  bool beating_ = false;
};

EventStream::EventStream(boost::asio::io_context& io, EventStreamOptions options)
    : impl_(std::make_shared<Impl>(io, options)) {}

EventStream::~EventStream() {
  impl_->close();
}

void EventStream::publish(std::string_view topic, std::string_view data) {
  impl_->publish(topic, data);
}
void EventStream::publish_latest(std::string_view topic, std::string_view key, std::string_view data) {
  impl_->publish_latest(topic, key, data);
}
void EventStream::attach(const Request& request, Responder responder, std::vector<std::string> topics) {
  impl_->attach(request, std::move(responder), std::move(topics));
}
std::size_t EventStream::clients() const {
  return impl_->clients();
}
std::uint64_t EventStream::last_id() const {
  return impl_->last_id();
}
void EventStream::close() {
  impl_->close();
}

}  // namespace holdfast::http
