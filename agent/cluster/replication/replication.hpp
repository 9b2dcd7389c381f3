// replication.hpp: whose processes do what, as rows: this node's own changes go out, the peers' come in, and gaps are
// repaired by asking the owner, rarely and one request at a time. The only writer of MemberView::table. What rows
// mean to the rules engine is CopyTracker's, which hears of each row that has changed. Owned by NodeParts; Fencing and
// ForcedStates publish through it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cluster/per_member.hpp"
#include "cluster/replication/own_table.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class CopyTracker;
class Fencing;

class Replication {
 public:
  /// The other parts that it asks.
  struct Parts {
    CopyTracker& copies;
    Fencing& fencing;
  };

  Replication(Parts parts, Members& members);

  // This node's own table.
  void set_own_table(StepContext& step, const std::vector<ProcessFact>& facts);
  void set_own_process(StepContext& step, const ProcessFact& fact);
  void force(StepContext& step, std::vector<ForcedFact> forced);
  void unforce(StepContext& step, const std::string& namespec);
  void unforce_all(StepContext& step);
  void set_fences(StepContext& step, const FenceList& list);
  void begin_own_incarnation(std::uint64_t incarnation);
  /// The local supervisor has said what it runs.
  [[nodiscard]] bool own_table_known() const { return own_table_known_; }
  void receive(StepContext& step, const MemberView& from, const SnapshotRequest& request);
  void receive(StepContext& step, const MemberView& from, const DeltaRequest& request);

  // The peers' tables.
  void receive(StepContext& step, const MemberView& from, std::uint64_t incarnation, const Delta& delta);
  void receive(StepContext& step, const MemberView& from, std::uint64_t incarnation, Snapshot& snapshot);
  /// What its last heartbeat says of its table.
  void owner_is_at(const MemberView& member, std::uint64_t seq, std::uint64_t digest);
  /// Its table is here as its last heartbeat says, or further.
  [[nodiscard]] bool in_sync(const MemberView& member) const;
  /// Asks the owner for what is missing, if that is due (a gap storm would add to the loss).
  void repair(StepContext& step, const MemberView& member);
  /// Its rows stay as a trace; `member.incarnation` is the new one.
  void incarnation_begins(StepContext& step, const MemberView& member);
  void forget_request(const MemberView& member);

 private:
  struct Record {
    std::uint64_t owner_seq = 0;
    std::uint64_t owner_digest = 0;
    Instant next_repair{};
    std::uint64_t request = 0;  // of the snapshot that is under way, 0 = none
    std::uint64_t assembled_seq = 0;
    std::uint32_t assembled_of = 0;
    std::map<std::uint32_t, Snapshot> chunks;
  };
  void publish(StepContext& step, std::vector<Delta> deltas);
  bool assemble(StepContext& step, Record& record, Snapshot& chunk);
  void replace(StepContext& step, MemberView& member, std::uint64_t incarnation);

  Parts parts_;
  Members& members_;
  OwnTable own_;
  bool own_table_known_ = false;
  std::uint64_t next_request_ = 0;
  PerMember<Record> records_;
};

}  // namespace holdfast::cluster
