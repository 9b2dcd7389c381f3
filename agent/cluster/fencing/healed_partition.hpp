// healed_partition.hpp: two sides of a cut that have fenced each other, healed (docs/decisions/0016): which of the
// two lists of fenced nodes holds, and whose Master. Masters compete as after any cut; a side without one yields.
// Functions of what one node sees; Fencing and Mastery ask them and act.
#pragma once

#include <string>

#include "cluster/mastery/election.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class Replication;

/// Each of the two goes by a list that has the other: they were on different sides of a cut, and it is healed.
[[nodiscard]] bool in_other_partition(const StepContext& step, const Replication& replication,
                                      const MemberView& member);

/// Of a side where no Master competes: whose list it yields to, that of a Master that works among those that are fenced
/// here, or if there is none there either, of the newer list; null: of nobody's.
[[nodiscard]] const MemberView* list_to_yield_to(const StepContext& step, const Replication& replication);

/// What a fenced Master and its followers are to the election of the Master on this side: rivals if each side has
/// fenced the other, which only the competition can end; else nothing but terms that the next one must be above.
void add_fenced_voters(const StepContext& step, const Replication& replication, ElectionInput& input);

/// Somebody who counts follows a Master that is fenced here: the list here is about to change, nobody claims on it.
[[nodiscard]] bool fences_are_changing(const StepContext& step);

}  // namespace holdfast::cluster
