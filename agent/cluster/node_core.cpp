#include "cluster/node_core.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace holdfast::limits {
namespace {

constexpr Duration cluster_beat_at_once_min = 20ms;  // between two heartbeats that do not wait for their turn

}  // namespace
}  // namespace holdfast::limits

namespace holdfast::cluster {
namespace {

/// With discovery the order is that of the nicks from the start.
NodeOptions in_order(NodeOptions options) {
  const auto nick_of = [](const RosterItem& item) { return item.nick.empty() ? item.identifier : item.nick; };
  if (options.discovery) {
    std::ranges::sort(options.roster, {},
                      [&](const RosterItem& item) { return std::pair(nick_of(item), item.identifier); });
  }
  return options;
}

View make_view(const NodeOptions& options) {
  View view;
  view.discovery = options.discovery;
  view.term = options.term;
  bool found = false;
  for (const RosterItem& item : options.roster) {
    MemberView member;
    member.identifier = item.identifier;
    member.nick = item.nick.empty() ? item.identifier : item.nick;
    member.node_id = node_id_of(item.identifier);
    member.local = item.identifier == options.identifier;
    if (member.local) {
      found = true;
      view.local = view.members.size();
      member.incarnation = options.incarnation;
      member.machine_id = options.machine_id;
      member.term = options.term;
      member.config_version = options.config_version;
      member.discovery = options.discovery;
    }
    rules::InstanceView instance;
    instance.identifier = member.identifier;
    instance.nick = member.nick;
    instance.local = member.local;
    instance.node = member.local ? options.machine_id : std::string();
    instance.stereotypes = member.local ? options.stereotypes : std::vector<std::string>();
    view.cluster.instances.push_back(std::move(instance));
    view.members.push_back(std::move(member));
  }
  CHECK(found);
  return view;
}

}  // namespace

NodeCore::NodeCore(NodeOptions options, Random random)
    : options_(in_order(std::move(options))),
      random_(random),
      incarnation_(options_.incarnation),
      view_(make_view(options_)),
      peers_(view_.members.size()),
      cluster_id_(cluster_id_of(options_.cluster_name)),
      own_(view_.members[view_.local].table, options_.incarnation),
      detector_(options_.detection, options_.away_grace),
      engine_(options_.rules, {options_.starting_strategy, options_.conciliation_strategy}),
      epoch_seen_(options_.term.epoch) {
  index_members();
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    peers_[i].is_core = options_.roster[i].core;
    refresh_core(i);
  }
  for (const std::string& endpoint : options_.seeds) {
    seeds_.emplace_back().endpoint = endpoint;
  }
  life_ = random_.below(1'000'000);
  outcome_.persist = identity();
}

void NodeCore::step(Instant now, const Input& input) {
  if (!began_) {
    began_ = true;
    started_ = now;
    now_ = now;
    next_beat_ = now;
    next_turn_ = now;
    sight_changed_ = now;
    set_state(ClusterState::synchronization, "started");
  }
  // The gap beyond the deadline that was asked for is this node's own: it did not turn (Lifeguard's local
  // health).
  const Instant due = next_deadline().value_or(now);
  if (now > now_ && now > due + limits::cluster_stall_min) {
    ++view_.counters.own_stalls;
    detector_.stalled(now, now - due);
  }
  now_ = std::max(now, now_);
  view_.cluster.touched.clear();
  std::visit([&](const auto& what) { handle(what); }, input);
  evaluate();
}

Outcome NodeCore::take_outcome() {
  return std::exchange(outcome_, {});
}

std::optional<Instant> NodeCore::next_deadline() const {
  Instant next = std::min(next_beat_, next_turn_);
  if (view_.acting_master) {
    next = std::min(next, engine_.next_deadline().value_or(next));
  }
  return next;
}

