// Who is Master, what the cluster's state is, and the rules engine that only the Master drives.
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/node_core.hpp"
#include "cluster/picture.hpp"

namespace holdfast::cluster {

/// The Masters that are followed by somebody in sight who hears them, and are not in sight here.
std::vector<NodeId> NodeCore::masters_heard_by_followers() const {
  std::vector<NodeId> heard;
  NodeId last = 0;  // most follow the same one
  std::optional<std::size_t> master;
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    const MemberView& follower = view_.members[i];
    if (follower.local || follower.state != MemberState::running || follower.partial ||
        peers_[i].ages.size() != by_identifier_.size()) {
      continue;
    }
    if (std::exchange(last, follower.term.master) != follower.term.master) {
      master = index_of(follower.term.master);
    }
    if (!master || *master == view_.local || view_.members[*master].state == MemberState::running ||
        view_.members[*master].state == MemberState::isolated ||
        peers_[i].ages[rank_[*master]] != Liveness::fresh) {
      continue;
    }
    if (std::find(heard.begin(), heard.end(), follower.term.master) == heard.end()) {
      heard.push_back(follower.term.master);
    }
  }
  return heard;
}

ElectionInput NodeCore::election_input() const {
  ElectionInput input;
  input.may_claim = now_ >= next_claim_;
  input.my_term = view_.term;
  input.calm = now_ - sight_changed_ >= limits::cluster_election_calm && !fences_are_changing();
  input.named = named_master_;
  input.terms_seen.push_back({epoch_seen_, 0});
  input.heard_by_followers = masters_heard_by_followers();
  input.voters.reserve(view_.members.size());
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    const MemberView& member = view_.members[i];
    const bool mine = member.node_id == view_.term.master && !member.local;
    if (mine && (member.state == MemberState::away || member.partial)) {
      input.master_out_of_reach = true;
    }
    if (member.state != MemberState::running || (member.partial && !member.local)) {
      continue;
    }
    if (options_.discovery && !member.local && member.term.master != 0 && !index_of(member.term.master) &&
        member.cluster_state >= ClusterState::distribution) {
      input.master_out_of_reach = true;  // it works under a Master that this node has yet to hear of
    }
    Voter voter;
    voter.node_id = member.node_id;
    voter.nick = member.nick;
    voter.core = member.core;
    voter.me = member.local;
    voter.term = member.local ? view_.term : member.term;
    voter.acting_master = member.local ? view_.acting_master : member.acting_master;
    voter.candidate = member.fence ? false
                      : member.local ? synchronised_ && !leaving_
                                     : member.synchronised && !peers_[i].left;
    input.voters.push_back(std::move(voter));
  }
  if (view_.acting_master) {
    add_fenced_voters(input);
  }
  if (options_.mutations.ignore_rival_master && view_.acting_master) {
    std::erase_if(input.voters, [](const Voter& voter) { return !voter.me && voter.acting_master; });
  }
  return input;
}

void NodeCore::decide_master() {
  if (view_.me().state == MemberState::running) {
    const bool was_acting = view_.acting_master;
    const ElectionDecision decision = elect(election_input());
    switch (decision.action) {
      case ElectionAction::keep:
      case ElectionAction::wait:
        break;
      case ElectionAction::follow:
        set_term(decision.term, decision.reason);
        take_rivals_fences(decision.term.master);
        break;
      case ElectionAction::claim:
        set_term(decision.term, decision.reason);
        view_.acting_master = true;
        next_claim_ =
            now_ + limits::cluster_claim_period + std::chrono::milliseconds(random_.between(0, 300));
        ++view_.counters.terms_started;
        begin_mastery(was_acting);
        break;
    }
  }
  std::optional<std::string> master;
  for (const MemberView& member : view_.members) {
    const bool acts = member.local
                          ? view_.acting_master
                          : member.acting_master && (member.state == MemberState::running || member.partial);
    if (member.node_id == view_.term.master && acts) {
      master = member.identifier;
    }
  }
  named_master_ = named_master_ && !master;
  if (master != view_.master) {
    view_.master = std::move(master);
    master_changed_ = now_;
    fences_stale_ = true;
    outcome_.view_changed = true;
    beat_at_once_ = true;
  }
}

