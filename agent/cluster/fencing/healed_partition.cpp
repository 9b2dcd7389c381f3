#include "cluster/fencing/healed_partition.hpp"

#include <algorithm>
#include <utility>

#include "cluster/replication/replication.hpp"

namespace holdfast::cluster {
namespace {

bool is_fenced_and_heard(const MemberView& member) {
  return !member.local && member.state == MemberState::isolated && member.liveness == Liveness::fresh;
}

/// And what it knows is known.
bool is_fenced_and_whole(const Replication& replication, const MemberView& member) {
  return is_fenced_and_heard(member) && replication.in_sync(member);
}

}  // namespace

bool in_other_partition(const StepContext& step, const Replication& replication, const MemberView& member) {
  return is_fenced_and_whole(replication, member) && member.table.fences().find(step.options.identifier) != nullptr;
}

const MemberView* list_to_yield_to(const StepContext& step, const Replication& replication) {
  const MemberView* winner = nullptr;
  const FenceList* newest = &step.view.me().table.fences();
  for (const MemberView& member : step.view.members) {
    const bool is_master =
        is_fenced_and_whole(replication, member) && member.acting_master && member.term > step.view.term();
    if (!is_master && !in_other_partition(step, replication, member)) {
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
  return winner;
}

void add_fenced_voters(const StepContext& step, const Replication& replication, ElectionInput& input) {
  for (const MemberView& member : step.view.members) {
    if (!is_fenced_and_heard(member)) {
      continue;
    }
    Voter voter;
    voter.node_id = member.node_id;
    voter.nick = member.nick;
    voter.core = member.core;
    voter.term = member.term;
    voter.acting_master = member.acting_master && in_other_partition(step, replication, member);
    input.voters.push_back(std::move(voter));
  }
}

bool fences_are_changing(const StepContext& step) {
  return std::ranges::any_of(step.view.members, [&](const MemberView& member) {
    if (member.local || member.state != MemberState::running || member.term <= step.view.term()) {
      return false;
    }
    const MemberView* master = step.members.find(member.term.master);
    return master != nullptr && master->state == MemberState::isolated;
  });
}

}  // namespace holdfast::cluster
