// heartbeat_schedule.hpp: when the gossip thread sends the heartbeat: every period, sooner after something that others
// are waiting to hear, and not at all for a loop that has stopped turning, which must not hide behind a healthy thread.
// Pure; used by the gossip thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/instant.hpp"
#include "base/limits.hpp"

namespace holdfast::transport {

class HeartbeatSchedule {
 public:
  /// When to ask begin(); Instant::max(): not before hurry().
  [[nodiscard]] Instant next() const { return next_; }

  /// There is something new to say, or somebody new who listens. The more peers there are the longer it may take: what
  /// all of them send at once grows with the square of their number.
  void hurry(std::size_t peers) {
    const Duration spacing = std::clamp<Duration>(static_cast<std::int64_t>(peers) * limits::gossip_at_once_per_peer,
                                                  limits::gossip_welcome_period_min, limits::gossip_heartbeat_period);
    next_ = std::min(next_, last_ + spacing);
  }
  /// There is nothing to send, or nobody to send it to.
  void pause() { next_ = Instant::max(); }

  /// The time has come. False: nothing is to be sent, because the loop has not turned for too long. `loop_turned`: when
  /// it was seen to turn; INT64_MIN: never.
  bool begin(Instant now, std::int64_t loop_turned_ns) {
    next_ = now + limits::gossip_heartbeat_period;
    return loop_turned_ns != INT64_MIN && now - Instant{loop_turned_ns} <= limits::gossip_loop_stall_max;
  }
  void sent(Instant now) { last_ = now; }

 private:
  Instant last_;
  Instant next_;
};

}  // namespace holdfast::transport
