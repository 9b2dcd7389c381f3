#include "cluster/membership/heartbeat_announcer.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/membership/peer_watch.hpp"
#include "cluster/replication/replication.hpp"

namespace holdfast::cluster {
namespace {

/// Between two heartbeats that do not wait for their turn. Several reasons in a row are one heartbeat: when many nodes
/// come at once, each has news of each, and every heartbeat is a frame for each.
Duration spacing(const View& view) {
  const auto peers = static_cast<std::int64_t>(view.members.size());
  return std::clamp<Duration>(peers * limits::gossip_at_once_per_peer, limits::cluster_beat_at_once_min,
                              limits::cluster_beat_period);
}

}  // namespace

void HeartbeatAnnouncer::refresh_liveness(StepContext& step) {
  std::vector<Liveness> current = parts_.watch.liveness_vector(step);
  if (current != liveness_vector_) {
    liveness_vector_ = std::move(current);
    step.agenda.heartbeat_urgent = true;
  }
}

void HeartbeatAnnouncer::members_changed(StepContext& step) {
  liveness_vector_ = parts_.watch.liveness_vector(step);
  step.announce();
}

void HeartbeatAnnouncer::prepare_if_due(StepContext& step) {
  const bool urgent = step.agenda.heartbeat_urgent;
  const Instant earliest = prepared_ + spacing(step.view);
  if (urgent && step.now < earliest) {
    step.agenda.turn_by(earliest);
  } else if (urgent || step.now >= next_) {
    prepare(step);
  }
}

void HeartbeatAnnouncer::prepare(StepContext& step) {
  const MemberView& me = step.view.me();
  Heartbeat beat;
  beat.health = parts_.watch.health();
  beat.delta_seq = me.table.seq();
  beat.digest = me.table.digest();
  beat.master = me.term.master;
  beat.acting_master = me.acting_master;
  beat.synchronised = me.synchronised;
  beat.leaving = parts_.membership.leaving();
  beat.starting_jobs = me.starting_jobs;
  beat.stopping_jobs = me.stopping_jobs;
  beat.degraded = step.view.degraded;
  beat.joined = parts_.replication.own_table_known();
  beat.discovery = me.discovery;
  beat.state = me.cluster_state;
  beat.began_mono_ms = me.began_mono_ms;
  beat.liveness = liveness_vector_;
  const bool at_once = std::exchange(step.agenda.heartbeat_urgent, false);
  next_ = step.now + limits::cluster_beat_period;
  prepared_ = step.now;
  step.outcome.heartbeat = HeartbeatReady{step.frames.heartbeat(step.speaker(), step.now, beat), at_once};
}

}  // namespace holdfast::cluster
