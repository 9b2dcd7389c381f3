// Fencing (contract supvisors.md 3.7 and W6, docs/decisions/0016): with auto_fence a node that is lost while the cluster
// is at work stays out when it is heard again, until a person lets it in. The Master writes the list of such nodes;
// everybody keeps the newest one that a node which counts has, the fenced ones too. A fenced node is a follower
// that nobody counts: it sees what all see and whom to ask, gets no orders and is never Master.
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/node_core.hpp"
#include "cluster/picture.hpp"

namespace holdfast::cluster {
namespace {

std::string cut(std::string text) {
  text.resize(std::min(text.size(), limits::fence_text_bytes));
  return text;
}

}  // namespace

/// "Master's state is ELECTION, DISTRIBUTION, OPERATION or CONCILIATION" (contract 3.1, FAILED to ISOLATED).
bool NodeCore::fences_losses() const {
  return options_.auto_fence && view_.state >= ClusterState::election && view_.state <= ClusterState::conciliation;
}

std::string NodeCore::fence_text(std::size_t i) const {
  const MemberView& member = view_.members[i];
  return member.nick + " is fenced by " + member.fence->by + " (" + member.fence->reason +
         "): it counts again after `holdfastctl unfence " + member.nick + "`";
}

/// `edit` changes the nodes; the list becomes newer than any that this node knows.
template <typename Edit>
void NodeCore::rewrite_fences(const std::string& why, Edit edit) {
  FenceList list = view_.me().table.fences();
  edit(list.fences);
  list.revision = view_.term > list.term ? 1 : list.revision + 1;
  list.term = std::max(view_.term, list.term);
  go_by_fences(std::move(list), why);
}

void NodeCore::fence_lost(std::size_t i, const std::string& why) {
  if (!view_.acting_master) {
    peers_[i].lost_at_work = {now_, why};  // the next Master's to fence, and that may be this node
    return;
  }
  rewrite_fences("lost while the cluster was at work", [&](std::vector<FenceFact>& fences) {
    fences.push_back(new_fence(i, why));
  });
}

FenceFact NodeCore::new_fence(std::size_t i, const std::string& why) const {
  FenceFact fence;
  fence.identifier = view_.members[i].identifier;
  fence.by = cut(view_.me().nick);
  fence.at_us = now_.ns / 1000 + options_.wall_minus_mono_us;
  fence.reason = cut("lost in " + std::string(name_of(view_.state)) + ": " + why);
  return fence;
}

/// A new Master goes on with the list that it knows, and fences whom it has lost when nobody was Master. One that only
/// begins a new term says its list anew, so that it is above what the others know.
void NodeCore::take_over_fences(bool was_acting) {
  const FenceList& known = view_.me().table.fences();
  std::vector<FenceFact> added;
  for (std::size_t i = 0; i < view_.members.size() && !was_acting && options_.auto_fence; ++i) {
    const auto lost = std::exchange(peers_[i].lost_at_work, std::nullopt);
    if (lost && now_ - lost->first < limits::cluster_loss_age_max && view_.members[i].state != MemberState::running && !view_.members[i].fence) {
      added.push_back(new_fence(i, lost->second));
    }
  }
  if (known == FenceList{} && added.empty()) {
    return;
  }
  rewrite_fences("a new Master", [&](std::vector<FenceFact>& fences) {
    if (options_.mutations.forget_fences && !was_acting) {
      fences.clear();
    }
    std::move(added.begin(), added.end(), std::back_inserter(fences));
  });
}

/// The Master's list; where none is in sight or this node is it, the newest of those that count here.
void NodeCore::refresh_fences() {
  yield_without_master();
  if (!std::exchange(fences_stale_, false)) {
    return;
  }
  const FenceList& mine = view_.me().table.fences();
  const MemberView* source = nullptr;
  const FenceList* newest = &mine;
  const MemberView* master = view_.master ? view_.find(*view_.master) : nullptr;
  if (master != nullptr && !master->local) {
    return follow_masters_fences(*master);
  }
  for (const MemberView& member : view_.members) {
    if (!member.local && member.state == MemberState::running && member.table.complete() &&
        member.table.fences().newer_than(*newest)) {
      newest = &member.table.fences();
      source = &member;
    }
  }
  if (source != nullptr) {
    go_by_fences(FenceList(*newest), "as " + source->nick + " knows");
  }
}

/// The Master's word ends what was written where it was not in sight; but news of it may come here by others first.
void NodeCore::follow_masters_fences(const MemberView& master) {
  const FenceList& mine = view_.me().table.fences();
  const FenceList& its = master.table.fences();
  if (master.state != MemberState::running || !master.table.complete() || its == mine) {
    return;
  }
  const bool for_good = now_ - master_changed_ >= limits::cluster_bind_wait_max && in_sync(*index_of(master.node_id));
  if (its.newer_than(mine) || for_good) {
    go_by_fences(FenceList(its), "as the Master says");
  } else {
    fences_stale_ = true;  // looked at again
  }
}

void NodeCore::go_by_fences(FenceList list, const std::string& why) {
  own_changed(own_.set_fences(list));
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    MemberView& member = view_.members[i];
    const FenceFact* fence = list.find(member.identifier);
    const bool was_fenced = member.fence.has_value();
    if (fence != nullptr) {
      peers_[i].lost_at_work.reset();
      member.fence = *fence;
    } else {
      member.fence.reset();
    }
    if (was_fenced != (fence != nullptr)) {
      was_fenced ? let_in(i, why) : isolate(i);
    }
  }
  outcome_.view_changed = true;
  dirty_ = true;
}

