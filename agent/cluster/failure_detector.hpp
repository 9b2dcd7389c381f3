// failure_detector.hpp: who is silent, and whether that is believed (reference cluster.md 1.5). A node is
// dead when it has been silent long enough *and* its peers miss it too; a node that stalled itself distrusts
// itself and waits longer. A silent node whose HTTP port still accepts is AWAY until the grace is over.
// Judges by the stamps of the gossip thread. Keeps only times and opinions; what follows from a verdict is
// the node's business. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "cluster/message.hpp"
#include "cluster/node_options.hpp"

namespace holdfast::cluster {

enum class Verdict {
  alive,    // fresh, late or suspect: nothing follows yet
  partial,  // I cannot hear it, my peers can
  away,     // silent, but its port accepts
  dead,
};

class FailureDetector {
 public:
  FailureDetector(DetectorTimings timings, Duration away_grace);

  /// A frame of `node` that counts has been received at `stamp`.
  void heard(NodeId node, Instant stamp);
  void forget(NodeId node);
  /// `by` hears `about` like this.
  void opinion(NodeId by, NodeId about, Liveness liveness, Instant stamp);
  void probed(NodeId node, bool accepted, bool refused, Instant now);
  /// This node did not turn for `gap`.
  void stalled(Instant now, Duration gap);
  void decay(Instant now);

  [[nodiscard]] Liveness liveness(NodeId node, Instant now) const;
  [[nodiscard]] Verdict verdict(NodeId node, Instant now) const;
  /// An answer about this node's port is wanted now.
  [[nodiscard]] bool wants_probe(NodeId node, Instant now) const;
  void probe_asked(NodeId node, Instant now);
  /// Its silence is undecided: ask the peers.
  [[nodiscard]] bool undecided(NodeId node, Instant now) const;
  [[nodiscard]] bool anybody_late(Instant now) const;
  [[nodiscard]] std::uint8_t health() const { return static_cast<std::uint8_t>(score_); }

 private:
  struct Opinion {
    Liveness liveness = Liveness::fresh;
    Instant stamp{};
  };
  struct Watch {
    Instant heard{};
    std::map<NodeId, Opinion> opinions;  // by the peer whose it is
    std::optional<Instant> probe_asked;
    std::optional<Instant> probe_answered;
    bool probe_accepted = false;
    bool probe_refused = false;
  };
  struct Tally {
    int fresh_peers = 0;
    int confirm = 0;
    int object = 0;
  };
  [[nodiscard]] Tally tally(const Watch& watch, NodeId node, Instant now) const;
  [[nodiscard]] Duration stretched(Duration span) const;
  [[nodiscard]] Duration age(const Watch& watch, Instant now) const;

  DetectorTimings timings_;
  Duration away_grace_;
  std::map<NodeId, Watch> watches_;
  int score_ = 0;
  Instant decayed_{};
  Instant trust_after_{};  // no verdict before: messages that waited during a stall come first
};

}  // namespace holdfast::cluster
