// heartbeat_announcer.hpp: when this node prepares its next heartbeat, and what it says. One is due every 200 ms, and
// at once when something that peers wait for has changed, but never so often that many reasons become as many frames.
// The gossip thread repeats the last one; this class sends nothing. Owned by NodeParts, looked at last in each step.
#pragma once

#include <vector>

#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class Membership;
class PeerWatch;
class Replication;

class HeartbeatAnnouncer {
 public:
  /// The other parts that it asks.
  struct Parts {
    const Membership& membership;
    const PeerWatch& watch;
    const Replication& replication;
  };

  explicit HeartbeatAnnouncer(Parts parts) : parts_(parts) {}
  void begin(Instant now) { next_ = now; }
  [[nodiscard]] Instant next() const { return next_; }

  /// Takes what is heard of the others anew; a change of it is urgent: peers that doubt the same node need not wait.
  void refresh_liveness(StepContext& step);
  /// The list of members has grown: the vector has a place more.
  void members_changed(StepContext& step);
  /// Prepares a heartbeat if one is due.
  void prepare_if_due(StepContext& step);

 private:
  void prepare(StepContext& step);

  Parts parts_;
  Instant next_{};
  Instant prepared_{};
  std::vector<Liveness> liveness_vector_;  // as the last heartbeat says it, or the next will
};

}  // namespace holdfast::cluster
