#include "cluster/mastery/mastery.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "cluster/fencing/fencing.hpp"
#include "cluster/fencing/healed_partition.hpp"
#include "cluster/mastery/forced_states.hpp"
#include "cluster/mastery/rules_driver.hpp"
#include "cluster/mastery/synchronisation_wait.hpp"
#include "cluster/membership/losses.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/membership/peer_watch.hpp"
#include "cluster/operations/asked_operations.hpp"
#include "cluster/replication/replication.hpp"

namespace holdfast::cluster {
namespace {

/// Every follower in sight knows whether it is to restart or to shut down: of FINAL alone it could not tell.
bool all_end(const View& view) {
  return std::ranges::all_of(view.members, [&](const MemberView& member) {
    return member.local || member.state != MemberState::running || member.cluster_state >= view.state();
  });
}

Voter voter_of(const Membership& membership, const MemberView& member) {
  const bool leaves = member.local ? membership.leaving() : membership.has_left(member);
  Voter voter;
  voter.node_id = member.node_id;
  voter.nick = member.nick;
  voter.core = member.core;
  voter.me = member.local;
  voter.term = member.term;
  voter.acting_master = member.acting_master;
  voter.candidate = !member.fence && member.synchronised && !leaves;
  return voter;
}

}  // namespace

/// The Masters that are followed by somebody in sight who hears them, and are not in sight here.
std::vector<NodeId> Mastery::masters_heard_by_followers(const StepContext& step) const {
  std::vector<NodeId> heard;
  NodeId last = 0;  // most follow the same one
  const MemberView* master = nullptr;
  for (const MemberView& follower : step.view.members) {
    if (follower.local || follower.state != MemberState::running || follower.partial) {
      continue;
    }
    if (std::exchange(last, follower.term.master) != follower.term.master) {
      master = step.members.find(follower.term.master);
    }
    if (master == nullptr || master->local || master->state == MemberState::running ||
        master->state == MemberState::isolated || !parts_.watch.hears(step, follower, *master)) {
      continue;
    }
    if (std::ranges::find(heard, master->node_id) == heard.end()) {
      heard.push_back(master->node_id);
    }
  }
  return heard;
}

ElectionInput Mastery::election_input(const StepContext& step) const {
  ElectionInput input;
  input.may_claim = step.now >= next_claim_;
  input.my_term = step.view.term();
  input.calm =
      step.now - parts_.membership.sight_changed() >= limits::cluster_election_calm && !fences_are_changing(step);
  input.named = parts_.synchronisation.named_master();
  input.terms_seen.push_back({epoch_seen_, 0});
  input.heard_by_followers = masters_heard_by_followers(step);
  input.voters.reserve(step.view.members.size());
  for (const MemberView& member : step.view.members) {
    const bool mine = member.node_id == input.my_term.master && !member.local;
    if (mine && (member.state == MemberState::away || member.partial)) {
      input.master_out_of_reach = true;
    }
    if (member.state != MemberState::running || (member.partial && !member.local)) {
      continue;
    }
    if (step.options.discovery && !member.local && member.term.master != 0 &&
        step.members.find(member.term.master) == nullptr && member.cluster_state >= ClusterState::distribution) {
      input.master_out_of_reach = true;  // it works under a Master that this node has yet to hear of
    }
    input.voters.push_back(voter_of(parts_.membership, member));
  }
  if (step.view.acting_master()) {
    add_fenced_voters(step, parts_.replication, input);
    if (step.has(Mutation::ignore_rival_master)) {
      std::erase_if(input.voters, [](const Voter& voter) { return !voter.me && voter.acting_master; });
    }
  }
  return input;
}

void Mastery::decide_master(StepContext& step) {
  if (step.view.me().state == MemberState::running) {
    const bool was_acting = step.view.acting_master();
    const ElectionDecision decision = elect(election_input(step));
    switch (decision.action) {
      case ElectionAction::keep:
      case ElectionAction::wait:
        break;
      case ElectionAction::follow:
        follow(step, decision.term, decision.reason);
        parts_.fencing.take_rivals_fences(step, decision.term.master);
        break;
      case ElectionAction::claim:
        follow(step, decision.term, decision.reason);
        next_claim_ = step.now + limits::cluster_claim_period + std::chrono::milliseconds(step.random.between(0, 300));
        ++step.counters.terms_started;
        begin_mastery(step, was_acting);
        break;
    }
  }
  look_for_master(step);
}

void Mastery::look_for_master(StepContext& step) {
  const MemberView* master = step.members.find(step.view.term().master);
  const bool acts = master != nullptr && master->acting_master &&
                    (master->local || master->state == MemberState::running || master->partial);
  std::optional<std::string> identifier = acts ? std::optional(master->identifier) : std::nullopt;
  if (acts) {
    parts_.synchronisation.master_in_sight();
  }
  if (identifier != shown_.master) {
    shown_.master = std::move(identifier);
    changed_at_ = step.now;
    parts_.fencing.lists_may_differ();
    step.show_change();
    step.agenda.heartbeat_urgent = true;
  }
}

void Mastery::follow(StepContext& step, Term term, const std::string& why) {
  if (term <= step.view.term()) {
    return;
  }
  if (term.master != step.view.me().node_id) {
    step_down(step, why);
  }
  members_.me().term = term;
  saw(term);
  if (!step.has(Mutation::forget_epoch)) {
    step.persist_identity();
  }
  step.announce();
  const MemberView* master = step.members.find(term.master);
  step.note_state("term " + std::to_string(term.epoch) + ", Master " + (master == nullptr ? "unknown" : master->nick),
                  why);
}

void Mastery::step_down(StepContext& step, const std::string& why) {
  if (!step.view.acting_master()) {
    return;
  }
  parts_.rules.tell(step, rules::Abort{"this node is no longer Master: " + why});
  parts_.replication.unforce_all(step);
  members_.me().acting_master = false;
  step.announce();
  parts_.requests.withdraw_orders();
  step.note_state("steps down", why);
}

void Mastery::give_up(StepContext& step, const std::string& why) {
  step_down(step, why);
  shown_.master.reset();
  step.announce();
  set_state(step, ClusterState::synchronization, why);
}

/// A Master that only starts a new term goes on with its work; a new one first waits for the others' current
/// tables.
void Mastery::begin_mastery(StepContext& step, bool was_acting) {
  members_.me().acting_master = true;
  claimed_at_ = step.now;
  repair_wanted_ = true;
  parts_.rules.refresh_conflicts(step);
  parts_.fencing.begin_mastery(step, was_acting);
  if (!was_acting) {
    parts_.rules.tell(step, rules::TimePassed{});  // it looks around: what crashed before is no news
    parts_.forced.begin_mastery(step);
    parts_.losses.begin_mastery();
    set_state(step, ClusterState::election, "a new Master waits for the others' tables");
  }
}

void Mastery::saw(Term term) {
  epoch_seen_ = std::max(epoch_seen_, term.epoch);
}

void Mastery::heard(StepContext& step, const MemberView& member) const {
  if (step.view.acting_master() && member.term == step.view.term() && synced_in_term_[member] != step.view.term()) {
    step.reconsider();
  }
}

void Mastery::note_synced(const StepContext& step) {
  for (const MemberView& member : step.view.members) {
    if (!member.local && member.state == MemberState::running && member.term == step.view.term() &&
        parts_.replication.in_sync(member)) {
      synced_in_term_[member] = member.term;
    }
  }
}

bool Mastery::all_synced(const StepContext& step, Duration patience) const {
  return std::ranges::all_of(step.view.members, [&](const MemberView& member) {
    return member.local || !in_sight(member.state) || synced_in_term_[member] == step.view.term() ||
           step.now - std::max(member.state_since, claimed_at_) >= patience;
  });
}

void Mastery::decide_state(StepContext& step) {
  if (!step.view.me().synchronised || step.view.state() == ClusterState::final_state) {
    return;
  }
  if (step.view.acting_master()) {
    note_synced(step);
    decide_as_master(step);
  } else {
    decide_as_follower(step);
  }
}

void Mastery::decide_as_follower(StepContext& step) {
  const MemberView* master = shown_.master ? step.members.find(step.view.term().master) : nullptr;
  const ClusterState state = step.view.state();
  const bool ending = state == ClusterState::restarting || state == ClusterState::shutting_down;
  if (ending && (master == nullptr || master->cluster_state < ClusterState::restarting)) {
    set_state(step, ClusterState::final_state, "the Master ended");
  } else if (master == nullptr) {
    set_state(step, ClusterState::election, "no Master in sight");
  } else if (master->cluster_state >= ClusterState::election) {
    set_state(step, master->cluster_state, "as the Master");
  }
}

/// What was lost is the failure strategies' to place, what else is missing the automatic start's. That one leaves an
/// application alone while it is being worked on, and what it lacks besides would stay so: once more, then, when all
/// is done.
void Mastery::repair(StepContext& step) {
  parts_.losses.hand_over_all(step);
  repair_wanted_ = parts_.rules.busy();
  parts_.rules.tell(step, rules::AutomaticStart{});
}

void Mastery::decide_as_master(StepContext& step) {
  const bool busy = parts_.rules.busy();
  switch (step.view.state()) {
    case ClusterState::off:
    case ClusterState::synchronization:
      set_state(step, ClusterState::election, "Master");
      return;
    case ClusterState::election:
      if (all_synced(step, limits::cluster_bind_wait_max)) {
        set_state(step, ClusterState::distribution, "every node in sight follows");
        repair(step);
      }
      return;
    case ClusterState::distribution:
      if (!busy) {
        set_state(step, ClusterState::operation, "the automatic start is done");
      }
      return;
    case ClusterState::operation:
      enter_or_repair(step);
      return;
    case ClusterState::conciliation:
      conciliate(step);
      return;
    case ClusterState::restarting:
    case ClusterState::shutting_down:
      if (!busy && (all_end(step.view) || step.now - shown_.state_since >= limits::cluster_bind_wait_max)) {
        set_state(step, ClusterState::final_state, "all applications are stopped");
      }
      return;
    case ClusterState::final_state:
      return;
  }
}

void Mastery::enter_or_repair(StepContext& step) {
  if (parts_.rules.busy() || !all_synced(step, limits::cluster_follow_wait_max)) {
    return;
  }
  if (const std::size_t conflicts = step.view.conflicts.size(); conflicts > 0) {
    next_conciliation_ = step.now;
    set_state(step, ClusterState::conciliation, std::to_string(conflicts) + " processes run more than once");
    step.reconsider();
  } else if (repair_wanted_) {
    repair(step);
    if (parts_.rules.busy()) {  // never done in silence: who looks at the state sees that programs are being started
      set_state(step, ClusterState::distribution, "nodes have come: what is missing is started");
    }
  }
}

void Mastery::conciliate(StepContext& step) {
  if (step.view.conflicts.empty()) {
    set_state(step, ClusterState::operation, "no process runs more than once");
    step.reconsider();
  } else if (!parts_.rules.busy() && all_synced(step, limits::cluster_follow_wait_max) &&
             step.now >= next_conciliation_) {
    next_conciliation_ = step.now + limits::cluster_conciliate_period;
    parts_.rules.tell(step, rules::Conciliate{step.view.term().epoch, std::nullopt, {}});
  }
}

void Mastery::set_state(StepContext& step, ClusterState state, const std::string& why) {
  const ClusterState before = step.view.state();
  if (state == before || !transition_allowed(before, state)) {
    return;
  }
  if (state == ClusterState::final_state) {
    step.outcome.end = before == ClusterState::restarting ? ClusterEnd::restart : ClusterEnd::shutdown;
  }
  members_.me().cluster_state = state;
  shown_.state_since = step.now;
  step.announce();
  step.note_state(std::string(name_of(state)), why);
}

void Mastery::end_cluster(StepContext& step, bool restart, const std::string& why) {
  const ClusterState state = step.view.state();
  if (state == ClusterState::restarting || state == ClusterState::shutting_down) {
    return;  // what was decided first holds: programs that crash meanwhile make no restart of a shutdown
  }
  set_state(step, restart ? ClusterState::restarting : ClusterState::shutting_down, why);
  parts_.rules.stop_everything(step);
}

}  // namespace holdfast::cluster
