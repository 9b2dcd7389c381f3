// The end of the wait for other nodes, its return when its condition holds no longer, and Supvisors' USER condition: a person names the Master by end_sync
// at any node that waits (contract supvisors.md 3.3, 5.4). The named node ends its own wait and begins a
// term; the others join it as they join every Master in sight.
#include <algorithm>
#include <tuple>
#include <utility>

#include "base/limits.hpp"
#include "cluster/node_core.hpp"

namespace holdfast::limits {
namespace {

constexpr Duration cluster_loss_counts = 5s;  // for USER: the next Master may come so much later

}  // namespace
}  // namespace holdfast::limits

namespace holdfast::cluster {

void NodeCore::end_wait(const std::string& why) {
  synchronised_ = true;
  view_.members[view_.local].synchronised = true;
  beat_at_once_ = true;
  dirty_ = true;
  sight_changed_ = now_;  // the others may end theirs this very moment: who is best is not known before they say so
  set_state(ClusterState::election, why);
}

/// As synchronisation_facts, but who was here and is not given up is: a restart of an agent is no failure.
SynchronisationFacts NodeCore::facts_of_the_living() const {
  SynchronisationFacts facts = synchronisation_facts();
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    const MemberView& member = view_.members[i];
    if (member.state == MemberState::away || (member.state == MemberState::checking && peers_[i].had_life)) {
      ++(member.listed ? facts.present : facts.met_here);
      facts.core_present += member.core ? 1 : 0;
    }
  }
  return facts;
}

/// The failure re-check of contract 3.3 in all states from ELECTION on. The Master judges for those that follow it. A
/// node that sees none judges for itself before it would claim the mastery; what ends is the Master's to stop, in order.
void NodeCore::check_synchronisation() {
  const bool at_work = view_.state >= ClusterState::election && view_.state <= ClusterState::conciliation;
  const MemberView* master = view_.master ? view_.find(*view_.master) : nullptr;
  const bool follows = master != nullptr && !master->local && master->acting_master;
  if (options_.failure_strategy == FailureStrategy::continue_ || !synchronised_ || !at_work || leaving_ || follows) {
    return;
  }
  const bool may_end = view_.acting_master &&
                       (view_.state != ClusterState::election || all_bound(limits::cluster_bind_wait_max));
  if (options_.failure_strategy == FailureStrategy::shutdown && !may_end) {
    return;  // the next Master's to judge, once it is followed
  }
  const auto lost_at = std::exchange(lost_somebody_, std::nullopt);
  const bool was_lost = lost_at && now_ - *lost_at < limits::cluster_loss_counts;
  const auto failed = synchronisation_failed(options_.synchronisation, facts_of_the_living(), was_lost);
  if (failed && options_.failure_strategy == FailureStrategy::resync) {
    wait_again(*failed);
  } else if (failed) {
    end_cluster(false, *failed);
  }
}

void NodeCore::wait_again(const std::string& why) {
  step_down(why);
  synchronised_ = false;
  named_master_ = false;
  view_.master.reset();
  view_.members[view_.local].synchronised = false;
  beat_at_once_ = true;
  dirty_ = true;
  set_state(ClusterState::synchronization, why);
}

std::optional<NodeCore::Objection> NodeCore::objection_to_end_sync() const {
  const std::string& nick = view_.me().nick;
  if (view_.state != ClusterState::synchronization || synchronised_) {
    return Objection{ResultCode::bad_state, nick + " is in state " + std::string(name_of(view_.state)) +
                                                ", not in SYNCHRONIZATION; nothing was changed"};
  }
  if (view_.master) {
    return Objection{ResultCode::bad_state, *view_.master + " is Master already; nothing was changed"};
  }
  if (!options_.synchronisation.user) {
    return Objection{ResultCode::not_applicable,
                     "synchro_options of " + nick + " does not have USER; nothing was changed"};
  }
  return std::nullopt;
}

std::vector<std::size_t> NodeCore::members_named(std::string_view identifier_or_nick) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    const MemberView& member = view_.members[i];
    if (member.identifier == identifier_or_nick) {
      return {i};
    }
    if (member.nick == identifier_or_nick) {
      found.push_back(i);
    }
  }
  return found;
}

/// Of the nodes in sight, by the order of the election: core, lowest nick (contract 3.4).
std::size_t NodeCore::preferred_master() const {
  std::size_t best = view_.local;
  for (std::size_t i = 0; i < view_.members.size(); ++i) {
    const MemberView& a = view_.members[i];
    const MemberView& b = view_.members[best];
    if (a.state == MemberState::running && std::tuple(!a.core, a.nick) < std::tuple(!b.core, b.nick)) {
      best = i;
    }
  }
  return best;
}

void NodeCore::request_end_sync(const std::string& operation, const OperatorRequest& input) {
  const auto refuse = [&](ResultCode code, const std::string& text) {
    reply(input.handle, operation, AnswerPhase::refused, code, text);
  };
  if (const auto objection = objection_to_end_sync()) {
    return refuse(objection->code, objection->text);
  }
  std::size_t target = preferred_master();
  if (!input.target.empty()) {
    const std::vector<std::size_t> named = members_named(input.target);
    if (named.empty()) {
      return refuse(ResultCode::bad_name, input.target);
    }
    if (named.size() > 1) {
      return refuse(ResultCode::incorrect_parameters,
                    input.target + " names " + std::to_string(named.size()) + " nodes");
    }
    target = named.front();
  }
  const MemberView& member = view_.members[target];
  if (member.state != MemberState::running) {
    return refuse(ResultCode::not_running, member.nick + " is " + std::string(name_of(member.state)));
  }
  OperatorRequest named = input;
  named.target = member.identifier;
  forward(operation, named, member.node_id);
}

/// There is no Master, so there is no term to compare: the one that begins here is above all seen.
void NodeCore::become_named_master(const OperatorForward& request) {
  plans_.add(request.operation, {request.origin, AnswerPhase::accepted, ResultCode::success, {}});
  if (const auto objection = objection_to_end_sync()) {
    return answer(request.operation, plans_, AnswerPhase::refused, objection->code, objection->text);
  }
  named_master_ = true;
  end_wait("USER: named the Master by " + request.user);
  answer(request.operation, plans_, AnswerPhase::completed, ResultCode::success, {});
}

}  // namespace holdfast::cluster
