// loss_ledger.hpp: which lives of other nodes have ended lately, and what ran there and has not been seen to
// run since: what a Master that begins may still have to move. Filled by this node's own verdicts and by the
// loss reports of its peers; each (node, incarnation, process) is open at most once. What is known of a life
// up to a later change of its table replaces nothing that is settled, and knowledge up to an earlier one adds
// nothing. Bounded: a life is forgotten after limits::cluster_loss_age_max, the oldest first beyond
// limits::cluster_losses_max. Pure; owned by NodeCore.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "cluster/codec/message.hpp"
#include "rules/events.hpp"

namespace holdfast::limits {

inline constexpr std::chrono::nanoseconds cluster_loss_age_max = 30s;  // an older loss is nobody's business
inline constexpr std::size_t cluster_losses_max = 1024;  // ended lives remembered, and told in one report

}  // namespace holdfast::limits

namespace holdfast::cluster {

/// One life of one node.
struct LifeId {
  NodeId node = 0;
  std::uint64_t incarnation = 0;
  friend auto operator<=>(const LifeId&, const LifeId&) = default;
};

class LossLedger {
 public:
  /// What an observer knows of a life that has ended.
  struct Ending {
    LifeId life;
    std::uint64_t seq = 0;  // of the node's table, as the observer had it
    bool planned = false;   // it left: what it ran was stopped on purpose
    Instant at{};           // when it was seen, on this node's clock
    std::vector<rules::ProcessId> processes;  // ran there at `seq`
  };

  /// True if something is open that was not before.
  bool add(const Ending& ending, Instant now);
  /// It was no end: that life goes on.
  void withdraw(const LifeId& life);
  /// What is open of that life and was not handed over before: the Master's engine has it from now on.
  std::vector<rules::ProcessId> hand_over(const LifeId& life);
  /// A new Master, a new engine: everything that is open is to be handed over again.
  void forget_handed();
  /// The process runs somewhere: of no life is it open any longer.
  void runs(const rules::ProcessId& id);

  /// What is known of lives that are not forgotten, with their open processes; planned ends too. Oldest
  /// incarnation first within a node.
  [[nodiscard]] std::vector<Ending> endings(Instant now) const;
  /// Grows with every change that a report would show.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

 private:
  enum class Fate : std::uint8_t { open, handed_over, runs_again };
  struct Entry {
    std::uint64_t seq = 0;
    bool planned = false;
    Instant at{};
    std::map<rules::ProcessId, Fate> processes;
  };
  void forget_old(Instant now);

  std::map<LifeId, Entry> entries_;
  std::uint64_t revision_ = 0;
};

/// The endings as reports: bounded by limits::cluster_chunk_bytes each, a large life spread over several.
/// Operation, term and origin are the caller's to fill.
std::vector<LossReport> reports_of(const std::vector<LossLedger::Ending>& endings, Instant now);
/// The reported life on this node's clock.
LossLedger::Ending ending_of(const ReportedLoss& loss, Instant now);

}  // namespace holdfast::cluster
