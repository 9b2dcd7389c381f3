// losses.hpp: the end of other nodes' incarnations: recorded, handed to the rules engine by the Master, told to a
// Master that may not have seen it. LossLedger keeps what is open; this class knows what ran in an incarnation that
// ended unseen, and who has been told. Decides nothing about who is dead (PeerWatch) and moves nothing (the rules
// engine). Owned by NodeParts; called by Membership when an incarnation begins or ends, and in each step to tell the
// Master.
#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "cluster/membership/loss_ledger.hpp"
#include "cluster/per_member.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class AskedOperations;
class CopyTracker;
class MasterPlans;
class Mastery;
class Membership;
class OperationIds;
class RulesDriver;

class Losses {
 public:
  /// The other parts that it asks.
  struct Parts {
    const Membership& membership;
    CopyTracker& copies;
    Mastery& mastery;
    RulesDriver& rules;
    OperationIds& ids;
    AskedOperations& requests;
    MasterPlans& plans;
  };

  explicit Losses(Parts parts) : parts_(parts) {}

  /// A member says HELLO anew: what ran before, or was to be started there, is kept until its first table tells.
  void incarnation_begins(StepContext& step, const MemberView& member);
  /// The incarnation whose copies are shown, as if it ended now.
  [[nodiscard]] LossRecord end_as_shown(const StepContext& step, const MemberView& member) const;
  /// It is over: its copies end, and what ran in it is the record's.
  LossRecord end_of(StepContext& step, const MemberView& member);
  /// To the ledger, but for what runs elsewhere.
  void record(const StepContext& step, const LossRecord& loss);
  /// To the rules engine, if this node is Master.
  void hand_over(StepContext& step, const MemberView& member, const LossRecord& loss);
  /// A node came back in a new incarnation before anybody called it dead: what ran before and does not run now was
  /// lost. `earlier` is the incarnation that was shown until now.
  void first_table(StepContext& step, const MemberView& member, LossRecord earlier);
  /// This very incarnation was called dead, and was not.
  void is_back(const MemberView& member) { ledger_.withdraw({member.node_id, member.incarnation}); }

  /// The process runs somewhere.
  void runs(const ProcessId& id) { ledger_.runs(id); }
  /// It has been RUNNING in an earlier incarnation since it was last lost.
  [[nodiscard]] bool ran_previously(const MemberView& member) const { return records_[member].ran_previously; }

  /// A new Master's engine knows of none.
  void begin_mastery() { ledger_.forget_handed(); }
  /// What was lost lately and runs nowhere: the Master of that time may have died with it.
  void hand_over_all(StepContext& step);
  /// A Master in sight hears of every end that it may not have seen: once it is followed, and whenever more is known.
  void report(StepContext& step);
  /// To this node as Master. What it has seen as well, or better, adds nothing; an incarnation that goes on in its own
  /// sight is no loss.
  void receive(StepContext& step, const MemberView& reporter, const LossReport& report);

 private:
  struct Record {
    bool ran_previously = false;
    std::set<ProcessId> ran_before;  // in that earlier incarnation, or was to be started in it
  };
  /// The number of ends that were not known to be losses.
  std::size_t add(StepContext& step, const LossReport& report);

  Parts parts_;
  LossLedger ledger_;
  std::pair<Term, std::uint64_t> reported_;  // under this term, up to this revision of the ledger
  PerMember<Record> records_;
};

}  // namespace holdfast::cluster
