#include "cluster/replication/statistics_follow.hpp"

#include <algorithm>

namespace holdfast::cluster {

std::vector<StatisticsFollow::Step> StatisticsFollow::turn(Instant now, const std::vector<Peer>& peers) {
  std::vector<Step> steps;
  for (const Peer& peer : peers) {
    const auto found = followed_.find(peer.node);
    const bool followed = found != followed_.end();
    const bool due = followed && now - found->second.asked_at >= limits::statistics_renewal;
    if (peer.able && wanted_.any()) {
      if (!followed || due || found->second.incarnation != peer.incarnation || !found->second.kinds.has(wanted_)) {
        followed_[peer.node] = {peer.incarnation, wanted_, now};
        steps.push_back({peer.node, true, true, wanted_});
      }
    } else if (followed && (due || !peer.able)) {
      followed_.erase(found);
      steps.push_back({peer.node, false, peer.able, {}});
    }
  }
  return steps;
}

void StatisticsFollow::asked_by(NodeId node, StatisticsKinds kinds, Duration lease, Instant now) {
  if (kinds.any()) {
    leases_[node] = {kinds, now + std::min(lease, limits::statistics_lease)};
  } else {
    leases_.erase(node);
  }
}

StatisticsKinds StatisticsFollow::asked(Instant now) {
  std::erase_if(leases_, [now](const auto& lease) { return lease.second.until <= now; });
  StatisticsKinds all;
  for (const auto& [node, lease] : leases_) {
    all.host = all.host || lease.kinds.host;
    all.processes = all.processes || lease.kinds.processes;
  }
  return all;
}

}  // namespace holdfast::cluster