/// Terms only grow; the disk has the new one before anything below it in the outcome leaves this node.
void NodeCore::set_term(Term term, const std::string& why) {
  if (term <= view_.term) {
    return;
  }
  if (view_.acting_master && term.master != view_.me().node_id) {
    step_down(why);
  }
  view_.term = term;
  view_.members[view_.local].term = term;
  epoch_seen_ = std::max(epoch_seen_, term.epoch);
  if (!options_.mutations.forget_epoch) {
    outcome_.persist = identity();
  }
  beat_at_once_ = true;
  dirty_ = true;
  const MemberView* master = view_.find(term.master);
  note_state(
      "term " + std::to_string(term.epoch) + ", Master " + (master == nullptr ? "unknown" : master->nick),
      why);
}

void NodeCore::step_down(const std::string& why) {
  if (!view_.acting_master) {
    return;
  }
  tell_engine(rules::Abort{"this node is no longer Master: " + why});
  own_changed(own_.unforce_all());
  view_.acting_master = false;
  view_.members[view_.local].acting_master = false;
  beat_at_once_ = true;
  dirty_ = true;
  std::erase_if(pending_, [](const auto& item) { return item.second.order_id != 0; });
  accepted_orders_.clear();
  note_state("steps down", why);
}

/// A Master that only starts a new term goes on with its work; a new one first waits for the others' current
/// tables.
void NodeCore::begin_mastery(bool was_acting) {
  view_.members[view_.local].acting_master = true;
  mastery_since_ = now_;
  repair_wanted_ = true;
  refresh_conflicts();
  take_over_fences(was_acting);
  if (!was_acting) {
    take_over_forced();
    losses_.forget_handed();
    set_state(ClusterState::election, "a new Master waits for the others' tables");
  }
}

void NodeCore::bind_members() {
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    const MemberView& member = view_.members[i];
    if (!member.local && member.state == MemberState::running && member.term == view_.term && in_sync(i)) {
      peers_[i].bound = view_.term;
    }
  }
}

/// Every node in sight follows this term and its table was whole when it said so (reference 2.4, second bug);
/// one that does not, though in sight for `patience`, is no longer waited for.
bool NodeCore::all_bound(Duration patience) const {
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    const MemberView& member = view_.members[i];
    if (!member.local && in_sight(member.state) && peers_[i].bound != view_.term &&
        now_ - std::max(member.state_since, mastery_since_) < patience) {
      return false;
    }
  }
  return true;
}

void NodeCore::decide_state() {
  const SynchronisationFacts facts = synchronisation_facts();
  const bool degraded = is_degraded(options_.synchronisation, facts);
  if (degraded != view_.degraded) {
    view_.degraded = degraded;
    outcome_.view_changed = true;
  }
  if (!synchronised_ && table_known_ && view_.me().state == MemberState::running) {
    std::optional<std::string> ended = synchronisation_ended(options_.synchronisation, facts);
    if (view_.master) {
      ended = "joins: the Master is at work";
    }
    if (ended) {
      end_wait(*ended);
    }
  }
  if (!synchronised_ || view_.state == ClusterState::final_state) {
    return;
  }
  if (view_.acting_master) {
    bind_members();
    master_state();
  } else {
    follower_state();
  }
}

void NodeCore::follower_state() {
  const MemberView* master = view_.master ? view_.find(view_.term.master) : nullptr;
  const bool ending = view_.state == ClusterState::restarting || view_.state == ClusterState::shutting_down;
  if (ending && (master == nullptr || master->cluster_state < ClusterState::restarting)) {
    set_state(ClusterState::final_state, "the Master ended");
    return;
  }
  if (master == nullptr) {
    if (view_.state != ClusterState::election) {
      set_state(ClusterState::election, "no Master in sight");
    }
    return;
  }
  if (master->cluster_state >= ClusterState::election) {
    set_state(master->cluster_state, "as the Master");
  }
}

