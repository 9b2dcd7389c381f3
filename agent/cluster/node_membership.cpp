// Who is there: HELLO, heartbeats, verdicts of the detector, activation, loss.
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/node_core.hpp"
#include "cluster/picture.hpp"

namespace holdfast::cluster {
namespace {

std::string_view text_of(HelloFault fault) {
  switch (fault) {
    case HelloFault::unreachable:
      return "unreachable";
    case HelloFault::refused:
      return "refused";
    case HelloFault::wrong_key:
      return "another cluster key";
    case HelloFault::other_cluster:
      return "another cluster";
    case HelloFault::incompatible:
      return "no protocol version in common";
    case HelloFault::duplicate:
      return "two agents with one id";
  }
  return "refused";
}

}  // namespace

void NodeCore::handle(const HelloDone& input) {
  if (options_.discovery && !take_member({input.identifier, input.nick, input.contact}, "HELLO")) {
    return;
  }
  const auto i = index_of(std::string_view(input.identifier));
  if (!i || *i == view_.local) {
    return;
  }
  MemberView& member = view_.members[*i];
  Peer& peer = peers_[*i];
  peer.hello_asked.reset();
  view_.cluster.instances[*i].stereotypes = input.stereotypes;
  refresh_core(*i);
  if (!input.contact.empty()) {
    member.contact = input.contact;
  }
  compare(*i, input.common);
  // My identity file is older than what the cluster knows of me, and so is my wall clock: begin a life above
  // it (reference 1.4). An equal one is mine: the answer to an earlier HELLO was lost.
  if (input.my_incarnation_known > incarnation_ && !options_.mutations.ignore_known_life) {
    begin_life_above(input.my_incarnation_known, member.nick + " knew a later life of this node than its identity file");
  }
  // It knows an earlier life of this very agent (which began a new one without a restart): greet it again.
  peer.wants_hello = incarnation_ != options_.incarnation && input.my_incarnation_known < incarnation_;
  if (input.incarnation < member.incarnation) {
    ++view_.counters.old_incarnation;
    return;
  }
  if (is_another_life(*i, input)) {
    ++view_.counters.old_incarnation;
    if (!std::exchange(peer.number_is_taken, true)) {  // which it learns from my HELLO
      peer.next_hello = now_;
      next_turn_ = now_;
    }
    peer.admitted = 0;  // until then nothing of it is believed
    peer.wants_hello = true;
    return;
  }
  if (!input.machine_id.empty()) {
    member.machine_id = input.machine_id;
  }
  if (input.incarnation > member.incarnation || peer.admitted == 0) {
    begin_life(*i, input.incarnation);
  }
  if (input.incarnation != peer.admitted || member.heard_at.value_or(Instant{}) >= peer.admitted_at) {
    peer.admitted_at = now_;
    peer.reconnect_wait = {};
    peer.hello_period = {};
  }
  peer.admitted = input.incarnation;
  member.agent = input.agent;
  refresh_instance(*i);
  beat_at_once_ = true;  // so that it hears of me at once
}

void NodeCore::begin_life_above(std::uint64_t known, const std::string& why) {
  incarnation_ = known + 1;
  view_.members[view_.local].incarnation = incarnation_;
  own_.begin_incarnation(incarnation_);
  outcome_.persist = identity();
  beat_at_once_ = true;
  for (Peer& other : peers_) {
    other.wants_hello = true;
    other.next_hello = now_;
  }
  next_turn_ = now_;
  note({HistoryRow::Kind::member, {}, {}, options_.identifier, "incarnation " + std::to_string(incarnation_), why});
}

/// Of an agent whose identity file is an old copy and whose clock is behind: it has given itself a number that an
/// earlier life got from the cluster. Numbers of changes would be used twice under it.
bool NodeCore::is_another_life(std::size_t i, const HelloDone& hello) const {
  const MemberView& member = view_.members[i];
  return hello.incarnation == member.incarnation && !hello.agent.instance.empty() && !member.agent.instance.empty() &&
         hello.agent.instance != member.agent.instance && !options_.mutations.ignore_known_life;
}

std::uint64_t NodeCore::known_incarnation(std::string_view identifier) const {
  const auto i = index_of(identifier);
  return !i ? 0 : view_.members[*i].incarnation + (peers_[*i].number_is_taken ? 1 : 0);
}

/// Seen at HELLO by both, and shown as long as it is so (contract CFG-X5).
void NodeCore::compare(std::size_t i, const NamedValues& common) {
  MemberView& member = view_.members[i];
  std::vector<std::string> differences = differences_of(options_.common, common);
  if (differences == member.differences) {
    return;
  }
  std::string all;
  for (const std::string& difference : differences) {
    all += (all.empty() ? "" : "; ") + difference;
  }
  note({HistoryRow::Kind::member, {}, {}, member.identifier, all.empty() ? "differs no longer" : "differs", all});
  member.differences = std::move(differences);
}

void NodeCore::begin_life(std::size_t i, std::uint64_t incarnation) {
  MemberView& member = view_.members[i];
  Peer& peer = peers_[i];
  const bool lived = member.state == MemberState::running || member.state == MemberState::away ||
                     (peer.had_life && member.state != MemberState::stopped);
  if (lived && !peer.left) {
    peer.had_life = true;
    for (rules::ProcessId& id : running_on(view_.cluster, member.identifier)) {
      peer.ran_before.insert(std::move(id));
    }
    for (rules::ProcessId& id : starts_ordered_from(i)) {
      peer.ran_before.insert(std::move(id));
    }
  } else {
    peer.had_life = false;
    peer.ran_before.clear();
  }
  if (peer.left) {
    note_ending(ending_shown(i));
  }
  member.incarnation = incarnation;
  member.beat_seq = 0;
  member.acting_master = false;
  member.synchronised = false;
  member.joined = false;
  member.partial = false;
  member.table.begin_incarnation(incarnation);
  peer.left = false;
  peer.left_for_good = false;
  peer.number_is_taken = false;
  peer.request = 0;
  peer.chunks.clear();
  peer.beat_delta_seq = 0;
  peer.beat_digest = 0;
  peer.next_repair = now_;
  peer.bound = {};
  detector_.forget(i);
  detector_.heard(i, now_);
  set_member_state(i, MemberState::checking, "HELLO, incarnation " + std::to_string(incarnation));
}

void NodeCore::handle(const HelloFailed& input) {
  const auto i = index_of(std::string_view(input.identifier));
  if (!i || *i == view_.local) {
    return;
  }
  MemberView& member = view_.members[*i];
  peers_[*i].hello_asked.reset();
  const std::string remark =
      std::string(text_of(input.fault)) + (input.reason.empty() ? "" : ": " + input.reason);
  const bool expected = peers_[*i].left_for_good && input.fault == HelloFault::unreachable;
  if (member.remark != remark && !expected) {
    member.remark = remark;
    outcome_.view_changed = true;
  }
  const bool idle = member.state == MemberState::stopped || member.state == MemberState::incompatible;
  if (idle && input.fault == HelloFault::incompatible) {
    set_member_state(*i, MemberState::incompatible, remark);
  } else if (idle) {
    set_member_state(*i, MemberState::stopped, remark);
  }
}

void NodeCore::receive(std::size_t i, const FrameHeader& head, const Heartbeat& beat, Instant stamp) {
  MemberView& member = view_.members[i];
  Peer& peer = peers_[i];
  if (head.seq <= member.beat_seq) {
    ++view_.counters.stale_beat;  // a repeated or late one proves nothing
    return;
  }
  member.beat_seq = head.seq;
  peer.minor = head.proto_minor;
  peer.reconnect_wait = {};
  peer.hello_period = {};
  member.remote_mono_ms = head.mono_ms;
  member.heard_at = stamp;
  member.health = beat.health;
  member.config_version = beat.config_version;
  member.starting_jobs = beat.starting_jobs;
  member.stopping_jobs = beat.stopping_jobs;
  member.degraded = beat.degraded;
  member.discovery = beat.discovery;
  peer.clock_offset_ms = stamp.ms() - static_cast<std::int64_t>(head.mono_ms);
  peer.beat_delta_seq = beat.delta_seq;
  peer.beat_digest = beat.digest;
  if (peer.left_for_good) {
    return;  // the last beats of a node that has left
  }
  detector_.heard(i, stamp);
  if (beat.leaving && !peer.left) {
    receive(i, head, Leave{}, stamp);
  }
  if (member.state == MemberState::stopped || member.state == MemberState::incompatible ||
      member.state == MemberState::failed || member.state == MemberState::away) {
    set_member_state(i, MemberState::checking, "heard again");
  }
  if (member.partial) {
    member.partial = false;
    refresh_instance(i);
  }
  take_term_of(i, head, beat);
  if (member.state != MemberState::isolated && head.roster_hash == roster_hash_ && beat.ages.size() == by_identifier_.size()) {
    ages_by_place_.resize(beat.ages.size());
    for (std::size_t k = 0; k < beat.ages.size(); ++k) {
      ages_by_place_[by_identifier_[k]] = beat.ages[k];
    }
    detector_.opinions(i, ages_by_place_, stamp);
    dirty_ = dirty_ || peer.ages != beat.ages;
    peer.ages = beat.ages;
  }
  if (head.roster_hash != roster_hash_) {
    offer_roster(i);
  }
  if (!in_sync(i)) {
    repair(i);
  } else if (member.state != MemberState::running) {
    dirty_ = true;
  }
  if (view_.acting_master && member.term == view_.term && peer.bound != view_.term) {
    dirty_ = true;
  }
}

void NodeCore::take_term_of(std::size_t i, const FrameHeader& head, const Heartbeat& beat) {
  MemberView& member = view_.members[i];
  const Term term{head.epoch, beat.master};
  const bool acting = beat.acting_master && beat.master == member.node_id;
  if (term != member.term || acting != member.acting_master || beat.state != member.cluster_state ||
      beat.synchronised != member.synchronised || beat.joined != member.joined) {
    member.term = term;
    member.acting_master = acting;
    member.cluster_state = beat.state;
    member.synchronised = beat.synchronised;
    member.joined = beat.joined;
    epoch_seen_ = std::max(epoch_seen_, term.epoch);
    dirty_ = true;
    outcome_.view_changed = true;
  }
}

void NodeCore::receive(std::size_t i, const FrameHeader&, const Leave&, Instant) {
  Peer& peer = peers_[i];
  if (peer.left || options_.mutations.leave_is_loss) {
    return;
  }
  peer.left = true;
  view_.members[i].remark = "planned stop";
  view_.members[i].acting_master = false;
  refresh_instance(i);
  note({HistoryRow::Kind::member,
        {},
        {},
        view_.members[i].identifier,
        "leaves",
        "planned stop: its programs are not moved"});
  sight_changed_ = now_;
  dirty_ = true;
}

void NodeCore::receive(std::size_t i, const FrameHeader&, const PeerOpinion& opinion, Instant stamp) {
  const auto about = index_of(opinion.about);
  if (!about || *about == i) {
    return;
  }
  if (*about != view_.local) {
    detector_.opinion(i, *about, opinion.liveness, stamp);
  }
  if (opinion.ask) {
    const Liveness mine =
        *about == view_.local ? Liveness::fresh : detector_.liveness(*about, now_);
    send(view_.members[i].node_id, PeerOpinion{opinion.about, mine, false});
  }
}

void NodeCore::watch_members() {
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    if (i == view_.local) {
      continue;
    }
    MemberView& member = view_.members[i];
    const bool watched = in_sight(member.state) || member.state == MemberState::isolated;
    const Liveness liveness = watched ? detector_.liveness(i, now_) : Liveness::dead;
    if (liveness != member.liveness) {
      member.liveness = liveness;
      outcome_.view_changed = true;
    }
    if (in_sight(member.state) || member.state == MemberState::away) {
      judge(i);
    } else if (awaited(i)) {
      reconnect_if_silent(i);  // it is there, HELLO says so, and nothing comes
    }
  }
}

