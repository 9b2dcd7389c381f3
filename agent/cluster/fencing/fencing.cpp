#include "cluster/fencing/fencing.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "cluster/fencing/healed_partition.hpp"
#include "cluster/mastery/mastery.hpp"
#include "cluster/membership/hello_scheduler.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/membership/peer_watch.hpp"
#include "cluster/operations/asked_operations.hpp"
#include "cluster/operations/master_plans.hpp"
#include "cluster/replication/replication.hpp"

namespace holdfast::cluster {
namespace {

std::string cut(std::string text) {
  text.resize(std::min(text.size(), limits::fence_text_bytes));
  return text;
}

/// "Master's state is ELECTION, DISTRIBUTION, OPERATION or CONCILIATION" (contract 3.1, FAILED to ISOLATED).
bool fences_losses(const StepContext& step) {
  const ClusterState state = step.view.state();
  return step.options.auto_fence && state >= ClusterState::election && state <= ClusterState::conciliation;
}

/// Who writes the list: the Master, else this node; and if that is fenced, any that is not, for nobody heeds its word.
const MemberView& keeper_of_fences(const View& view) {
  if (view.master) {
    return *view.find(*view.master);
  }
  for (const MemberView& member : view.members) {
    if (view.me().fence && !member.fence && member.state == MemberState::running) {
      return member;
    }
  }
  return view.me();
}

}  // namespace

std::string Fencing::text_of(const MemberView& fenced) {
  return fenced.nick + " is fenced by " + fenced.fence->by + " (" + fenced.fence->reason +
         "): it counts again after `holdfastctl unfence " + fenced.nick + "`";
}

/// `edit` changes the nodes; the list becomes newer than any that this node knows.
template <typename Edit>
void Fencing::rewrite(StepContext& step, const std::string& why, Edit edit) {
  FenceList list = step.view.me().table.fences();
  edit(list.fences);
  list.revision = step.view.term() > list.term ? 1 : list.revision + 1;
  list.term = std::max(step.view.term(), list.term);
  apply(step, list, why);
}

void Fencing::lost(StepContext& step, const MemberView& member, const std::string& why) {
  if (!fences_losses(step) || member.fence) {
    return;
  }
  if (!step.view.acting_master()) {
    lost_at_work_[member] = {step.now, why};  // the next Master's to fence, and that may be this node
    return;
  }
  rewrite(step, "lost while the cluster was at work",
          [&](std::vector<FenceFact>& fences) { fences.push_back(new_fence(step, member, why)); });
}

FenceFact Fencing::new_fence(const StepContext& step, const MemberView& member, const std::string& why) const {
  FenceFact fence;
  fence.identifier = member.identifier;
  fence.by = cut(step.view.me().nick);
  fence.at_us = step.now.ns / 1000 + step.options.wall_minus_mono_us;
  fence.reason = cut("lost in " + std::string(name_of(step.view.state())) + ": " + why);
  return fence;
}

void Fencing::begin_mastery(StepContext& step, bool was_acting) {
  std::vector<FenceFact> added;
  for (const MemberView& member : step.view.members) {
    if (was_acting || !step.options.auto_fence) {
      break;
    }
    const Loss loss = std::exchange(lost_at_work_[member], std::nullopt);
    if (loss && step.now - loss->first < limits::cluster_loss_age_max && member.state != MemberState::running &&
        !member.fence) {
      added.push_back(new_fence(step, member, loss->second));
    }
  }
  if (step.view.me().table.fences() == FenceList{} && added.empty()) {
    return;
  }
  rewrite(step, "a new Master", [&](std::vector<FenceFact>& fences) {
    if (step.has(Mutation::forget_fences) && !was_acting) {
      fences.clear();
    }
    std::move(added.begin(), added.end(), std::back_inserter(fences));
  });
}

void Fencing::refresh(StepContext& step) {
  const View& view = step.view;
  if (!view.master && !view.acting_master() &&
      step.now - parts_.mastery.changed_at() >= limits::cluster_bind_wait_max) {
    if (const MemberView* winner = list_to_yield_to(step, parts_.replication)) {
      apply(step, FenceList(winner->table.fences()), "no Master is in sight: as " + winner->nick + " knows");
    }
  }
  if (!std::exchange(stale_, false)) {
    return;
  }
  const MemberView* master = view.master ? view.find(*view.master) : nullptr;
  if (master != nullptr && !master->local) {
    return follow_master(step, *master);
  }
  const MemberView* source = nullptr;
  const FenceList* newest = &view.me().table.fences();
  for (const MemberView& member : view.members) {
    if (!member.local && member.state == MemberState::running && member.table.complete() &&
        member.table.fences().newer_than(*newest)) {
      newest = &member.table.fences();
      source = &member;
    }
  }
  if (source != nullptr) {
    apply(step, FenceList(*newest), "as " + source->nick + " knows");
  }
}

/// The Master's word ends what was written where it was not in sight; but news of it may come here by others first.
void Fencing::follow_master(StepContext& step, const MemberView& master) {
  const FenceList& mine = step.view.me().table.fences();
  const FenceList& its = master.table.fences();
  if (master.state != MemberState::running || !master.table.complete() || its == mine) {
    return;
  }
  const bool for_good =
      step.now - parts_.mastery.changed_at() >= limits::cluster_bind_wait_max && parts_.replication.in_sync(master);
  if (its.newer_than(mine) || for_good) {
    apply(step, FenceList(its), "as the Master says");
  } else {
    stale_ = true;  // looked at again
  }
}

void Fencing::take_rivals_fences(StepContext& step, NodeId master) {
  const MemberView* rival = step.members.find(master);
  if (rival != nullptr && rival->fence) {
    apply(step, FenceList(rival->table.fences()), "follows " + rival->nick);
  }
}

void Fencing::apply(StepContext& step, const FenceList& list, const std::string& why) {
  parts_.replication.set_fences(step, list);
  for (MemberView& member : members_.all()) {
    const FenceFact* fence = list.find(member.identifier);
    const bool was_fenced = member.fence.has_value();
    if (fence != nullptr) {
      lost_at_work_[member].reset();
      member.fence = *fence;
    } else {
      member.fence.reset();
    }
    if (was_fenced != (fence != nullptr)) {
      was_fenced ? unfence(step, member, why) : isolate(step, member);
    }
  }
  step.show_change();
  step.reconsider();
}

void Fencing::fence_newcomer(StepContext& step, const MemberView& member) {
  if (const FenceFact* fence = step.view.me().table.fences().find(member.identifier)) {
    members_.edit(member).fence = *fence;
    isolate(step, member);
  }
}

void Fencing::isolate(StepContext& step, const MemberView& member) {
  if (member.local) {
    step.note_member(member.identifier, "FENCED", text_of(member));
    parts_.mastery.step_down(step, "fenced by " + member.fence->by);
    return;
  }
  parts_.requests.give_up_commands_to(step, member);
  if (in_sight(member.state) || member.state == MemberState::away) {
    parts_.membership.lose(step, member, member.fence->reason);  // the Master has lost it, whatever is heard here
  } else {
    parts_.membership.set_state(step, member, MemberState::isolated,
                                "fenced by " + member.fence->by + ": " + member.fence->reason);
  }
}

void Fencing::unfence(StepContext& step, const MemberView& member, const std::string& why) {
  if (member.local) {
    step.note_member(member.identifier, "no longer fenced", why);
    return;
  }
  HelloScheduler& hellos = parts_.hellos;
  hellos.greet_afresh(member, step.now);
  const bool heard =
      hellos.admitted(member) != 0 && !parts_.membership.has_left(member) && parts_.watch.is_fresh(member, step.now);
  parts_.membership.set_state(step, member, heard ? MemberState::checking : MemberState::stopped,
                              "no longer fenced: " + why);
}

bool Fencing::may_speak(const MemberView& member, const Message& message) {
  if (!member.fence || member.local) {
    return true;
  }
  const auto* forward = std::get_if<OperatorForward>(&message);
  return !std::holds_alternative<Command>(message) && !std::holds_alternative<LossReport>(message) &&
         !std::holds_alternative<PeerOpinion>(message) && (forward == nullptr || forward->action == Action::unfence);
}

void Fencing::request_unfence(StepContext& step, const std::string& operation, const OperatorRequest& input) {
  parts_.requests.forward(step, operation, input, keeper_of_fences(step.view).node_id);
}

void Fencing::write_unfence(StepContext& step, const OperatorForward& request) {
  MasterPlans& plans = parts_.plans;
  plans.add(request.operation, request.origin);
  const OperationResult done =
      step.view.master && !step.view.acting_master()
          ? OperationResult{Obstacle::no_master, step.view.me().nick + " is not the Master; nothing was changed"}
          : unfence(step, request.target, request.user);
  const bool success = done.code.done();
  plans.answer(step, request.operation, success ? AnswerPhase::completed : AnswerPhase::refused, done);
}

OperationResult Fencing::unfence(StepContext& step, const std::string& target, const std::string& user) {
  const bool all = target == "*";
  if (!all && step.members.named(target).empty()) {
    return {Fault::bad_name, target};
  }
  const auto is_meant = [&](const FenceFact& fence) {
    const MemberView* member = step.view.find(fence.identifier);
    return all || fence.identifier == target || (member != nullptr && member->nick == target);
  };
  if (std::ranges::none_of(step.view.me().table.fences().fences, is_meant)) {
    return {Fault::failed, all ? "no node is fenced" : target + " is not fenced; nothing was changed"};
  }
  rewrite(step, "let in by " + user, [&](std::vector<FenceFact>& fences) { std::erase_if(fences, is_meant); });
  return {};
}

}  // namespace holdfast::cluster
