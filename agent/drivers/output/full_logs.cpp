#include "drivers/output/full_logs.hpp"

#include <sys/epoll.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace holdfast {

Duration FullLogs::retry_after(int in_vain, bool can_tell) {
  const int more = can_tell ? in_vain - limits::log_full_wakes : in_vain;
  if (can_tell && more <= 0) {
    return Duration::zero();
  }
  return std::min<Duration>(limits::log_full_retry * (1 << std::min(more, 16)), limits::log_full_retry_max);
}

void FullLogs::wait(Stream stream, const Wait& wait) {
  forget(stream);
  Waiting& waiting = waiting_[stream];
  waiting.wait = wait;
  full_since_.try_emplace(key_of(wait.log), monotonic_now());
  waiting.watched = wait.retry == Duration::zero() &&
                    disk_.watch(wait.descriptor, EPOLLOUT, [this, stream](std::uint32_t) { room(stream); });
  if (!waiting.watched) {
    const Duration retry = std::max<Duration>(wait.retry, limits::log_full_retry);
    waiting.retry = disk_.at(monotonic_now() + retry, [this, stream] { room(stream); });
  }
  arm_patience(stream, waiting);
}

void FullLogs::arm_patience(Stream stream, Waiting& waiting) {
  disk_.cancel(waiting.patience);
  const LogKey log = key_of(waiting.wait.log);
  const Instant over =
      waiting.wait.at_most_until ? end_over(log, *waiting.wait.at_most_until) : full_since_.at(log) + patience_;
  waiting.patience = disk_.at(over, [this, stream] { handlers_.on_patience_over(stream); });
}

Instant FullLogs::end_over(const LogKey& log, Instant wanted) {
  const Instant now = monotonic_now();
  std::erase_if(end_over_, [&](const auto& item) { return now > item.second + patience_; });
  const bool dead = now - full_since_.at(log) > patience_ && !end_over_.contains(log);
  return std::min(end_over_.try_emplace(dead ? LogKey{} : log, wanted).first->second, wanted);
}

void FullLogs::limit(Stream stream, Instant at_most_until) {
  if (const auto found = waiting_.find(stream); found != waiting_.end()) {
    found->second.wait.at_most_until = at_most_until;
    full_since_.try_emplace(key_of(found->second.wait.log),
                            monotonic_now());  // others may have got something in
    arm_patience(stream, found->second);
  }
}

void FullLogs::room(Stream stream) {
  forget(stream);
  handlers_.on_room(stream);
}

void FullLogs::forget(Stream stream) {
  const auto found = waiting_.find(stream);
  if (found == waiting_.end()) {
    return;
  }
  if (found->second.watched) {
    disk_.unwatch(found->second.wait.descriptor);
  }
  disk_.cancel(found->second.retry);
  disk_.cancel(found->second.patience);
  waiting_.erase(found);
}

}  // namespace holdfast