/// The transport does not notice a connection that carries nothing any more (no ZMQ heartbeats, DESIGN.md section 6):
/// the silent peer's is dropped and made anew, once in a while. Each attempt doubles the wait for the next: on a machine
/// that cannot keep up with the handshakes of many nodes, dropping those that are under way would end in nothing else.
void NodeCore::reconnect_if_silent(std::size_t i) {
  const MemberView& member = view_.members[i];
  Peer& peer = peers_[i];
  // One whose life has just been greeted should be heard at once: its first connection may have come before
  // the other side had admitted this node, and the transport would try again only after seconds.
  const Instant heard_at = member.heard_at.value_or(Instant{});
  const Duration patience = awaited(i) ? handshake_patience() : options_.detection.fast;
  if (now_ - std::max(heard_at, peer.admitted_at) <= patience || now_ - peer.reconnected_at < peer.reconnect_wait ||
      options_.mutations.never_reconnect) {
    return;
  }
  const Duration wait = std::clamp<Duration>(2 * peer.reconnect_wait, limits::cluster_reconnect_period,
                                             limits::cluster_reconnect_period_max);
  peer.reconnect_wait = wait + std::chrono::milliseconds(random_.between(0, wait / 4ms));
  peer.reconnected_at = now_;
  outcome_.reconnects.push_back(member.node_id);
}

