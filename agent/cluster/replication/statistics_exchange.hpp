// statistics_exchange.hpp: statistics of other nodes (docs/decisions/0017; contract supvisors.md 7.5, hstats and
// pstats): asked for while a subscriber of this node looks, sent while a peer asks. Who looks at whose is
// StatisticsFollow's to decide; this class speaks. The only writer of View::statistics_asked. Owned by NodeParts.
#pragma once

#include "cluster/input.hpp"
#include "cluster/replication/statistics_follow.hpp"
#include "cluster/step_context.hpp"

namespace holdfast::cluster {

class Membership;

class StatisticsExchange {
 public:
  /// The other parts that it asks.
  struct Parts {
    const Membership& membership;
  };

  StatisticsExchange(Parts parts, StatisticsKinds& asked) : parts_(parts), asked_(asked) {}

  /// What a subscriber of this node looks at.
  void want(StepContext& step, StatisticsKinds kinds);
  /// Points of this node, for peers that look at them.
  void publish(StepContext& step, const LocalSamples& samples);
  /// In each turn.
  void follow(StepContext& step);

  void receive(StepContext& step, const MemberView& from, const StatisticsRequest& request);
  void receive(StepContext& step, const MemberView& from, const FrameHeader& head, const HostSample& sample);
  void receive(StepContext& step, const MemberView& from, const FrameHeader& head, const ProcessSamples& samples);

 private:
  Parts parts_;
  StatisticsKinds& asked_;
  StatisticsFollow follow_;
};

}  // namespace holdfast::cluster
