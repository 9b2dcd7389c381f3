// How the list of nodes grows (docs/decisions/0015): who proves the cluster's key joins it, lists that differ are
// exchanged until they are equal, seeds are greeted while somebody may be there who is not known. Nobody ever leaves the
// list (contract supvisors.md 7.4).
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/node_core.hpp"

namespace holdfast::cluster {
namespace {

/// The minor version of the protocol from which a peer reads lists of nodes.
constexpr std::uint8_t kMinorOfRosters = 2;

}  // namespace

std::string NodeCore::objection_to(std::string_view identifier, std::string_view nick) const {
  return objection_to_member(view_, identifier, nick.empty() ? identifier : nick);
}

/// What is kept by place in the view, made anew.
void NodeCore::index_members() {
  by_identifier_.clear();
  by_node_.clear();
  std::vector<std::string> identifiers;
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    by_identifier_.push_back(i);
    by_node_.emplace_back(view_.members[i].node_id, i);
    identifiers.push_back(view_.members[i].identifier);
  }
  std::ranges::sort(by_node_);
  std::ranges::sort(by_identifier_, {}, [&](std::size_t i) -> const std::string& { return view_.members[i].identifier; });
  rank_.resize(by_identifier_.size());
  for (std::size_t k = 0; k < by_identifier_.size(); ++k) {
    rank_[by_identifier_[k]] = k;
  }
  roster_hash_ = roster_hash_of(std::move(identifiers));
}

/// True: a node of that name is a member now. Places of members in the view change.
bool NodeCore::take_member(const KnownMember& who, const std::string& how) {
  const std::string nick = who.nick.empty() ? who.identifier : who.nick;
  if (const std::string why = objection_to(who.identifier, nick); !why.empty()) {
    refuse_member(who.identifier, why);
    return false;
  }
  if (index_of(node_id_of(who.identifier))) {
    return true;
  }
  MemberView member;
  member.identifier = who.identifier;
  member.nick = nick;
  member.node_id = node_id_of(who.identifier);
  member.listed = false;
  member.state_since = now_;
  if (who.contact.size() <= limits::cluster_name_bytes) {
    member.contact = who.contact;
  }
  refused_.erase(who.identifier);
  insert_member(std::move(member));
  note({HistoryRow::Kind::member, {}, {}, who.identifier, "joins as " + nick, how});
  return true;
}

/// In the order of nicks, so that every node has the same order whoever came first.
void NodeCore::insert_member(MemberView member) {
  const std::size_t place = place_of(view_.members, member.nick, member.identifier);
  const auto offset = static_cast<std::ptrdiff_t>(place);
  rules::InstanceView instance;
  instance.identifier = member.identifier;
  instance.nick = member.nick;
  view_.members.insert(view_.members.begin() + offset, std::move(member));
  view_.cluster.instances.insert(view_.cluster.instances.begin() + offset, std::move(instance));
  peers_.insert(peers_.begin() + offset, Peer{});
  detector_.inserted(place);
  if (view_.local >= place) {
    ++view_.local;
  }
  own_.moved(view_.members[view_.local].table);
  index_members();
  for (Peer& peer : peers_) {
    peer.roster_period = {};  // what it lacks is another list than before
  }
  refresh_core(place);
  refresh_instance(place);
  fence_newcomer(place);
  last_ages_ = age_vector();
  met_at_ = now_;
  beat_at_once_ = true;
  dirty_ = true;
  next_turn_ = now_;
}

/// Said once for each node and reason; the counter has every one.
void NodeCore::refuse_member(const std::string& identifier, const std::string& why) {
  ++view_.counters.members_refused;
  if (!refused_.contains(identifier) && refused_.size() >= limits::cluster_refusals_said) {
    return;
  }
  if (std::exchange(refused_[identifier], why) != why) {
    note({HistoryRow::Kind::member, {}, {}, identifier, "is refused", why, true});
  }
}

void NodeCore::refresh_core(std::size_t i) {
  MemberView& member = view_.members[i];
  const bool core = peers_[i].is_core || is_core(options_.core, member.identifier, member.nick,
                                                 view_.cluster.instances[i].stereotypes);
  if (std::exchange(member.core, core) != core) {
    met_at_ = now_;
    dirty_ = true;
    outcome_.view_changed = true;
  }
}

/// Nobody new has come for a while: the conditions that count who is known mean something. A list is that by itself,
/// unless its core nodes are told by tags, which only they know.
bool NodeCore::roster_settled() const {
  const auto is_name = [&](const std::string& name) { return view_.find(name) != nullptr; };
  const bool by_tags = options_.synchronisation.core && !std::ranges::all_of(options_.core, is_name);
  return (!options_.discovery && !by_tags) || now_ - std::max(started_, met_at_) >= limits::cluster_settle_wait;
}