/// Nothing is under way that wants more than the heartbeat's rhythm.
bool NodeCore::settled() const {
  return pending_.empty() && synchronised_ && view_.master && !detector_.anybody_late(now_) &&
         std::all_of(view_.members.begin(), view_.members.end(), [](const MemberView& member) {
           return member.state == MemberState::running || member.state == MemberState::stopped ||
                  member.state == MemberState::isolated;
         });
}

void NodeCore::evaluate() {
  const bool turn = now_ >= next_turn_;
  if (turn) {
    detector_.decay(now_);
    watch_members();
    greet_members();
    greet_seeds();
    resend_pending();
    follow_statistics();
  }
  refresh_fences();
  if (turn || dirty_) {
    dirty_ = false;
    activate_members();
    refresh_fences();
    check_synchronisation();
    decide_master();
    decide_state();
    report_losses();
  }
  drive_engine();
  refresh_forced();
  if (turn) {
    next_turn_ = now_ + (settled() ? limits::cluster_beat_period : limits::cluster_watch_period);
  }
  if (dirty_) {
    next_turn_ = std::min(next_turn_, now_ + limits::cluster_watch_period);
  }
  if (turn || beat_at_once_) {
    std::vector<Liveness> ages = age_vector();
    if (ages != last_ages_) {
      last_ages_ = std::move(ages);
      beat_at_once_ = true;  // peers that doubt the same node need not wait for it
    }
  }
  if (beat_at_once_ && now_ < beat_prepared_ + beat_spacing()) {
    next_turn_ = std::min(next_turn_, beat_prepared_ + beat_spacing());
  } else if (beat_at_once_ || now_ >= next_beat_) {
    prepare_heartbeat();
  }
}

/// Between two heartbeats that do not wait for their turn. Several reasons in a row are one heartbeat: when many nodes
/// come at once, each has news of each, and every heartbeat is a frame for each.
Duration NodeCore::beat_spacing() const {
  const auto peers = static_cast<std::int64_t>(view_.members.size());
  return std::clamp<Duration>(peers * limits::gossip_at_once_per_peer, limits::cluster_beat_at_once_min,
                              limits::cluster_beat_period);
}

FrameHeader NodeCore::header(std::uint64_t seq) const {
  FrameHeader head;
  head.cluster_id = cluster_id_;
  head.node_id = view_.me().node_id;
  head.incarnation = incarnation_;
  head.seq = seq;
  head.mono_ms = static_cast<std::uint64_t>(now_.ms());
  head.epoch = view_.term.epoch;
  head.roster_hash = roster_hash_;
  return head;
}

void NodeCore::publish(const Message& message) {
  outcome_.publish.push_back({Stream::ctl, encode_message(header(++ctl_seq_), message)});
}

void NodeCore::send(NodeId node, const Message& message) {
  outcome_.sends.push_back({node, encode_message(header(++direct_seq_), message)});
}

void NodeCore::prepare_heartbeat() {
  const MemberView& me = view_.me();
  Heartbeat beat;
  beat.health = detector_.health();
  beat.delta_seq = me.table.seq();
  beat.digest = me.table.digest();
  beat.config_version = options_.config_version;
  beat.master = view_.term.master;
  beat.acting_master = view_.acting_master;
  beat.synchronised = synchronised_;
  beat.leaving = leaving_;
  beat.starting_jobs = me.starting_jobs;
  beat.stopping_jobs = me.stopping_jobs;
  beat.degraded = view_.degraded;
  beat.joined = table_known_;
  beat.discovery = options_.discovery;
  beat.state = view_.state;
  beat.ages = last_ages_;
  const bool at_once = std::exchange(beat_at_once_, false);
  next_beat_ = now_ + limits::cluster_beat_period;
  beat_prepared_ = now_;
  outcome_.heartbeat = HeartbeatReady{encode_message(header(++beat_seq_), beat), at_once};
}

void NodeCore::note(HistoryRow row) {
  outcome_.history.push_back(std::move(row));
  outcome_.view_changed = true;
}

