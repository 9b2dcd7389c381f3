// replicated_table.hpp: the process rows of one node as its only writer numbered them: (incarnation, seq) and
// the rows with a digest that does not depend on order. As OwnTable's copy elsewhere it takes deltas in
// sequence and whole snapshots, and says what is missing. Never invents a row. Pure; owned by a MemberView.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cluster/message.hpp"

namespace holdfast::cluster {

using Rows = std::map<std::string, ProcessFact>;  // by namespec

/// Of one row; a table's digest is the sum of its rows' (wrapping), so that it is kept up with each change.
std::uint64_t digest_of(const ProcessFact& fact);

enum class Merge { applied, stale, gap };

class ReplicatedTable {
 public:
  [[nodiscard]] const Rows& rows() const { return rows_; }
  [[nodiscard]] std::uint64_t incarnation() const { return incarnation_; }
  [[nodiscard]] std::uint64_t seq() const { return seq_; }
  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  /// A whole table of this incarnation has been received (or it is the local one).
  [[nodiscard]] bool complete() const { return complete_; }

  /// A new life of the node: its rows stay as a trace until its first snapshot, but count as nothing.
  void begin_incarnation(std::uint64_t incarnation);

  /// Applies delta `seq() + 1`; touched gets the namespecs set or removed.
  Merge apply(std::uint64_t incarnation, const Delta& delta, std::vector<std::string>& touched);

  /// Replaces everything by the table as of `seq`; stale if older than what is here, unless `force` (a
  /// mutation).
  Merge replace(std::uint64_t incarnation, std::uint64_t seq, std::vector<ProcessFact> facts, bool force,
                std::vector<std::string>& touched);

 private:
  void set_row(const ProcessFact& fact);
  void remove_row(const std::string& namespec);

  Rows rows_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t seq_ = 0;
  std::uint64_t digest_ = 0;
  bool complete_ = false;
};

}  // namespace holdfast::cluster