SynchronisationFacts NodeCore::synchronisation_facts() const {
  SynchronisationFacts facts;
  facts.settled = roster_settled();
  facts.waited = now_ - started_;
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    const MemberView& member = view_.members[i];
    // Who joins is no loss: it counts when it has been here, or while this node waits for all.
    if (!member.listed && synchronised_ && !peers_[i].has_run) {
      continue;
    }
    // To begin with one that is about to end would end the wait for those that will be there.
    const bool here = member.state == MemberState::running && (synchronised_ || !peers_[i].left);
    (member.listed ? facts.listed : facts.met) += 1;
    (member.listed ? facts.present : facts.met_here) += here ? 1 : 0;
    facts.core_listed += member.core ? 1 : 0;
    facts.core_present += member.core && here ? 1 : 0;
  }
  if (!synchronised_) {
    facts.met += static_cast<std::size_t>(
        std::ranges::count_if(seeds_, [](const Seed& seed) { return !seed.announced && seed.identifier.empty(); }));
  }
  return facts;
}

/// The peer's list is another than mine: it gets mine, and sends its own for the same reason.
void NodeCore::offer_roster(std::size_t i) {
  Peer& peer = peers_[i];
  const Duration wait =
      std::clamp<Duration>(peer.roster_period, limits::cluster_roster_period, limits::cluster_roster_period_max);
  if (!options_.discovery || peer.minor < kMinorOfRosters || options_.mutations.roster_kept ||
      now_ - peer.roster_sent < wait) {
    return;
  }
  peer.roster_sent = now_;
  peer.roster_period = 2 * wait;
  Roster roster;
  for (const MemberView& member : view_.members) {
    roster.members.push_back({member.identifier, member.nick, member.contact});
  }
  send(view_.members[i].node_id, roster);
}

void NodeCore::receive(std::size_t i, const FrameHeader&, const Roster& roster, Instant) {
  if (!options_.discovery) {
    return;
  }
  const std::string how = view_.members[i].nick + " knows it";
  for (const KnownMember& one : roster.members) {
    (void)take_member(one, how);
  }
}

void NodeCore::handle(const MemberRefused& input) {
  refuse_member(input.identifier, objection_to(input.identifier, input.nick));
}

/// An announcement proves nothing: who made it is greeted like a seed, for as long as it goes on.
void NodeCore::handle(const NodeSighted& input) {
  if (!options_.discovery || leaving_ || index_of(node_id_of(input.identifier))) {
    return;
  }
  if (const std::string why = objection_to(input.identifier, input.nick); !why.empty()) {
    return refuse_member(input.identifier, why);
  }
  const auto known = std::ranges::find(seeds_, input.endpoint, &Seed::endpoint);
  if (known != seeds_.end()) {
    known->announced_at = now_;
    return;
  }
  if (std::ranges::count_if(seeds_, &Seed::announced) < static_cast<std::ptrdiff_t>(limits::cluster_seeds_met_max)) {
    Seed seed;
    seed.endpoint = input.endpoint;
    seed.announced = true;
    seed.announced_at = now_;
    seed.next = now_;
    seeds_.push_back(std::move(seed));
    next_turn_ = now_;
  }
}

void NodeCore::handle(const SeedAnswered& input) {
  const auto seed = std::ranges::find(seeds_, input.seed, &Seed::endpoint);
  if (seed == seeds_.end()) {
    return;
  }
  seed->asked.reset();
  if (!input.identifier.empty()) {
    seed->identifier = input.identifier;
    seed->period = {};
    dirty_ = true;
  }
}

/// While no other node is in sight every seed may be the way back; else those that have never answered.
void NodeCore::greet_seeds() {
  std::erase_if(seeds_, [&](const Seed& seed) {
    return seed.announced && now_ - seed.announced_at > limits::cluster_seed_met_age_max;
  });
  const bool alone = std::ranges::none_of(
      view_.members, [](const MemberView& member) { return !member.local && in_sight(member.state); });
  for (Seed& seed : seeds_) {
    const bool answered = !seed.identifier.empty();
    const bool waiting = seed.asked && now_ - *seed.asked < limits::cluster_seed_answer_max;
    if (leaving_ || waiting || now_ < seed.next || (answered && !alone) || seed.identifier == options_.identifier) {
      continue;
    }
    const Duration longest = alone ? limits::cluster_seed_period_alone : limits::cluster_seed_period_max;
    seed.period = std::clamp<Duration>(2 * seed.period, limits::cluster_seed_period, longest);
    seed.next = now_ + seed.period + std::chrono::milliseconds(random_.between(0, seed.period / 4ms));
    seed.asked = now_;
    outcome_.seeds.push_back(seed.endpoint);
  }
}

}  // namespace holdfast::cluster
