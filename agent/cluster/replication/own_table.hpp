// own_table.hpp: this node's process rows as their only writer: numbers each change, keeps a ring of the last changes
// for peers that missed some, and answers with a snapshot in chunks when the ring does not reach back. Texts are cut
// to the frame's limits here, so that the digest is of what travels. The rows themselves lie with the local member,
// as every member's do: each call is given that table. Pure; owned by Replication.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "cluster/replicated_table.hpp"

namespace holdfast::cluster {

class OwnTable {
 public:
  /// The deltas to publish for these new facts, and for what is gone from all of them; none for facts that did not
  /// change.
  std::vector<Delta> set(ReplicatedTable& table, const ProcessFact& fact);
  std::vector<Delta> set_all(ReplicatedTable& table, const std::vector<ProcessFact>& facts);

  /// What this node shows as Master instead of a process's real state; the same for many, and for all that it did.
  std::vector<Delta> force(ReplicatedTable& table, std::vector<ForcedFact> forced);
  std::vector<Delta> unforce(ReplicatedTable& table, const std::string& namespec);
  std::vector<Delta> unforce_all(ReplicatedTable& table);

  /// The list of fenced nodes that this node goes by; nothing if it is the one before.
  std::vector<Delta> set_fences(ReplicatedTable& table, const FenceList& list);

  /// The first incarnation, or a new one without restart (refutation): same rows, numbers from the start.
  void begin_incarnation(ReplicatedTable& table, std::uint64_t incarnation);

  /// The deltas after `since`, or nullopt: a snapshot is needed.
  [[nodiscard]] std::optional<std::vector<Delta>> since(const ReplicatedTable& table, std::uint64_t since) const;
  [[nodiscard]] std::vector<Snapshot> snapshot(const ReplicatedTable& table, std::uint64_t request) const;

  /// Namespecs touched since the last call.
  std::vector<std::string> take_touched();

 private:
  /// `change`, of any size, in deltas of the wire's size, applied here.
  std::vector<Delta> publish(ReplicatedTable& table, Delta change);

  std::deque<Delta> ring_;
  std::vector<std::string> touched_;
};

}  // namespace holdfast::cluster
