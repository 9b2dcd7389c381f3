#include "cluster/membership/peer_watch.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "cluster/membership/hello_scheduler.hpp"
#include "cluster/membership/membership.hpp"

namespace holdfast::cluster {

void PeerWatch::look(StepContext& step) {
  detector_.decay(step.now);
  for (MemberView& member : members_.all()) {
    if (member.local) {
      continue;
    }
    const bool watched = in_sight(member.state) || member.state == MemberState::isolated;
    const Liveness liveness = watched ? detector_.liveness(member.slot, step.now) : Liveness::dead;
    if (liveness != member.liveness) {
      member.liveness = liveness;
      step.show_change();
    }
    if (in_sight(member.state) || member.state == MemberState::away) {
      judge(step, member);
    } else if (parts_.hellos.awaited(member)) {
      reconnect_if_silent(step, member);  // it is there, HELLO says so, and nothing comes
    }
  }
}

void PeerWatch::judge(StepContext& step, MemberView& member) {
  if (detector_.wants_probe(member.slot, step.now)) {
    detector_.probe_asked(member.slot, step.now);
    step.outcome.probes.push_back(member.identifier);
  }
  reconnect_if_silent(step, member);
  if (detector_.undecided(member.slot, step.now) && step.now >= records_[member].next_question) {
    ask_peers(step, member);
  }
  switch (verdict_on(step, member)) {
    case Verdict::alive:
      return;
    case Verdict::partial:
      if (!member.partial) {
        member.partial = true;
        parts_.membership.refresh_instance(step, member);
        step.note_member(member.identifier, "partial", "silent here, but most of its peers hear it");
      }
      return;
    case Verdict::away:
      parts_.membership.set_state(step, member, MemberState::away,
                                  "silent, but its HTTP port accepts: the agent restarts");
      return;
    case Verdict::dead: {
      const std::int64_t silent_ms = member.heard_at ? (step.now - *member.heard_at) / 1ms : 0;
      parts_.membership.lose(step, member, "silent for " + std::to_string(silent_ms) + " ms");
      return;
    }
  }
}

void PeerWatch::ask_peers(StepContext& step, const MemberView& silent) {
  records_[silent].next_question = step.now + limits::cluster_beat_period;
  for (const MemberView& other : step.view.members) {
    if (!other.local && other.node_id != silent.node_id && other.state == MemberState::running &&
        other.liveness == Liveness::fresh) {
      step.send(other.node_id, PeerOpinion{silent.node_id, silent.liveness, true});
    }
  }
}

/// The transport does not notice a connection that carries nothing any more (no ZMQ heartbeats, DESIGN.md section 6):
/// the silent peer's is dropped and made anew, once in a while. Each attempt doubles the wait for the next: on a
/// machine that cannot keep up with the handshakes of many nodes, dropping those that are under way would end in
/// nothing else.
void PeerWatch::reconnect_if_silent(StepContext& step, const MemberView& member) {
  Record& record = records_[member];
  const HelloScheduler& hellos = parts_.hellos;
  // One whose incarnation has just been greeted should be heard at once: its first connection may have come before
  // the other side had admitted this node, and the transport would try again only after seconds.
  const Instant heard_at = member.heard_at.value_or(Instant{});
  const Duration patience = hellos.awaited(member) ? handshake_patience(step) : step.options.detection.fast;
  if (step.now - std::max(heard_at, hellos.admitted_at(member)) <= patience ||
      step.now - record.reconnected_at < record.reconnect_wait || step.has(Mutation::never_reconnect)) {
    return;
  }
  const Duration wait = std::clamp<Duration>(2 * record.reconnect_wait, limits::cluster_reconnect_period,
                                             limits::cluster_reconnect_period_max);
  record.reconnect_wait = wait + std::chrono::milliseconds(step.random.between(0, wait / 4ms));
  record.reconnected_at = step.now;
  step.outcome.reconnects.push_back(member.node_id);
}

/// Longer by a little for each peer whose first frame is awaited: all of them are shaking hands with this node.
Duration PeerWatch::handshake_patience(const StepContext& step) const {
  const auto all =
      std::ranges::count_if(step.view.members, [&](const MemberView& member) { return parts_.hellos.awaited(member); });
  return step.options.detection.late + all * limits::cluster_handshake;
}

/// What the detector says; the simulator's deliberate faults bend it.
Verdict PeerWatch::verdict_on(const StepContext& step, const MemberView& member) const {
  const Verdict verdict = detector_.verdict(member.slot, step.now);
  if (step.has(Mutation::never_dead) && verdict == Verdict::dead) {
    return Verdict::alive;
  }
  if (step.has(Mutation::dead_without_witness) &&
      (verdict == Verdict::partial || detector_.undecided(member.slot, step.now))) {
    return Verdict::dead;
  }
  if (step.has(Mutation::late_is_dead) && !is_fresh(member, step.now)) {
    return Verdict::dead;
  }
  return verdict;
}

void PeerWatch::incarnation_begins(const MemberView& member, Instant now) {
  detector_.forget(member.slot);
  detector_.heard(member.slot, now);
}

void PeerWatch::take_opinions(StepContext& step, const MemberView& member, const std::vector<Liveness>& of_all,
                              Instant stamp) {
  const std::vector<std::size_t>& slots = step.members.by_identifier();
  if (member.state == MemberState::isolated || of_all.size() != slots.size()) {
    return;
  }
  by_slot_.resize(of_all.size());
  for (std::size_t rank = 0; rank < of_all.size(); ++rank) {
    by_slot_[slots[rank]] = of_all[rank];
  }
  detector_.opinions(member.slot, by_slot_, stamp);
  if (records_[member].liveness_vector != of_all) {
    records_[member].liveness_vector = of_all;
    step.reconsider();
  }
}

void PeerWatch::receive(StepContext& step, const MemberView& from, const PeerOpinion& opinion, Instant stamp) {
  const MemberView* about = step.members.find(opinion.about);
  if (about == nullptr || about->node_id == from.node_id) {
    return;
  }
  if (!about->local) {
    detector_.opinion(from.slot, about->slot, opinion.liveness, stamp);
  }
  if (opinion.ask) {
    const Liveness mine = about->local ? Liveness::fresh : detector_.liveness(about->slot, step.now);
    step.send(from.node_id, PeerOpinion{opinion.about, mine, false});
  }
}

void PeerWatch::probed(StepContext& step, const HttpProbe& probe) {
  if (const MemberView* member = step.view.find(probe.identifier)) {
    detector_.probed(member->slot, probe.accepted, probe.refused, step.now);
    step.agenda.turn_by(step.now);
  }
}

void PeerWatch::stalled(StepContext& step, Duration gap) {
  ++step.counters.own_stalls;
  detector_.stalled(step.now, gap);
}

std::vector<Liveness> PeerWatch::liveness_vector(const StepContext& step) const {
  std::vector<Liveness> liveness;
  liveness.reserve(step.members.by_identifier().size());
  for (const std::size_t slot : step.members.by_identifier()) {
    const MemberView& member = step.members.at(slot);
    if (member.local) {
      liveness.push_back(Liveness::fresh);
    } else if (in_sight(member.state)) {
      liveness.push_back(detector_.liveness(slot, step.now));
    } else {
      liveness.push_back(member.state == MemberState::away ? Liveness::suspect : Liveness::dead);
    }
  }
  return liveness;
}

bool PeerWatch::hears(const StepContext& step, const MemberView& observer, const MemberView& member) const {
  const std::vector<Liveness>& said = records_[observer].liveness_vector;
  return said.size() == step.members.by_identifier().size() && said[step.members.rank_of(member)] == Liveness::fresh;
}

}  // namespace holdfast::cluster