/// HELLO says that it is there, and nothing of it has been heard since.
bool NodeCore::awaited(std::size_t i) const {
  return peers_[i].admitted != 0 && view_.members[i].heard_at.value_or(Instant{}) < peers_[i].admitted_at;
}

/// Longer by a little for each peer whose first frame is awaited: all of them are shaking hands with this node.
Duration NodeCore::handshake_patience() const {
  std::int64_t all = 0;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    all += awaited(i) ? 1 : 0;
  }
  return options_.detection.late + all * limits::cluster_handshake;
}

/// What the detector says; the simulator's deliberate faults bend it.
Verdict NodeCore::verdict_on(std::size_t i) const {
  const Verdict verdict = detector_.verdict(i, now_);
  const Mutations& bent = options_.mutations;
  if (bent.never_dead && verdict == Verdict::dead) {
    return Verdict::alive;
  }
  if (bent.dead_without_witness && (verdict == Verdict::partial || detector_.undecided(i, now_))) {
    return Verdict::dead;
  }
  if (bent.late_is_dead && detector_.liveness(i, now_) != Liveness::fresh) {
    return Verdict::dead;
  }
  return verdict;
}

void NodeCore::judge(std::size_t i) {
  MemberView& member = view_.members[i];
  Peer& peer = peers_[i];
  if (detector_.wants_probe(i, now_)) {
    detector_.probe_asked(i, now_);
    outcome_.probes.push_back(member.identifier);
  }
  reconnect_if_silent(i);
  if (detector_.undecided(i, now_) && now_ >= peer.next_question) {
    peer.next_question = now_ + limits::cluster_beat_period;
    for (const MemberView& other : view_.members) {
      if (!other.local && other.node_id != member.node_id && other.state == MemberState::running &&
          other.liveness == Liveness::fresh) {
        send(other.node_id, PeerOpinion{member.node_id, member.liveness, true});
      }
    }
  }
  switch (verdict_on(i)) {
    case Verdict::alive:
      return;
    case Verdict::partial:
      if (!member.partial) {
        member.partial = true;
        refresh_instance(i);
        note({HistoryRow::Kind::member,
              {},
              {},
              member.identifier,
              "partial",
              "silent here, but most of its peers hear it"});
      }
      return;
    case Verdict::away:
      if (member.state != MemberState::away) {
        set_member_state(i, MemberState::away, "silent, but its HTTP port accepts: the agent restarts");
      }
      return;
    case Verdict::dead:
      lose(i, "silent for " + std::to_string(member.heard_at ? (now_ - *member.heard_at) / 1ms : 0) + " ms");
      return;
  }
}

