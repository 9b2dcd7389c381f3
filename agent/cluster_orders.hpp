// cluster_orders.hpp: carries out what the cluster orders of this node's programs: one order of the core is one
// request to LocalPrograms, or two for a restart, and its end is told once. It checks nothing: the core has (term,
// incarnation, once per operation). Used by ClusterLink; loop thread only.
#pragma once

#include <functional>
#include <string>

#include "cluster/input.hpp"
#include "cluster/outcome.hpp"
#include "local_programs.hpp"

namespace holdfast {

class ClusterOrders {
 public:
  using Done = std::function<void(cluster::LocalCommandDone)>;

  /// `done` is called once for each order: within execute(), or when the programs answer.
  ClusterOrders(LocalPrograms& programs, Done done) : programs_(programs), done_(std::move(done)) {}

  /// The history names `command.operation` and `command.user` as who asked.
  void execute(const cluster::LocalCommand& command);

 private:
  using Finish = std::function<void(cluster::LocalCommandDone)>;
  void request(const cluster::LocalCommand& command, supervision::Action action, Finish finish);
  void restart(const cluster::LocalCommand& command, Finish finish);

  LocalPrograms& programs_;
  Done done_;
};

}  // namespace holdfast
