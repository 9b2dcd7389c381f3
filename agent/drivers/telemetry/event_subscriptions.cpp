#include "drivers/telemetry/event_subscriptions.hpp"

#include <utility>

#include "base/limits.hpp"

namespace holdfast {

bool EventSubscriptions::add(const std::string& text) {
  const api::EventTopics topics = api::topics_of_prefix(text);
  if (topics == 0) {
    return false;
  }
  texts_.insert(text);
  newcomers_want_ |= topics;
  return true;
}

api::EventTopics EventSubscriptions::wanted() const {
  api::EventTopics topics = 0;
  for (const std::string& text : texts_) {
    topics |= api::topics_of_prefix(text);
  }
  return topics;
}

std::vector<api::ExternalEvent> EventSubscriptions::next_of_snapshot(const api::EventSight& sight) {
  std::vector<api::ExternalEvent> piece;
  if (!snapshot_ && newcomers_want_ != 0) {
    snapshot_.emplace(std::exchange(newcomers_want_, api::EventTopics{0}));
  }
  if (snapshot_ && !snapshot_->next(sight, limits::event_snapshot_piece, piece)) {
    snapshot_.reset();
  }
  return piece;
}

}  // namespace holdfast