/// What was lost is the failure strategies' to place, what else is missing the automatic start's. That one leaves an
/// application alone while it is being worked on, and what it lacks besides would stay so: once more, then, when all
/// is done.
void NodeCore::make_good() {
  hand_over_losses();
  repair_wanted_ = engine_.busy();
  tell_engine(rules::AutomaticStart{});
}

void NodeCore::master_state() {
  switch (view_.state) {
    case ClusterState::off:
    case ClusterState::synchronization:
      set_state(ClusterState::election, "Master");
      return;
    case ClusterState::election:
      if (all_bound(limits::cluster_bind_wait_max)) {
        set_state(ClusterState::distribution, "every node in sight follows");
        make_good();
      }
      return;
    case ClusterState::distribution:
      if (!engine_.busy()) {
        set_state(ClusterState::operation, "the automatic start is done");
      }
      return;
    case ClusterState::operation:
      if (engine_.busy() || !all_bound(limits::cluster_follow_wait_max)) {
        return;
      }
      if (!view_.conflicts.empty()) {
        next_conciliation_ = now_;
        set_state(ClusterState::conciliation,
                  std::to_string(view_.conflicts.size()) + " processes run more than once");
        dirty_ = true;
      } else if (repair_wanted_) {
        make_good();
      }
      return;
    case ClusterState::conciliation:
      if (view_.conflicts.empty()) {
        set_state(ClusterState::operation, "no process runs more than once");
        dirty_ = true;
      } else if (!engine_.busy() && all_bound(limits::cluster_follow_wait_max) &&
                 now_ >= next_conciliation_) {
        next_conciliation_ = now_ + limits::cluster_conciliate_period;
        tell_engine(rules::Conciliate{view_.term.epoch, std::nullopt, {}});
      }
      return;
    case ClusterState::restarting:
    case ClusterState::shutting_down:
      if (!engine_.busy() && (all_end() || now_ - view_.state_since >= limits::cluster_bind_wait_max)) {
        set_state(ClusterState::final_state, "all applications are stopped");
      }
      return;
    case ClusterState::final_state:
      return;
  }
}

/// Every follower in sight knows whether it is to restart or to shut down: of FINAL alone it could not tell.
bool NodeCore::all_end() const {
  return std::ranges::all_of(view_.members, [&](const MemberView& member) {
    return member.local || member.state != MemberState::running ||
           member.cluster_state >= view_.state;
  });
}

void NodeCore::set_state(ClusterState state, const std::string& why) {
  if (state == view_.state || !transition_allowed(view_.state, state)) {
    return;
  }
  if (state == ClusterState::final_state) {
    outcome_.end = view_.state == ClusterState::restarting ? ClusterEnd::restart : ClusterEnd::shutdown;
  }
  view_.state = state;
  view_.state_since = now_;
  view_.members[view_.local].cluster_state = state;
  beat_at_once_ = true;
  dirty_ = true;
  note_state(std::string(name_of(state)), why);
}

void NodeCore::refresh_conflicts() {
  std::vector<rules::ProcessId> conflicts = engine_.conflicts(view_.cluster);
  if (conflicts != view_.conflicts) {
    view_.conflicts = std::move(conflicts);
    dirty_ = true;
  }
}

void NodeCore::drive_engine() {
  if (!view_.acting_master) {
    return;
  }
  if (const auto deadline = engine_.next_deadline(); deadline && now_ >= *deadline) {
    tell_engine(rules::TimePassed{});
  }
}

void NodeCore::tell_engine(const rules::Event& event) {
  if (!view_.acting_master) {
    return;
  }
  engine_.step(now_, view_.cluster, event);
  for (const rules::Action& action : engine_.take_actions()) {
    carry_out(action);
  }
  dirty_ = true;
}

