// event_clients.hpp: the WebSocket clients of the external events: each has its own topics, its own snapshot when it
// comes, and another one when it read too slowly. Decides who is sent what; it knows no connection: texts go to
// ClientTexts. Used by the WebSocket sink; loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "api/events/event_feed.hpp"

namespace holdfast {

/// Where texts for a client go. http::WebSockets is behind the real one; the tests have a fake.
class ClientTexts {
 public:
  using ClientId = std::uint64_t;
  virtual ~ClientTexts() = default;
  /// False: its queue is full, or it is gone; the text is dropped.
  virtual bool send(ClientId client, const std::shared_ptr<const std::string>& text) = 0;
  /// Texts that it has not taken yet.
  [[nodiscard]] virtual std::size_t queued(ClientId client) const = 0;
};

class EventClients {
 public:
  using Id = ClientTexts::ClientId;
  explicit EventClients(ClientTexts& out) : out_(out) {}

  /// From here on it is sent the events of those topics.
  void add(Id id, api::EventTopics topics) { clients_[id].topics = topics; }
  /// It is there, or has read all that waited for it: it is told how things stand. False: nobody of that id.
  bool ready(Id id);
  void remove(Id id) { clients_.erase(id); }

  /// What anybody listens to.
  [[nodiscard]] api::EventTopics wanted() const;
  void publish(const api::ExternalEvent& event);
  /// A piece of each snapshot that is not told yet, to those who keep up. False: there is none.
  bool tell_newcomers(const api::EventSight& sight);
  /// Texts that a client did not get because it reads too slowly.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  struct Client {
    api::EventTopics topics = 0;
    std::optional<api::EventSnapshot> snapshot;
    bool missed = false;  // it reads too slowly: nothing more until it has read what it has, then a snapshot
  };
  void send(Id id, Client& client, const std::shared_ptr<const std::string>& text);

  ClientTexts& out_;
  std::map<Id, Client> clients_;
  std::uint64_t dropped_ = 0;
};

}  // namespace holdfast
