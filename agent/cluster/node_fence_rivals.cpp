// Two sides of a cut that have fenced each other, healed (docs/decisions/0016): which of the two lists holds, and whose
// Master. Masters compete as after any cut; a side without one yields.
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/mastery/election.hpp"
#include "cluster/node_core.hpp"

namespace holdfast::cluster {

/// Fenced here, and heard, and what it knows is known.
bool NodeCore::is_fenced_and_whole(std::size_t i) const {
  const MemberView& member = view_.members[i];
  return !member.local && member.state == MemberState::isolated && member.liveness == Liveness::fresh && in_sync(i);
}

/// Each of the two goes by a list that has the other: they were on different sides of a cut, and it is healed.
bool NodeCore::is_across(std::size_t i) const {
  return is_fenced_and_whole(i) && view_.members[i].table.fences().find(options_.identifier) != nullptr;
}

/// Where no Master competes for this side (it waits for other nodes again, say), it goes by the list of a Master that
/// works among those that are fenced here, or if there is none there either, by the newer list.
void NodeCore::yield_without_master() {
  if (view_.master || view_.acting_master || now_ - master_changed_ < limits::cluster_bind_wait_max) {
    return;
  }
  const MemberView* winner = nullptr;
  const FenceList* newest = &view_.me().table.fences();
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    const MemberView& member = view_.members[i];
    const bool is_master = is_fenced_and_whole(i) && member.acting_master && member.term > view_.term;
    if (!is_master && !is_across(i)) {
      continue;
    }
    const bool better = winner != nullptr && winner->acting_master != member.acting_master
                            ? member.acting_master
                            : member.acting_master || member.table.fences().newer_than(*newest);
    if (better) {
      winner = &member;
      newest = &member.table.fences();
    }
  }
  if (winner != nullptr) {
    go_by_fences(FenceList(*newest), "no Master is in sight: as " + winner->nick + " knows");
  }
}

/// What a fenced Master and its followers are to the election of the Master on this side: rivals if each side has fenced
/// the other, which only the competition can end; else nothing but terms that the next one must be above.
void NodeCore::add_fenced_voters(ElectionInput& input) const {
  const auto heard = [&](std::size_t i) {
    const MemberView& member = view_.members[i];
    return !member.local && member.state == MemberState::isolated && member.liveness == Liveness::fresh;
  };
  std::vector<NodeId> rivals;
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    if (is_across(i) && view_.members[i].acting_master) {
      rivals.push_back(view_.members[i].node_id);
    }
  }
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    const MemberView& member = view_.members[i];
    if (!heard(i)) {
      continue;
    }
    Voter voter;
    voter.node_id = member.node_id;
    voter.nick = member.nick;
    voter.core = member.core;
    voter.term = member.term;
    voter.acting_master = std::ranges::find(rivals, member.node_id) != rivals.end();
    input.voters.push_back(std::move(voter));
  }
}

/// Somebody who counts follows a Master that is fenced here: the list here is about to change, nobody claims on it.
bool NodeCore::fences_are_changing() const {
  return std::ranges::any_of(view_.members, [&](const MemberView& member) {
    if (member.local || member.state != MemberState::running || member.term <= view_.term) {
      return false;
    }
    const auto master = index_of(member.term.master);
    return master && view_.members[*master].state == MemberState::isolated;
  });
}

/// After this node as Master has yielded to one of the other side: what that one says of who is fenced holds.
void NodeCore::take_rivals_fences(NodeId master) {
  const auto i = index_of(master);
  if (i && view_.members[*i].fence) {
    go_by_fences(FenceList(view_.members[*i].table.fences()), "follows " + view_.members[*i].nick);
  }
}

}  // namespace holdfast::cluster
