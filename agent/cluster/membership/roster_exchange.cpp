#include "cluster/membership/roster_exchange.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/fencing/fencing.hpp"
#include "cluster/membership/heartbeat_announcer.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/roster.hpp"

namespace holdfast::cluster {
namespace {

/// The minor version of the protocol from which a peer reads lists of nodes.
constexpr std::uint8_t kMinorOfRosters = 2;

}  // namespace

bool RosterExchange::take(StepContext& step, const KnownMember& who, const std::string& how) {
  const std::string nick = who.nick.empty() ? who.identifier : who.nick;
  if (const std::string why = objection_to_member(step.view, who.identifier, nick); !why.empty()) {
    refuse(step, who.identifier, why);
    return false;
  }
  if (members_.find(node_id_of(who.identifier)) != nullptr) {
    return true;
  }
  MemberView member;
  member.identifier = who.identifier;
  member.nick = nick;
  member.node_id = node_id_of(who.identifier);
  member.listed = false;
  member.state_since = step.now;
  if (who.contact.size() <= limits::cluster_name_bytes) {
    member.contact = who.contact;
  }
  refused_.erase(who.identifier);
  insert(step, std::move(member));
  step.note_member(who.identifier, "joins as " + nick, how);
  return true;
}

void RosterExchange::insert(StepContext& step, MemberView newcomer) {
  const MemberView& member = members_.insert(std::move(newcomer));
  for (const MemberView& other : step.view.members) {
    records_[other].period = {};  // what it lacks is another list than before
  }
  refresh_core(step, member);
  parts_.membership.refresh_instance(step, member);
  parts_.fencing.fence_newcomer(step, member);
  parts_.heartbeats.members_changed(step);
  met_at_ = step.now;
  step.agenda.turn_by(step.now);
}

void RosterExchange::refuse(StepContext& step, const std::string& identifier, const std::string& why) {
  ++step.counters.members_refused;
  if (!refused_.contains(identifier) && refused_.size() >= limits::cluster_refusals_said) {
    return;
  }
  if (std::exchange(refused_[identifier], why) != why) {
    step.note({HistoryRow::Kind::member, {}, {}, identifier, "is refused", why, true});
  }
}

void RosterExchange::receive(StepContext& step, const MemberView& from, const Roster& roster) {
  if (!step.options.discovery) {
    return;
  }
  const std::string how = from.nick + " knows it";
  for (const KnownMember& one : roster.members) {
    (void)take(step, one, how);
  }
}

void RosterExchange::offer(StepContext& step, const MemberView& peer) {
  Record& record = records_[peer];
  const Duration wait =
      std::clamp<Duration>(record.period, limits::cluster_roster_period, limits::cluster_roster_period_max);
  if (!step.options.discovery || peer.proto_minor < kMinorOfRosters || step.has(Mutation::roster_kept) ||
      step.now - record.sent < wait) {
    return;
  }
  record.sent = step.now;
  record.period = 2 * wait;
  Roster roster;
  for (const MemberView& member : step.view.members) {
    roster.members.push_back({member.identifier, member.nick, member.contact});
  }
  step.send(peer.node_id, roster);
}

void RosterExchange::refresh_core(StepContext& step, const MemberView& known) {
  MemberView& member = members_.edit(known);
  const bool core =
      is_core_by_list(step.options, member.identifier) ||
      is_core(step.options.core, member.identifier, member.nick, members_.instance_of(member).stereotypes);
  if (std::exchange(member.core, core) != core) {
    met_at_ = step.now;
    step.reconsider();
    step.show_change();
  }
}

bool RosterExchange::settled(const StepContext& step, Instant started) const {
  const auto is_name = [&](const std::string& name) { return step.view.find(name) != nullptr; };
  const bool by_tags = step.options.synchronisation.core && !std::ranges::all_of(step.options.core, is_name);
  return (!step.options.discovery && !by_tags) || step.now - std::max(started, met_at_) >= limits::cluster_settle_wait;
}

}  // namespace holdfast::cluster
