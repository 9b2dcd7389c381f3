#include "cluster/members.hpp"

#include <algorithm>
#include <tuple>

#include "base/check.hpp"
#include "cluster/roster.hpp"

namespace holdfast::cluster {
namespace {

std::vector<RosterItem> in_order(const NodeOptions& options) {
  std::vector<RosterItem> roster = options.roster;
  for (RosterItem& item : roster) {
    item.nick = item.nick.empty() ? item.identifier : item.nick;
  }
  if (options.discovery) {
    std::ranges::sort(roster, {}, [](const RosterItem& item) { return std::tie(item.nick, item.identifier); });
  }
  return roster;
}

rules::InstanceView instance_of_new(const MemberView& member) {
  rules::InstanceView instance;
  instance.identifier = member.identifier;
  instance.nick = member.nick;
  instance.local = member.local;
  return instance;
}

}  // namespace

View make_view(const NodeOptions& options) {
  View view;
  view.discovery = options.discovery;
  bool found = false;
  for (const RosterItem& item : in_order(options)) {
    MemberView member;
    member.slot = view.members.size();
    member.identifier = item.identifier;
    member.nick = item.nick;
    member.node_id = node_id_of(item.identifier);
    member.local = item.identifier == options.identifier;
    rules::InstanceView instance = instance_of_new(member);
    if (member.local) {
      found = true;
      view.local = view.members.size();
      member.incarnation = options.incarnation;
      member.machine_id = options.machine_id;
      member.term = options.term;
      member.discovery = options.discovery;
      instance.node = options.machine_id.empty() ? options.identifier : options.machine_id;
      instance.stereotypes = options.stereotypes;
    }
    member.core = item.core || is_core(options.core, member.identifier, member.nick, instance.stereotypes);
    view.cluster.instances.push_back(std::move(instance));
    view.members.push_back(std::move(member));
  }
  CHECK(found);
  return view;
}

Members::Members(View& view) : view_(view) {
  index();
}

const MemberView* Members::find(NodeId node) const {
  const auto at = std::ranges::lower_bound(by_node_, node, {}, &std::pair<NodeId, std::size_t>::first);
  return at == by_node_.end() || at->first != node ? nullptr : &view_.members[place_[at->second]];
}

std::vector<const MemberView*> Members::named(std::string_view identifier_or_nick) const {
  std::vector<const MemberView*> found;
  for (const MemberView& member : view_.members) {
    if (member.identifier == identifier_or_nick) {
      return {&member};
    }
    if (member.nick == identifier_or_nick) {
      found.push_back(&member);
    }
  }
  return found;
}

MemberView& Members::insert(MemberView member) {
  const std::size_t slot = view_.members.size();
  const std::size_t place = place_of(view_.members, member.nick, member.identifier);
  const auto offset = static_cast<std::ptrdiff_t>(place);
  member.slot = slot;
  view_.cluster.instances.insert(view_.cluster.instances.begin() + offset, instance_of_new(member));
  view_.members.insert(view_.members.begin() + offset, std::move(member));
  view_.local += view_.local >= place ? 1 : 0;
  index();
  return view_.members[place];
}

void Members::index() {
  const std::size_t count = view_.members.size();
  place_.assign(count, 0);
  rank_.assign(count, 0);
  by_identifier_.clear();
  by_node_.clear();
  std::vector<std::string> identifiers;
  for (std::size_t place = 0; place < count; ++place) {
    const MemberView& member = view_.members[place];
    place_[member.slot] = place;
    by_identifier_.push_back(member.slot);
    by_node_.emplace_back(member.node_id, member.slot);
    identifiers.push_back(member.identifier);
  }
  std::ranges::sort(by_node_);
  std::ranges::sort(by_identifier_, {}, [&](std::size_t slot) -> const std::string& { return at(slot).identifier; });
  for (std::size_t rank = 0; rank < count; ++rank) {
    rank_[by_identifier_[rank]] = rank;
  }
  roster_hash_ = roster_hash_of(std::move(identifiers));
}

}  // namespace holdfast::cluster
