// loss_ledger.hpp: which incarnations of other nodes have ended lately, and what ran there and has not been seen to
// run since: what a Master that begins may still have to move. Filled by this node's own verdicts and by the
// loss reports of its peers; each (node, incarnation, process) is open at most once. What is known of an incarnation
// up to a later change of its table replaces nothing that is settled, and knowledge up to an earlier one adds
// nothing. Bounded: one is forgotten after limits::cluster_loss_age_max, the oldest first beyond
// limits::cluster_losses_max. Pure; owned by Losses.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/limits.hpp"
#include "cluster/codec/message.hpp"
#include "rules/events.hpp"

namespace holdfast::cluster {

/// One incarnation of one node.
struct IncarnationId {
  NodeId node = 0;
  std::uint64_t incarnation = 0;
  friend auto operator<=>(const IncarnationId&, const IncarnationId&) = default;
};

/// What an observer knows of an incarnation that has ended.
struct LossRecord {
  IncarnationId ended;
  std::uint64_t seq = 0;             // of the node's table, as the observer had it
  bool planned = false;              // it left: what it ran was stopped on purpose
  Instant at{};                      // when it was seen, on this node's clock
  std::vector<ProcessId> processes;  // ran there at `seq`
};

class LossLedger {
 public:
  /// True if something is open that was not before.
  bool add(const LossRecord& record, Instant now);
  /// It was no end: that incarnation goes on.
  void withdraw(const IncarnationId& ended);
  /// What is open of that incarnation and was not handed over before: the Master's engine has it from now on.
  std::vector<ProcessId> hand_over(const IncarnationId& ended);
  /// A new Master, a new engine: everything that is open is to be handed over again.
  void forget_handed();
  /// The process runs somewhere: of no incarnation is it open any longer.
  void runs(const ProcessId& id);

  /// What is known of incarnations that are not forgotten, with their open processes; planned ends too. Oldest
  /// incarnation first within a node.
  [[nodiscard]] std::vector<LossRecord> records(Instant now) const;
  /// Grows with every change that a report would show.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

 private:
  enum class Fate : std::uint8_t { open, handed_over, runs_again };
  struct Entry {
    std::uint64_t seq = 0;
    bool planned = false;
    Instant at{};
    std::map<ProcessId, Fate> processes;
  };
  void forget_old(Instant now);

  std::map<IncarnationId, Entry> entries_;
  std::uint64_t revision_ = 0;
};

/// The records as reports: bounded by limits::cluster_chunk_bytes each, a large one spread over several.
/// Operation, term and origin are the caller's to fill.
std::vector<LossReport> reports_of(const std::vector<LossRecord>& records, Instant now);
/// The reported loss on this node's clock.
LossRecord record_of(const ReportedLoss& loss, Instant now);

}  // namespace holdfast::cluster
