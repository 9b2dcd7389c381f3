// replicated_table.hpp: the process rows of one node as its only writer numbered them: (incarnation, seq) and the rows
// with a digest that does not depend on order; and the states that it forces as Master and the list of fenced nodes as
// it knows it, which the digest leaves out because nodes of earlier minor versions do not know them. As OwnTable's copy
// elsewhere it takes deltas in sequence and whole snapshots, and says what is missing. A change that comes before the
// one that it follows waits for it, bounded: order on the way does not matter. Never invents a row. Pure; owned by a
// MemberView.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "cluster/codec/message.hpp"

namespace holdfast::cluster {

/// Of one row; a table's digest is the sum of its rows' (wrapping), so that it is kept up with each change.
std::uint64_t digest_of(const ProcessFact& fact);

struct Row : ProcessFact {
  std::uint64_t digest = 0;  // of the fact
};
using Rows = std::map<std::string, Row>;               // by namespec
using ForcedRows = std::map<std::string, ForcedFact>;  // by namespec

enum class Merge { applied, stale, gap };

class ReplicatedTable {
 public:
  [[nodiscard]] const Rows& rows() const { return rows_; }
  [[nodiscard]] const ForcedRows& forced() const { return forced_; }
  /// Grows when `forced` may have changed.
  [[nodiscard]] std::uint64_t forced_revision() const { return forced_revision_; }
  /// The newest list of fenced nodes that its owner knows.
  [[nodiscard]] const FenceList& fences() const { return fences_; }
  [[nodiscard]] std::uint64_t incarnation() const { return incarnation_; }
  [[nodiscard]] std::uint64_t seq() const { return seq_; }
  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  /// A whole table of this incarnation has been received (or it is the local one).
  [[nodiscard]] bool complete() const { return complete_; }

  /// A new incarnation of the node: its rows stay as a trace until its first snapshot, but count as nothing.
  void begin_incarnation(std::uint64_t incarnation);

  /// Applies delta `seq() + 1` and what has waited for it; touched gets the namespecs of rows set or removed. Gap: it
  /// waits, or was dropped; what is missing must be asked for.
  Merge apply(std::uint64_t incarnation, const Delta& delta, std::vector<std::string>& touched);

  /// Replaces everything by the table as of `seq`; stale if older than what is here, unless `force` (a
  /// mutation).
  Merge replace(std::uint64_t incarnation, std::uint64_t seq, std::vector<ProcessFact> facts,
                std::vector<ForcedFact> forced, bool force, std::vector<std::string>& touched, FenceList fences = {});

 private:
  void set_row(const ProcessFact& fact);
  void remove_row(const std::string& namespec);
  void keep_ahead(const Delta& delta);
  void apply_next(const Delta& delta, std::vector<std::string>& touched);
  void apply_waiting(std::vector<std::string>& touched);

  Rows rows_;
  ForcedRows forced_;
  std::uint64_t forced_revision_ = 0;
  FenceList fences_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t seq_ = 0;
  std::uint64_t digest_ = 0;
  bool complete_ = false;
  std::map<std::uint64_t, Delta> ahead_;  // by their number, all above seq_ + 1 (or nothing is complete yet)
  std::size_t ahead_rows_ = 0;
};

}  // namespace holdfast::cluster
