// own_table.hpp: this node's process rows as their only writer: numbers each change, keeps a ring of the last
// changes for peers that missed some, and answers with a snapshot in chunks when the ring does not reach
// back. Texts are cut to the frame's limits here, so that the digest is of what travels. Pure; owned by
// NodeCore.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "cluster/replication/replicated_table.hpp"

namespace holdfast::cluster {

class OwnTable {
 public:
  /// The table lives in the member's view; `incarnation` is this life.
  OwnTable(ReplicatedTable& table, std::uint64_t incarnation);

  /// The deltas to publish for these new facts and removals; none for facts that did not change.
  std::vector<Delta> set(const ProcessFact& fact);
  std::vector<Delta> remove(const std::string& namespec);
  std::vector<Delta> set_all(const std::vector<ProcessFact>& facts);

  /// What this node shows as Master instead of a process's real state; the same for many, and for all that it did.
  std::vector<Delta> force(std::vector<ForcedFact> forced);
  std::vector<Delta> unforce(const std::string& namespec);
  std::vector<Delta> unforce_all();

  /// The member that holds the table has got another place in the view.
  void moved(ReplicatedTable& table) { table_ = &table; }

  /// The list of fenced nodes that this node goes by; nothing if it is the one before.
  std::vector<Delta> set_fences(const FenceList& list);

  /// A new incarnation without restart (refutation): same rows, numbers from the start.
  void begin_incarnation(std::uint64_t incarnation);

  /// The deltas after `since`, or nullopt: a snapshot is needed.
  [[nodiscard]] std::optional<std::vector<Delta>> since(std::uint64_t since) const;
  [[nodiscard]] std::vector<Snapshot> snapshot(std::uint64_t request) const;

  /// Namespecs touched since the last call.
  std::vector<std::string> take_touched();

 private:
  /// `change`, of any size, in deltas of the wire's size, applied here.
  std::vector<Delta> publish(Delta change);

  ReplicatedTable* table_;
  std::deque<Delta> ring_;
  std::vector<std::string> touched_;
};

}  // namespace holdfast::cluster
