// event_subscriptions.hpp: what ZeroMQ subscribers ask for: beginnings of headers, so there are few. Decides what
// anybody listens to and what newcomers are told, where the configuration has them told; since ZeroMQ does not tell
// subscribers apart, a snapshot goes to all who listen to its topics. It sends nothing. Used by the ZeroMQ sink; loop
// thread only.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/events/event_feed.hpp"

namespace holdfast {

class EventSubscriptions {
 public:
  /// Somebody new asks for messages whose header begins with `text`. False: no message begins so, it is not remembered.
  bool add(const std::string& text);
  /// The last one who asked for it is gone.
  void remove(const std::string& text) { texts_.erase(text); }
  [[nodiscard]] api::EventTopics wanted() const;

  /// The next piece of what newcomers are told.
  std::vector<api::ExternalEvent> next_of_snapshot(const api::EventSight& sight);
  /// Whether there is more of it, or somebody came meanwhile.
  [[nodiscard]] bool snapshot_waits() const { return snapshot_ || newcomers_want_ != 0; }

 private:
  std::set<std::string> texts_;
  api::EventTopics newcomers_want_ = 0;
  std::optional<api::EventSnapshot> snapshot_;
};

}  // namespace holdfast
