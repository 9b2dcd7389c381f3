#include "drivers/frontend/page_publisher.hpp"

#include "base/clock.hpp"

namespace holdfast {
namespace {

constexpr Duration kPagesRefreshWait = 50ms;

}  // namespace

void PagePublisher::soon() {
  if (events_.clients() == 0 || timer_.armed()) {
    return;
  }
  timer_.set(monotonic_now() + kPagesRefreshWait, [this] {
    publish(api_.pages().changes());
    api_.pages().new_events([this](const auto& fragments) { publish(fragments); });
  });
}

void PagePublisher::on_watcher() {
  api_.pages().forget_sent();
  soon();
}

void PagePublisher::publish(const std::vector<api::Fragment>& fragments) {
  for (const api::Fragment& fragment : fragments) {
    if (fragment.key.empty()) {
      events_.publish(fragment.event, fragment.data);
    } else {
      events_.publish_latest(fragment.event, fragment.key, fragment.data);
    }
  }
}

}  // namespace holdfast
