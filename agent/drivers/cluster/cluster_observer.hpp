// cluster_observer.hpp: who is told what the cluster's core has decided that concerns the rest of the agent: the
// composition root, which passes it on to the pages, the event interface and the programs. Every call on the loop, from
// within a step of the node: nothing here may make another step at once.
#pragma once

#include "cluster/outcome.hpp"

namespace holdfast {

class ClusterObserver {
 public:
  virtual ~ClusterObserver() = default;
  /// After each step that changed something, before its effects.
  virtual void on_step() = 0;
  /// The same, after its effects: what pages show may be another.
  virtual void on_view_changed() = 0;
  /// Points of a peer's statistics, while ClusterDriver::want_statistics says so.
  virtual void on_samples(const cluster::PeerSamples& samples) = 0;
  /// The cluster ends, or is to start again, and this node with it.
  virtual void on_end(cluster::ClusterEnd end) = 0;
};

}  // namespace holdfast