void NodeCore::note_state(std::string what, std::string why) {
  note({HistoryRow::Kind::state, {}, {}, options_.cluster_name, std::move(what), std::move(why)});
}

std::optional<std::size_t> NodeCore::index_of(NodeId node) const {
  const auto at = std::ranges::lower_bound(by_node_, node, {}, &std::pair<NodeId, std::size_t>::first);
  return at == by_node_.end() || at->first != node ? std::nullopt : std::optional(at->second);
}

std::optional<std::size_t> NodeCore::index_of(std::string_view identifier) const {
  const MemberView* member = view_.find(identifier);
  return member == nullptr ? std::nullopt
                           : std::optional(static_cast<std::size_t>(member - view_.members.data()));
}

void NodeCore::handle(const FrameReceived& input) {
  Counters& counters = view_.counters;
  const auto i = index_of(input.sender);
  if (!i || *i == view_.local) {
    ++counters.unknown_node;
    return;
  }
  Result<DecodedMessage> decoded = decode_message(input.bytes);
  if (!decoded) {
    ++counters.malformed;
    return;
  }
  const FrameHeader& head = decoded.value().header;
  if (head.cluster_id != cluster_id_) {
    ++counters.wrong_cluster;
    return;
  }
  if (head.node_id != input.sender) {
    ++counters.wrong_sender;
    return;
  }
  if (head.incarnation < view_.members[*i].incarnation && !options_.mutations.accept_any_incarnation) {
    ++counters.old_incarnation;
    return;
  }
  if (head.incarnation != peers_[*i].admitted && !options_.mutations.accept_any_incarnation) {
    ++counters.not_admitted;  // a life that has not said HELLO to me
    peers_[*i].wants_hello = true;
    peers_[*i].next_hello = std::min(peers_[*i].next_hello, now_ + limits::cluster_watch_period);
    return;
  }
  if (!may_speak(*i, decoded.value().message)) {
    ++counters.fenced_sender;
    return;
  }
  std::visit([&](auto& message) { receive(*i, head, message, std::min(input.stamp, now_)); }, decoded.value().message);
}

void NodeCore::handle(const HttpProbe& input) {
  if (const auto i = index_of(input.identifier)) {
    detector_.probed(*i, input.accepted, input.refused, now_);
    next_turn_ = now_;
  }
}

void NodeCore::handle(const LocalTable& input) {
  own_changed(own_.set_all(input.facts));
  if (!table_known_) {
    table_known_ = true;
    dirty_ = true;
    beat_at_once_ = true;
  }
}

void NodeCore::handle(const LocalProcessChanged& input) {
  own_changed(own_.set(input.fact));
}
void NodeCore::handle(const LocalProcessRemoved& input) {
  own_changed(own_.remove(input.namespec));
}

void NodeCore::handle(const LoopStalled& input) {
  ++view_.counters.own_stalls;
  detector_.stalled(now_, input.gap);
}

void NodeCore::handle(const PlannedStop&) {
  if (leaving_) {
    return;
  }
  leaving_ = true;
  beat_at_once_ = true;
  dirty_ = true;
  step_down("this node leaves");
  refresh_instance(view_.local);
  publish(Leave{});
  for (const MemberView& member : view_.members) {  // a connection may carry nothing any more, unnoticed yet
    if (!member.local && in_sight(member.state)) {
      send(member.node_id, Leave{});
    }
  }
  note({HistoryRow::Kind::member,
        {},
        {},
        options_.identifier,
        "leaves",
        "planned stop: its programs stay stopped"});
}

void NodeCore::handle(const RulesChanged& input) {
  options_.rules = input.rules;
  engine_.set_rules(input.rules, engine_.options());
  refresh_conflicts();
  outcome_.view_changed = true;
}

void NodeCore::handle(const TimePassed&) {}

}  // namespace holdfast::cluster