void NodeCore::set_member_state(std::size_t i, MemberState state, const std::string& why) {
  MemberView& member = view_.members[i];
  if (member.fence && !member.local && !options_.mutations.count_fenced) {
    state = MemberState::isolated;  // whatever else becomes of it
  }
  if (member.state == state) {
    return;
  }
  const bool was_in_sight = in_sight(member.state);
  member.state = state;
  fences_stale_ = fences_stale_ || state == MemberState::running;
  member.state_since = now_;
  if (was_in_sight != in_sight(state) || state == MemberState::running) {
    sight_changed_ = now_;
  }
  refresh_instance(i);
  dirty_ = true;
  note({HistoryRow::Kind::member, {}, {}, member.identifier, std::string(name_of(state)), why});
}

void NodeCore::refresh_instance(std::size_t i) {
  const MemberView& member = view_.members[i];
  rules::InstanceView& instance = view_.cluster.instances[i];
  const bool leaving = member.local ? leaving_ : peers_[i].left;
  instance.running = member.state == MemberState::running && !member.partial && !leaving;
  instance.node = member.machine_id.empty() ? member.identifier : member.machine_id;
  outcome_.view_changed = true;
}

void NodeCore::greet_members() {
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    Peer& peer = peers_[i];
    MemberView& member = view_.members[i];
    const bool is_heard = member.state == MemberState::running ||
                          (member.state == MemberState::isolated && member.liveness == Liveness::fresh);
    if (i == view_.local || leaving_ || (is_heard && !peer.wants_hello)) {
      continue;
    }
    if (member.state != MemberState::stopped && member.state != MemberState::incompatible &&
        member.state != MemberState::away && peer.admitted != 0 && !peer.wants_hello &&
        now_ - member.state_since < 1s) {
      continue;  // it has just been greeted
    }
    const bool waiting = peer.hello_asked && now_ - *peer.hello_asked < limits::cluster_hello_answer_max;
    if (waiting || now_ < peer.next_hello) {
      continue;
    }
    // One that answers and is not heard has no use for more of them; one that does not answer may be back at any time.
    const Duration longest = awaited(i) ? limits::cluster_reconnect_period_max : limits::cluster_hello_period_max;
    peer.hello_period = std::clamp<Duration>(2 * peer.hello_period, limits::cluster_hello_period, longest);
    const std::int64_t jitter_ms = random_.between(0, peer.hello_period / 4ms);
    peer.next_hello = now_ + peer.hello_period + std::chrono::milliseconds(jitter_ms);
    peer.hello_asked = now_;
    outcome_.hellos.push_back(member.identifier);
  }
}

