#include "cluster/membership/failure_detector.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"

namespace holdfast::cluster {
namespace {

constexpr int kScoreMax = 8;
constexpr Duration kProbePeriodPerSilent = 50ms;
constexpr Duration kProbePeriodMax = limits::cluster_probe_age_max - 200ms;

}  // namespace

FailureDetector::FailureDetector(DetectorTimings timings, Duration away_grace)
    : timings_(timings), away_grace_(away_grace) {}

const FailureDetector::Watch* FailureDetector::watch_of(Node node) const {
  return node < watches_.size() && watches_[node].known ? &watches_[node] : nullptr;
}
FailureDetector::Watch* FailureDetector::watch_of(Node node) {
  return node < watches_.size() && watches_[node].known ? &watches_[node] : nullptr;
}

void FailureDetector::heard(Node node, Instant stamp) {
  if (node >= watches_.size()) {
    watches_.resize(node + 1);
  }
  Watch& watch = watches_[node];
  if (!watch.known) {
    watch.known = true;
    watch.since = stamp;
  }
  watch.heard = std::max(watch.heard, stamp);
  watch.probe_answered.reset();
  watch.probe_asked.reset();
  watch.probe_refused = false;
}

void FailureDetector::forget(Node node) {
  if (node < watches_.size()) {
    watches_[node] = {};
  }
  for (Watch& watch : watches_) {
    watch.answers.erase(node);
  }
}

void FailureDetector::opinion(Node by, Node about, Liveness liveness, Instant stamp) {
  if (Watch* watch = watch_of(about)) {
    watch->answers[by] = Opinion{liveness, stamp};
  }
}

void FailureDetector::opinions(Node by, const std::vector<Liveness>& of_all, Instant stamp) {
  if (Watch* watch = watch_of(by)) {
    watch->says = of_all;
    watch->said_at = stamp;
  }
}

void FailureDetector::probed(Node node, bool accepted, bool refused, Instant now) {
  if (Watch* watch = watch_of(node)) {
    watch->probe_answered = now;
    watch->probe_accepted = accepted;
    watch->probe_refused = refused;
  }
}

void FailureDetector::probe_asked(Node node, Instant now) {
  if (Watch* watch = watch_of(node)) {
    watch->probe_asked = now;
  }
}

void FailureDetector::stalled(Instant now, Duration gap) {
  score_ = std::min<int>(kScoreMax, score_ + static_cast<int>(gap / limits::cluster_stall_min));
  trust_after_ = std::max(trust_after_, now + 2 * limits::cluster_beat_period);
  opinions_since_ = now;
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

/// The later of what `by` was asked and what it says in its heartbeats, while it counts.
std::optional<Liveness> FailureDetector::opinion_of(Node by, Node about, Instant now) const {
  const Watch& observer = watches_[by];
  const Watch& watch = watches_[about];
  std::optional<Opinion> latest;
  if (about < observer.says.size()) {
    latest = Opinion{observer.says[about], observer.said_at};
  }
  if (const auto answer = watch.answers.find(by);
      answer != watch.answers.end() && (!latest || answer->second.stamp >= latest->stamp)) {
    latest = answer->second;
  }
  if (!latest || latest->stamp < watch.since || latest->stamp < opinions_since_ ||
      now - latest->stamp > limits::cluster_opinion_age_max) {
    return std::nullopt;
  }
  return latest->liveness;
}

FailureDetector::Tally FailureDetector::tally(Node node, Instant now) const {
  Tally tally;
  for (Node peer = 0; peer < watches_.size(); ++peer) {
    if (peer == node || !watches_[peer].known || age(watches_[peer], now) >= timings_.late) {
      continue;
    }
    ++tally.fresh_peers;
    if (const auto opinion = opinion_of(peer, node, now)) {
      ++(*opinion == Liveness::fresh ? tally.object : tally.confirm);
    }
  }
  return tally;
}

Liveness FailureDetector::liveness(Node node, Instant now) const {
  const Watch* watch = watch_of(node);
  if (watch == nullptr) {
    return Liveness::dead;
  }
  const Duration silent = age(*watch, now);
  if (silent < timings_.late || now < trust_after_) {
    return Liveness::fresh;
  }
  return silent < timings_.fast ? Liveness::late : Liveness::suspect;
}

Verdict FailureDetector::verdict(Node node, Instant now) const {
  const Watch* found = watch_of(node);
  if (found == nullptr) {
    return Verdict::dead;
  }
  const Watch& watch = *found;
  const Duration silent = age(watch, now);
  if (silent <= stretched(timings_.fast) || now < trust_after_) {
    return Verdict::alive;
  }
  const bool answer_counts = watch.probe_answered && now - *watch.probe_answered <= limits::cluster_probe_age_max;
  const bool answer_due = watch.probe_asked && !watch.probe_answered && now - *watch.probe_asked <= 500ms;
  if (answer_counts && watch.probe_accepted && silent <= timings_.fast + away_grace_) {
    return Verdict::away;
  }
  const Tally tally_now = tally(node, now);
  if (2 * tally_now.object > tally_now.fresh_peers) {
    return Verdict::partial;
  }
  // A refused connection is a witness of its own: the machine says that the whole node is gone.
  const bool refused = answer_counts && watch.probe_refused;
  const bool confirmed =
      tally_now.confirm >= std::min(2, tally_now.fresh_peers) && 2 * tally_now.confirm > tally_now.fresh_peers;
  if ((confirmed || refused) && !answer_due) {
    return Verdict::dead;
  }
  return silent > stretched(timings_.slow) ? Verdict::dead : Verdict::alive;
}

bool FailureDetector::wants_probe(Node node, Instant now) const {
  const Watch* watch = watch_of(node);
  if (watch == nullptr || age(*watch, now) < timings_.late) {
    return false;
  }
  return !watch->probe_asked || now - *watch->probe_asked >= probe_period(now);
}

/// Longer while many are silent, so that asking them all is no load of its own; an answer still counts until the next.
Duration FailureDetector::probe_period(Instant now) const {
  const auto silent = std::ranges::count_if(
      watches_, [&](const Watch& watch) { return watch.known && age(watch, now) >= timings_.late; });
  return std::clamp<Duration>(silent * kProbePeriodPerSilent, limits::cluster_probe_period, kProbePeriodMax);
}

bool FailureDetector::undecided(Node node, Instant now) const {
  const Watch* watch = watch_of(node);
  return watch != nullptr && age(*watch, now) > timings_.fast && verdict(node, now) == Verdict::alive;
}

bool FailureDetector::anybody_late(Instant now) const {
  return std::any_of(watches_.begin(), watches_.end(), [&](const Watch& watch) {
    return watch.known && age(watch, now) + limits::cluster_beat_period >= timings_.late;
  });
}

}  // namespace holdfast::cluster
