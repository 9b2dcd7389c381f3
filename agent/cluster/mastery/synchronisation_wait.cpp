#include "cluster/mastery/synchronisation_wait.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "cluster/mastery/mastery.hpp"
#include "cluster/membership/losses.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/membership/roster_exchange.hpp"
#include "cluster/membership/seeds.hpp"
#include "cluster/operations/asked_operations.hpp"
#include "cluster/operations/master_plans.hpp"
#include "cluster/operations/state_gates.hpp"
#include "cluster/replication/replication.hpp"

namespace holdfast::cluster {
namespace {

/// Of the nodes in sight, by the order of the election: core, lowest nick (contract 3.4).
const MemberView& preferred_master(const View& view) {
  const MemberView* best = &view.me();
  for (const MemberView& member : view.members) {
    if (member.state == MemberState::running &&
        std::tuple(!member.core, member.nick) < std::tuple(!best->core, best->nick)) {
      best = &member;
    }
  }
  return *best;
}

}  // namespace

void SynchronisationWait::end_if_over(StepContext& step) {
  const SynchronisationFacts here = facts(step);
  if (const bool degraded = is_degraded(step.options.synchronisation, here); degraded != degraded_) {
    degraded_ = degraded;
    step.show_change();
  }
  const MemberView& me = step.view.me();
  if (me.synchronised || !parts_.replication.own_table_known() || me.state != MemberState::running) {
    return;
  }
  const std::optional<std::string> objecting = who_objects(step);
  tell_who_objects(step, objecting);
  std::optional<std::string> why;
  if (!objecting) {
    why = synchronisation_ended(step.options.synchronisation, here);
  }
  if (step.view.master) {
    why = "joins: the Master is at work";
  }
  if (why) {
    end(step, *why);
  }
}

std::optional<std::string> SynchronisationWait::who_objects(const StepContext& step) const {
  for (const MemberView& member : step.view.members) {
    if (!member.objection.empty()) {
      return member.nick;
    }
  }
  return parts_.seeds.objecting();
}

void SynchronisationWait::tell_who_objects(StepContext& step, const std::optional<std::string>& who) {
  if (who != objecting_) {
    objecting_ = who;
    step.note_member(step.options.identifier, who ? "waits: starts nothing" : "waits no longer for being taken",
                     who ? *who + " does not take this node as a member of the cluster" : "");
    step.show_change();
  }
}

void SynchronisationWait::end(StepContext& step, const std::string& why) {
  members_.me().synchronised = true;
  step.announce();
  // The others may end theirs this very moment: who is best is not known before they say so.
  parts_.membership.sight_has_changed(step.now);
  parts_.mastery.set_state(step, ClusterState::election, why);
}

void SynchronisationWait::begin_again(StepContext& step, const std::string& why) {
  named_master_ = false;
  members_.me().synchronised = false;
  parts_.mastery.give_up(step, why);
}

SynchronisationFacts SynchronisationWait::facts(const StepContext& step) const {
  const bool waits = !step.view.me().synchronised;
  SynchronisationFacts facts;
  facts.settled = parts_.roster.settled(step, started_);
  facts.waited = step.now - started_;
  for (const MemberView& member : step.view.members) {
    // Who joins is no loss: it counts when it has been here, or while this node waits for all.
    if (!member.listed && !waits && !parts_.membership.has_run(member)) {
      continue;
    }
    // To begin with one that is about to end would end the wait for those that will be there.
    const bool here = member.state == MemberState::running && (!waits || !parts_.membership.has_left(member));
    (member.listed ? facts.listed : facts.met) += 1;
    (member.listed ? facts.present : facts.met_here) += here ? 1 : 0;
    facts.core_listed += member.core ? 1 : 0;
    facts.core_present += member.core && here ? 1 : 0;
  }
  if (waits) {
    facts.met += parts_.seeds.unanswered();
  }
  return facts;
}

/// As facts(), but who was here and is not given up is: a restart of an agent is no failure.
SynchronisationFacts SynchronisationWait::facts_of_the_living(const StepContext& step) const {
  SynchronisationFacts counted = facts(step);
  for (const MemberView& member : step.view.members) {
    if (member.state == MemberState::away ||
        (member.state == MemberState::checking && parts_.losses.ran_previously(member))) {
      ++(member.listed ? counted.present : counted.met_here);
      counted.core_present += member.core ? 1 : 0;
    }
  }
  return counted;
}

void SynchronisationWait::check(StepContext& step) {
  const View& view = step.view;
  const bool at_work = view.state() >= ClusterState::election && view.state() <= ClusterState::conciliation;
  const MemberView* master = view.master ? view.find(*view.master) : nullptr;
  const bool follows = master != nullptr && !master->local && master->acting_master;
  if (step.options.failure_strategy == FailureStrategy::continue_ || !view.me().synchronised || !at_work ||
      parts_.membership.leaving() || follows) {
    return;
  }
  const bool may_end = view.acting_master() && (view.state() != ClusterState::election ||
                                                parts_.mastery.all_synced(step, limits::cluster_bind_wait_max));
  if (step.options.failure_strategy == FailureStrategy::shutdown && !may_end) {
    return;  // the next Master's to judge, once it is followed
  }
  const auto lost_at = std::exchange(lost_somebody_, std::nullopt);
  const bool was_lost = lost_at && step.now - *lost_at < limits::cluster_loss_counts;
  const auto failed = synchronisation_failed(step.options.synchronisation, facts_of_the_living(step), was_lost);
  if (failed && step.options.failure_strategy == FailureStrategy::resync) {
    begin_again(step, *failed);
  } else if (failed) {
    parts_.mastery.end_cluster(step, false, *failed);
  }
}

std::optional<OperationResult> SynchronisationWait::objection(const StepContext& step) const {
  const View& view = step.view;
  if (const StateSet open_in = state_gates_of(Action::end_sync).plan; !open_in.contains(view.state())) {
    return OperationResult{Fault::bad_supvisors_state, closed_gate_text(view.state(), open_in)};
  }
  if (view.me().synchronised || view.master) {
    return OperationResult{Fault::bad_supvisors_state, "Supvisors synchronization ending"};
  }
  if (!step.options.synchronisation.user) {
    return OperationResult{Fault::not_applicable, "USER expected in synchro_options"};
  }
  return std::nullopt;
}

void SynchronisationWait::request(StepContext& step, const std::string& operation, const OperatorRequest& input) {
  const auto refuse = [&](const OperationResult& why) {
    parts_.requests.reply(step, input.handle, operation, AnswerPhase::refused, why);
  };
  if (const auto why = objection(step)) {
    return refuse(*why);
  }
  const MemberView* target = &preferred_master(step.view);
  if (!input.target.empty()) {
    const std::vector<const MemberView*> named = step.members.named(input.target);
    if (named.empty()) {
      return refuse({Fault::bad_name, "unknown Supvisors identifier=" + input.target});
    }
    if (named.size() > 1) {
      std::vector<std::string> identifiers;
      std::ranges::transform(named, std::back_inserter(identifiers), &MemberView::identifier);
      return refuse({Fault::incorrect_parameters, "multiple identifiers=" + text::quoted_list(identifiers) +
                                                      " found for Supvisors master=" + input.target});
    }
    target = named.front();
  }
  if (target->state != MemberState::running) {
    return refuse({Fault::not_running, "Supvisors instance=" + target->identifier + " is not RUNNING (" +
                                           std::string(supvisors_name_of(target->state)) + ")"});
  }
  OperatorRequest named = input;
  named.target = target->identifier;
  parts_.requests.forward(step, operation, named, target->node_id);
}

/// There is no Master, so there is no term to compare: the one that begins here is above all seen.
void SynchronisationWait::become_named_master(StepContext& step, const OperatorForward& request) {
  MasterPlans& plans = parts_.plans;
  plans.add(request.operation, request.origin);
  if (const auto why = objection(step)) {
    return plans.answer(step, request.operation, AnswerPhase::refused, *why);
  }
  named_master_ = true;
  end(step, "USER: named the Master by " + request.user);
  plans.answer(step, request.operation, AnswerPhase::completed, {});
}

}  // namespace holdfast::cluster