bool NodeCore::in_sync(std::size_t i) const {
  const ReplicatedTable& table = view_.members[i].table;
  const Peer& peer = peers_[i];
  if (!table.complete() || table.seq() < peer.beat_delta_seq) {
    return false;
  }
  return table.seq() > peer.beat_delta_seq || table.digest() == peer.beat_digest;
}

void NodeCore::activate_members() {
  MemberView& me = view_.members[view_.local];
  if (me.state != MemberState::running && table_known_) {
    me.heard_at = now_;
    me.liveness = Liveness::fresh;
    set_member_state(view_.local, MemberState::running, "local table known");
  }
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    MemberView& member = view_.members[i];
    if (i == view_.local || !in_sight(member.state) || member.state == MemberState::running) {
      continue;
    }
    if (in_sync(i) && member.joined && member.beat_seq > 0 && table_known_) {
      set_member_state(i, MemberState::running, "its whole table is here");
      member.remark.clear();
      came_running(i);
    }
  }
}

/// Its copies count again, from its rows.
void NodeCore::came_running(std::size_t i) {
  MemberView& member = view_.members[i];
  peers_[i].has_run = true;
  peers_[i].lost_at_work.reset();
  losses_.withdraw({member.node_id, member.incarnation});  // this very life was called dead: it was not
  const LossLedger::Ending earlier = ending_shown(i);
  std::vector<std::string> all;
  for (const auto& [namespec, fact] : member.table.rows()) {
    all.push_back(namespec);
  }
  rows_touched(i, all);
  first_table_of_a_new_life(i, earlier);
  repair_wanted_ = true;
}

std::vector<Liveness> NodeCore::age_vector() const {
  std::vector<Liveness> ages;
  ages.reserve(by_identifier_.size());
  for (const std::size_t i : by_identifier_) {
    const MemberView& member = view_.members[i];
    if (member.local) {
      ages.push_back(Liveness::fresh);
    } else if (in_sight(member.state)) {
      ages.push_back(detector_.liveness(i, now_));
    } else {
      ages.push_back(member.state == MemberState::away ? Liveness::suspect : Liveness::dead);
    }
  }
  return ages;
}

}  // namespace holdfast::cluster
