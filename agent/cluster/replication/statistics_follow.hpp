// statistics_follow.hpp: who looks at whose statistics. What one node looks at it asks of the others, again and again
// while it does; a node sends its points to nobody but those whose asking has not run out (docs/decisions/0017).
// Decides only: sends nothing, reads no clock. Used by Node; loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "base/instant.hpp"
#include "base/limits.hpp"
#include "cluster/codec/statistics_kinds.hpp"
#include "cluster/codec/term.hpp"

namespace holdfast::cluster {

class StatisticsFollow {
 public:
  struct Peer {
    NodeId node = 0;
    std::uint64_t incarnation = 0;
    bool able = false;  // it is RUNNING, and knows what it is asked
  };
  struct Step {
    NodeId node = 0;
    bool follow = false;    // its bulk stream, from now on
    bool ask = false;       // send it the request
    StatisticsKinds kinds;  // of the request; none: it need send no more
  };

  /// What this node looks at from now on. More is asked for in the next turn; less, when the asking is due again, so
  /// that who comes and goes costs the others nothing.
  void want(StatisticsKinds kinds) { wanted_ = kinds; }
  [[nodiscard]] StatisticsKinds wanted() const { return wanted_; }
  /// Nothing is looked at, and nothing has to be ended.
  [[nodiscard]] bool idle() const { return !wanted_.any() && followed_.empty(); }
  /// What is to be done about the peers now. Called some times a second unless idle().
  std::vector<Step> turn(Instant now, const std::vector<Peer>& peers);

  /// A peer asks this node. `lease`: for how long, at most limits::statistics_lease.
  void asked_by(NodeId node, StatisticsKinds kinds, Duration lease, Instant now);
  /// What peers look at here, as long as their asking has not run out.
  [[nodiscard]] StatisticsKinds asked(Instant now);

 private:
  struct Followed {
    std::uint64_t incarnation = 0;
    StatisticsKinds kinds;
    Instant asked_at;
  };
  struct Lease {
    StatisticsKinds kinds;
    Instant until;
  };

  StatisticsKinds wanted_;
  std::map<NodeId, Followed> followed_;
  std::map<NodeId, Lease> leases_;
};

}  // namespace holdfast::cluster
