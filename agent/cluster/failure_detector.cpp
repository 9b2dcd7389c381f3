#include "cluster/failure_detector.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace holdfast::cluster {
namespace {

constexpr int kScoreMax = 8;

}  // namespace

FailureDetector::FailureDetector(DetectorTimings timings, Duration away_grace)
    : timings_(timings), away_grace_(away_grace) {}

void FailureDetector::heard(NodeId node, Instant stamp) {
  Watch& watch = watches_[node];
  watch.heard = std::max(watch.heard, stamp);
  watch.probe_answered.reset();
  watch.probe_asked.reset();
  watch.probe_refused = false;
}

void FailureDetector::forget(NodeId node) {
  watches_.erase(node);
  for (auto& [other, watch] : watches_) {
    watch.opinions.erase(node);
  }
}

void FailureDetector::opinion(NodeId by, NodeId about, Liveness liveness, Instant stamp) {
  if (const auto at = watches_.find(about); at != watches_.end()) {
    at->second.opinions[by] = Opinion{liveness, stamp};
  }
}

void FailureDetector::probed(NodeId node, bool accepted, bool refused, Instant now) {
  if (const auto at = watches_.find(node); at != watches_.end()) {
    at->second.probe_answered = now;
    at->second.probe_accepted = accepted;
    at->second.probe_refused = refused;
  }
}

void FailureDetector::probe_asked(NodeId node, Instant now) {
  if (const auto at = watches_.find(node); at != watches_.end()) {
    at->second.probe_asked = now;
  }
}

void FailureDetector::stalled(Instant now, Duration gap) {
  score_ = std::min<int>(kScoreMax, score_ + static_cast<int>(gap / limits::cluster_stall_min));
  trust_after_ = std::max(trust_after_, now + 2 * limits::cluster_beat_period);
  for (auto& [node, watch] : watches_) {
    watch.opinions.clear();  // they are as old as the stall
  }
}

void FailureDetector::decay(Instant now) {
  if (score_ > 0 && now - decayed_ >= 1s) {
    --score_;
    decayed_ = now;
  } else if (score_ == 0) {
    decayed_ = now;
  }
}

Duration FailureDetector::stretched(Duration span) const {
  return span + span * score_ / 2;
}

Duration FailureDetector::age(const Watch& watch, Instant now) const {
  return now > watch.heard ? now - watch.heard : Duration{};
}

FailureDetector::Tally FailureDetector::tally(const Watch& watch, NodeId node, Instant now) const {
  Tally tally;
  for (const auto& [peer, peer_watch] : watches_) {
    if (peer == node || age(peer_watch, now) >= timings_.late) {
      continue;
    }
    ++tally.fresh_peers;
    const auto opinion = watch.opinions.find(peer);
    if (opinion == watch.opinions.end() || now - opinion->second.stamp > limits::cluster_opinion_age_max) {
      continue;
    }
    if (opinion->second.liveness == Liveness::fresh) {
      ++tally.object;
    } else {
      ++tally.confirm;
    }
  }
  return tally;
}

Liveness FailureDetector::liveness(NodeId node, Instant now) const {
  const auto at = watches_.find(node);
  if (at == watches_.end()) {
    return Liveness::dead;
  }
  const Duration silent = age(at->second, now);
  if (silent < timings_.late || now < trust_after_) {
    return Liveness::fresh;
  }
  return silent < timings_.fast ? Liveness::late : Liveness::suspect;
}

Verdict FailureDetector::verdict(NodeId node, Instant now) const {
  const auto at = watches_.find(node);
  if (at == watches_.end()) {
    return Verdict::dead;
  }
  const Watch& watch = at->second;
  const Duration silent = age(watch, now);
  if (silent <= stretched(timings_.fast) || now < trust_after_) {
    return Verdict::alive;
  }
  const bool answer_counts =
      watch.probe_answered && now - *watch.probe_answered <= limits::cluster_probe_age_max;
  const bool answer_due = watch.probe_asked && !watch.probe_answered && now - *watch.probe_asked <= 500ms;
  if (answer_counts && watch.probe_accepted && silent <= timings_.fast + away_grace_) {
    return Verdict::away;
  }
  const Tally tally_now = tally(watch, node, now);
  if (2 * tally_now.object > tally_now.fresh_peers) {
    return Verdict::partial;
  }
  // A refused connection is a witness of its own: the machine says that the whole node is gone.
  const bool refused = answer_counts && watch.probe_refused;
  const bool confirmed = tally_now.confirm >= std::min(2, tally_now.fresh_peers) &&
                         2 * tally_now.confirm > tally_now.fresh_peers;
  if ((confirmed || refused) && !answer_due) {
    return Verdict::dead;
  }
  return silent > stretched(timings_.slow) ? Verdict::dead : Verdict::alive;
}

bool FailureDetector::wants_probe(NodeId node, Instant now) const {
  const auto at = watches_.find(node);
  if (at == watches_.end() || age(at->second, now) < timings_.late) {
    return false;
  }
  const Watch& watch = at->second;
  return !watch.probe_asked || now - *watch.probe_asked >= limits::cluster_probe_period;
}

bool FailureDetector::undecided(NodeId node, Instant now) const {
  const auto at = watches_.find(node);
  return at != watches_.end() && age(at->second, now) > timings_.fast && verdict(node, now) == Verdict::alive;
}

bool FailureDetector::anybody_late(Instant now) const {
  return std::any_of(watches_.begin(), watches_.end(), [&](const auto& item) {
    return age(item.second, now) + limits::cluster_beat_period >= timings_.late;
  });
}

}  // namespace holdfast::cluster
