// peer_watch.hpp: who is silent, what is done to find out why, and what follows from the detector's verdict. It asks
// the peers and the silent node's HTTP port, has its connection made anew, and tells Membership who is AWAY or dead.
// FailureDetector judges; this class acts on it, at most once in each turn. The only writer of MemberView::liveness.
// Owned by NodeParts.
#pragma once

#include <vector>

#include "cluster/input.hpp"
#include "cluster/membership/failure_detector.hpp"
#include "cluster/per_member.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class HelloScheduler;
class Membership;

class PeerWatch {
 public:
  /// The other parts that it asks.
  struct Parts {
    Membership& membership;
    const HelloScheduler& hellos;
  };

  PeerWatch(Parts parts, Members& members, const NodeOptions& options)
      : parts_(parts), members_(members), detector_(options.detection, options.away_grace) {}

  /// In each turn.
  void look(StepContext& step);

  void heard(const MemberView& member, Instant stamp) { detector_.heard(member.slot, stamp); }
  void forget(const MemberView& member) { detector_.forget(member.slot); }
  void incarnation_begins(const MemberView& member, Instant now);
  /// It was greeted or heard: the pauses between connections that are made anew begin small again.
  void connection_is_new(const MemberView& member) { records_[member].reconnect_wait = {}; }
  /// How `member` hears the others, in the order of identifiers.
  void take_opinions(StepContext& step, const MemberView& member, const std::vector<Liveness>& of_all, Instant stamp);
  /// A question about a third node, or the answer to one.
  void receive(StepContext& step, const MemberView& from, const PeerOpinion& opinion, Instant stamp);
  void probed(StepContext& step, const HttpProbe& probe);
  /// This node did not turn for `gap`.
  void stalled(StepContext& step, Duration gap);

  [[nodiscard]] std::uint8_t health() const { return detector_.health(); }
  [[nodiscard]] bool anybody_late(Instant now) const { return detector_.anybody_late(now); }
  [[nodiscard]] bool is_fresh(const MemberView& member, Instant now) const {
    return detector_.liveness(member.slot, now) == Liveness::fresh;
  }
  /// What this node tells the others of how it hears each, in the order of identifiers.
  [[nodiscard]] std::vector<Liveness> liveness_vector(const StepContext& step) const;
  /// `observer` says that it hears `member`.
  [[nodiscard]] bool hears(const StepContext& step, const MemberView& observer, const MemberView& member) const;

 private:
  struct Record {
    std::vector<Liveness> liveness_vector;  // as it said last
    Instant next_question{};
    Instant reconnected_at{};
    Duration reconnect_wait{};  // until the next, doubled by each
  };
  void judge(StepContext& step, MemberView& member);
  void ask_peers(StepContext& step, const MemberView& silent);
  void reconnect_if_silent(StepContext& step, const MemberView& member);
  [[nodiscard]] Duration handshake_patience(const StepContext& step) const;
  [[nodiscard]] Verdict verdict_on(const StepContext& step, const MemberView& member) const;

  Parts parts_;
  Members& members_;
  FailureDetector detector_;
  PerMember<Record> records_;
  std::vector<Liveness> by_slot_;  // of the heartbeat that is being read
};

}  // namespace holdfast::cluster
