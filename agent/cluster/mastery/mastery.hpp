// mastery.hpp: who is Master, under which term, and what the cluster's state is (contract supvisors.md 3.3). elect()
// and transition_allowed() decide; this class gathers what they need and does what they say: follows a term, claims
// one, steps down, and as Master waits until everybody follows before it starts, repairs or conciliates. The only
// writer of this node's term, of acting_master and of the cluster's state. The wait for other nodes is
// SynchronisationWait's, the rules engine RulesDriver's. Owned by NodeParts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/mastery/election.hpp"
#include "cluster/per_member.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class AskedOperations;
class Fencing;
class ForcedStates;
class Losses;
class Membership;
class PeerWatch;
class Replication;
class RulesDriver;
class SynchronisationWait;

class Mastery {
 public:
  /// The other parts that it asks.
  struct Parts {
    const Membership& membership;
    const PeerWatch& watch;
    Losses& losses;
    Replication& replication;
    SynchronisationWait& synchronisation;
    RulesDriver& rules;
    ForcedStates& forced;
    Fencing& fencing;
    AskedOperations& requests;
  };

  Mastery(Parts parts, Members& members, MasteryView& shown)
      : parts_(parts), members_(members), shown_(shown), epoch_seen_(members.me().term.epoch) {}

  void decide_master(StepContext& step);
  /// After the wait for other nodes is over.
  void decide_state(StepContext& step);

  /// Terms only grow; the disk has the new one before anything below it in the outcome leaves this node.
  void follow(StepContext& step, Term term, const std::string& why);
  void step_down(StepContext& step, const std::string& why);
  /// Back to the wait for other nodes.
  void give_up(StepContext& step, const std::string& why);
  void set_state(StepContext& step, ClusterState state, const std::string& why);
  /// Every application is stopped in order; then all nodes end.
  void end_cluster(StepContext& step, bool restart, const std::string& why);
  /// What is lost or missing is to be started once everybody follows.
  void want_repair() { repair_wanted_ = true; }

  void saw(Term term);
  void heard(StepContext& step, const MemberView& member) const;
  void forget_sync(const MemberView& member) { synced_in_term_[member] = {}; }
  /// Every node in sight follows this term and its table was whole when it said so (reference 2.4, second bug); one
  /// that does not, though in sight for `patience`, is no longer waited for.
  [[nodiscard]] bool all_synced(const StepContext& step, Duration patience) const;
  /// When it has changed who is Master, in this node's sight.
  [[nodiscard]] Instant changed_at() const { return changed_at_; }

 private:
  void begin_mastery(StepContext& step, bool was_acting);
  void look_for_master(StepContext& step);
  void note_synced(const StepContext& step);
  void decide_as_master(StepContext& step);
  void decide_as_follower(StepContext& step);
  void enter_or_repair(StepContext& step);
  void conciliate(StepContext& step);
  void repair(StepContext& step);
  [[nodiscard]] ElectionInput election_input(const StepContext& step) const;
  [[nodiscard]] std::vector<NodeId> masters_heard_by_followers(const StepContext& step) const;

  Parts parts_;
  Members& members_;
  MasteryView& shown_;
  PerMember<Term> synced_in_term_;  // it follows this term and its table was whole then
  std::uint64_t epoch_seen_;
  Instant claimed_at_{};  // my last claim
  Instant next_claim_{};  // a node begins terms no faster than this
  Instant changed_at_{};
  Instant next_conciliation_{};
  bool repair_wanted_ = false;
};

}  // namespace holdfast::cluster
