// order_executor.hpp: executes what the cluster orders of this node's programs: one order of the core is one
// request to the programs, or two for a restart, and its end is told once. It checks nothing: the core has (term,
// incarnation, once per operation). Used by ClusterDriver; loop thread only.
#pragma once

#include <functional>
#include <string>

#include "api/ports.hpp"
#include "cluster/input.hpp"
#include "cluster/outcome.hpp"

namespace holdfast {

class OrderExecutor {
 public:
  using Done = std::function<void(cluster::LocalCommandDone)>;

  /// `done` is called once for each order: within execute(), or when the programs answer.
  OrderExecutor(api::SupervisionPort& programs, Done done) : programs_(programs), done_(std::move(done)) {}

  /// The history names `command.operation` and `command.user` as who asked.
  void execute(const cluster::LocalCommand& command);

 private:
  using Finish = std::function<void(cluster::LocalCommandDone)>;
  void request(const cluster::LocalCommand& command, supervision::Action action, Finish finish);
  void restart(const cluster::LocalCommand& command, Finish finish);

  api::SupervisionPort& programs_;
  Done done_;
};

}  // namespace holdfast
