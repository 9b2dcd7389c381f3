#include "drivers/telemetry/event_clients.hpp"

#include <vector>

#include "base/limits.hpp"

namespace holdfast {

bool EventClients::ready(Id id) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) {
    return false;
  }
  found->second.missed = false;
  found->second.snapshot.emplace(found->second.topics);
  return true;
}

api::EventTopics EventClients::wanted() const {
  api::EventTopics topics = 0;
  for (const auto& [id, client] : clients_) {
    topics |= client.topics;
  }
  return topics;
}

void EventClients::publish(const api::ExternalEvent& event) {
  std::shared_ptr<const std::string> text;
  for (auto& [id, client] : clients_) {
    if ((client.topics & api::only(event.topic)) == 0) {
      continue;
    }
    if (!text) {
      text = std::make_shared<const std::string>(api::text_of(event));
    }
    send(id, client, text);
  }
}

bool EventClients::tell_newcomers(const api::EventSight& sight) {
  bool more = false;
  for (auto& [id, client] : clients_) {
    if (!client.snapshot || client.missed) {
      continue;
    }
    if (out_.queued(id) < limits::event_snapshot_queued) {
      std::vector<api::ExternalEvent> piece;
      const bool rest = client.snapshot->next(sight, limits::event_snapshot_piece, piece);
      for (const api::ExternalEvent& event : piece) {
        send(id, client, std::make_shared<const std::string>(api::text_of(event)));
      }
      if (!rest) {
        client.snapshot.reset();
      }
    }
    more = more || client.snapshot;
  }
  return more;
}

void EventClients::send(Id id, Client& client, const std::shared_ptr<const std::string>& text) {
  client.missed = client.missed || !out_.send(id, text);
  dropped_ += client.missed ? 1 : 0;
}

}  // namespace holdfast