void NodeCore::carry_out(const rules::Action& action) {
  if (const auto* order = std::get_if<rules::Order>(&action)) {
    carry_out_order(*order);
  } else if (const auto* decision = std::get_if<rules::Decision>(&action)) {
    const std::string subject =
        decision->process ? decision->application + ":" + *decision->process : decision->application;
    note({HistoryRow::Kind::decision, decision->operation_id, {}, subject, decision->what, decision->why});
  } else if (const auto* accepted = std::get_if<rules::Accepted>(&action)) {
    answer(accepted->operation_id, plans_, AnswerPhase::accepted, ResultCode::success, {});
  } else if (const auto* completed = std::get_if<rules::Completed>(&action)) {
    carry_out_completed(*completed);
  } else if (const auto* forced = std::get_if<rules::ForcedState>(&action)) {
    carry_out_forced(*forced);
  } else if (const auto* end = std::get_if<rules::ClusterOrder>(&action)) {
    end_cluster(end->restart, end->reason);
  } else if (std::holds_alternative<rules::JobsChanged>(action)) {
    MemberView& me = view_.members[view_.local];
    view_.jobs = engine_.jobs();
    if (me.starting_jobs != engine_.starting() || me.stopping_jobs != engine_.stopping()) {
      me.starting_jobs = engine_.starting();
      me.stopping_jobs = engine_.stopping();
      beat_at_once_ = true;
    }
    outcome_.view_changed = true;
  }
}

/// The Master stops every application in order; then all nodes end.
void NodeCore::end_cluster(bool restart, const std::string& why) {
  set_state(restart ? ClusterState::restarting : ClusterState::shutting_down, why);
  rules::Request request;
  request.operation_id = new_operation();
  request.kind = rules::RequestKind::stop_everything;
  request.requester = options_.identifier;
  request.user = "Master";
  tell_engine(request);
}

/// A start that its target has not answered yet is not sent again once a stop follows it.
void NodeCore::withdraw_start(const rules::ProcessId& id, NodeId target) {
  const std::string namespec = rules::namespec_of(id);
  std::erase_if(pending_, [&](const auto& item) {
    const auto* command = std::get_if<Command>(&item.second.message);
    return item.second.order_id != 0 && item.second.target == target && command != nullptr &&
           command->action == Action::start_process && command->namespec == namespec;
  });
}

void NodeCore::carry_out_order(const rules::Order& order) {
  const auto target = index_of(std::string_view(order.identifier));
  if (!target) {
    tell_engine(rules::OrderRefused{order.order_id, 10, "BAD_NAME: " + order.identifier});
    return;
  }
  if (order.kind != rules::OrderKind::start) {
    withdraw_start(order.id, view_.members[*target].node_id);
  }
  Command command;
  command.operation = operation_prefix() + "o" + std::to_string(order.order_id);
  command.cause = order.operation_id;
  command.term = view_.term;
  command.origin = view_.me().node_id;
  command.target_incarnation = *target == view_.local ? incarnation_ : view_.members[*target].incarnation;
  command.user = "Master";
  command.action = order.kind == rules::OrderKind::start ? Action::start_process : Action::stop_process;
  command.namespec = rules::namespec_of(order.id);
  command.argument = order.extra_args;
  command.reason = order.reason;
  command.remaining_ms = static_cast<std::uint32_t>(limits::cluster_order_deadline / 1ms);
  PendingOperation pending;
  pending.target = view_.members[*target].node_id;
  pending.deadline = now_ + limits::cluster_order_deadline;
  pending.order_id = order.order_id;
  const std::string operation = command.operation;
  pending.message = std::move(command);
  ask(operation, std::move(pending));
}

void NodeCore::carry_out_completed(const rules::Completed& completed) {
  const ResultCode code = result_of_fault(completed.code);
  answer(completed.operation_id, plans_, completed.refused ? AnswerPhase::refused : AnswerPhase::completed,
         code, completed.detail.empty() ? completed.why : completed.detail);
  note({HistoryRow::Kind::operation,
        completed.operation_id,
        {},
        {},
        completed.refused ? "refused" : "completed",
        completed.code == 0 ? completed.why : completed.detail + " " + completed.why});
}

}  // namespace holdfast::cluster
