// failure_detector.hpp: who is silent, and whether that is believed (reference cluster.md 1.5). A node is
// dead when it has been silent long enough *and* its peers miss it too; a node that stalled itself distrusts
// itself and waits longer. A silent node whose HTTP port still accepts is AWAY until the grace is over.
// Judges by the stamps of the gossip thread. Keeps only times and opinions; what follows from a verdict is
// the node's business. Nodes are small numbers (the members' slots). What a heartbeat brings costs one copy, however
// many nodes it speaks of: opinions are weighed only when somebody is silent. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/instant.hpp"
#include "cluster/codec/message.hpp"
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
  using Node = std::size_t;

  FailureDetector(DetectorTimings timings, Duration away_grace);

  /// A frame of `node` that counts has been received at `stamp`.
  void heard(Node node, Instant stamp);
  void forget(Node node);
  /// `by` hears `about` like this: an answer to a question.
  void opinion(Node by, Node about, Liveness liveness, Instant stamp);
  /// `by` hears the others like this, by slot; its word on itself is not asked for.
  void opinions(Node by, const std::vector<Liveness>& of_all, Instant stamp);
  void probed(Node node, bool accepted, bool refused, Instant now);
  /// This node did not turn for `gap`.
  void stalled(Instant now, Duration gap);
  void decay(Instant now);

  [[nodiscard]] Liveness liveness(Node node, Instant now) const;
  [[nodiscard]] Verdict verdict(Node node, Instant now) const;
  /// An answer about this node's port is wanted now.
  [[nodiscard]] bool wants_probe(Node node, Instant now) const;
  void probe_asked(Node node, Instant now);
  /// Its silence is undecided: ask the peers.
  [[nodiscard]] bool undecided(Node node, Instant now) const;
  [[nodiscard]] bool anybody_late(Instant now) const;
  [[nodiscard]] std::uint8_t health() const { return static_cast<std::uint8_t>(score_); }

 private:
  struct Opinion {
    Liveness liveness = Liveness::fresh;
    Instant stamp{};
  };
  struct Watch {
    bool known = false;
    Instant since{};  // known since then: earlier opinions about it were about another incarnation
    Instant heard{};
    std::vector<Liveness> says;  // of all, by slot
    Instant said_at{};
    std::map<Node, Opinion> answers;  // about it, by who was asked
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
  [[nodiscard]] const Watch* watch_of(Node node) const;
  Watch* watch_of(Node node);
  [[nodiscard]] std::optional<Liveness> opinion_of(Node by, Node about, Instant now) const;
  [[nodiscard]] Tally tally(Node node, Instant now) const;
  [[nodiscard]] Duration stretched(Duration span) const;
  [[nodiscard]] Duration probe_period(Instant now) const;
  [[nodiscard]] Duration age(const Watch& watch, Instant now) const;

  DetectorTimings timings_;
  Duration away_grace_;
  std::vector<Watch> watches_;  // by slot
  int score_ = 0;
  Instant decayed_{};
  Instant trust_after_{};     // no verdict before: messages that waited during a stall come first
  Instant opinions_since_{};  // earlier ones are as old as a stall
};

}  // namespace holdfast::cluster