/// It was fenced before this node came to know it.
void NodeCore::fence_newcomer(std::size_t i) {
  MemberView& member = view_.members[i];
  if (const FenceFact* fence = view_.me().table.fences().find(member.identifier)) {
    member.fence = *fence;
    isolate(i);
  }
}

void NodeCore::isolate(std::size_t i) {
  MemberView& member = view_.members[i];
  give_up_requests_to(i);
  if (member.local) {
    note({HistoryRow::Kind::member, {}, {}, member.identifier, "FENCED", fence_text(i)});
    step_down("fenced by " + member.fence->by);
  } else if (in_sight(member.state) || member.state == MemberState::away) {
    lose(i, member.fence->reason);  // the Master has lost it, whatever is heard of it here
  } else {
    set_member_state(i, MemberState::isolated, "fenced by " + member.fence->by + ": " + member.fence->reason);
  }
}

void NodeCore::give_up_requests_to(std::size_t i) {
  const MemberView& member = view_.members[i];
  std::vector<std::string> asked;
  for (const auto& [operation, pending] : pending_) {
    if (!member.local && pending.target == member.node_id && std::holds_alternative<Command>(pending.message)) {
      asked.push_back(operation);
    }
  }
  for (const std::string& operation : asked) {
    answered(operation, member.node_id, AnswerPhase::completed, ResultCode::unknown,
             member.nick + " was fenced before it answered: it may or may not have been done");
  }
}

void NodeCore::let_in(std::size_t i, const std::string& why) {
  const MemberView& member = view_.members[i];
  if (member.local) {
    note({HistoryRow::Kind::member, {}, {}, member.identifier, "no longer fenced", why});
    return;
  }
  peers_[i].next_hello = now_;
  peers_[i].hello_period = {};
  const bool heard = peers_[i].admitted != 0 && !peers_[i].left && detector_.liveness(i, now_) == Liveness::fresh;
  set_member_state(i, heard ? MemberState::checking : MemberState::stopped, "no longer fenced: " + why);
}

/// Of what a fenced node says, this is listened to: that it is there, what it knows, and a person who lets it in.
bool NodeCore::may_speak(std::size_t i, const Message& message) const {
  if (!view_.members[i].fence || view_.members[i].local) {
    return true;
  }
  const auto* forward = std::get_if<OperatorForward>(&message);
  return !std::holds_alternative<Command>(message) && !std::holds_alternative<LossReport>(message) &&
         !std::holds_alternative<PeerOpinion>(message) && (forward == nullptr || forward->action == Action::unfence);
}

/// Who writes the list: the Master, else this node; and if that is fenced, any that is not, for nobody heeds its word.
const MemberView& NodeCore::keeper_of_fences() const {
  if (view_.master) {
    return *view_.find(*view_.master);
  }
  for (const MemberView& member : view_.members) {
    if (view_.me().fence && !member.fence && member.state == MemberState::running) {
      return member;
    }
  }
  return view_.me();
}

/// Wherever it arrives.
void NodeCore::request_unfence(const std::string& operation, const OperatorRequest& input) {
  forward(operation, input, keeper_of_fences().node_id);
}

void NodeCore::write_unfence(const OperatorForward& request) {
  plans_.add(request.operation, {request.origin, AnswerPhase::accepted, ResultCode::success, {}});
  const Objection done =
      view_.master && !view_.acting_master
          ? Objection{ResultCode::no_master, view_.me().nick + " is not the Master; nothing was changed"}
          : unfence(request.target, request.user);
  answer(request.operation, plans_, done.code == ResultCode::success ? AnswerPhase::completed : AnswerPhase::refused,
         done.code, done.text);
}

/// `target`: an identifier or nick, or * for every fenced node.
NodeCore::Objection NodeCore::unfence(const std::string& target, const std::string& user) {
  const bool all = target == "*";
  if (!all && members_named(target).empty()) {
    return {ResultCode::bad_name, target};
  }
  const auto is_meant = [&](const FenceFact& fence) {
    const MemberView* member = view_.find(fence.identifier);
    return all || fence.identifier == target || (member != nullptr && member->nick == target);
  };
  if (std::ranges::none_of(view_.me().table.fences().fences, is_meant)) {
    return {ResultCode::failed, all ? "no node is fenced" : target + " is not fenced; nothing was changed"};
  }
  rewrite_fences("let in by " + user, [&](std::vector<FenceFact>& fences) { std::erase_if(fences, is_meant); });
  return {};
}

}  // namespace holdfast::cluster
