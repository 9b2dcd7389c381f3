// statistics_exchange.hpp: statistics between this node and the others: what this node's points are told to, and what
// is wanted of theirs. The cluster's driver implements it. Loop thread only.
#pragma once

#include "cluster/input.hpp"

namespace holdfast {

class StatisticsExchange {
 public:
  virtual ~StatisticsExchange() = default;
  /// What somebody here looks at, of all nodes' statistics. Not from within a step.
  virtual void want_statistics(cluster::StatisticsKinds kinds) = 0;
  /// Points of this node, which peers may look at.
  virtual void tell_samples(const cluster::LocalSamples& samples) = 0;
};

}  // namespace holdfast
