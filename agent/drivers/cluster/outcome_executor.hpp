// outcome_executor.hpp: executes what the cluster's core wants done, one outcome after the other, each in the order
// that cluster/outcome.hpp lays down; what stands below `persist` waits for the disk, and so do later outcomes. It
// decides nothing. Used by ClusterDriver, which adds the outcome of each step; loop thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "api/ports.hpp"
#include "cluster/node.hpp"
#include "cluster/outcome.hpp"
#include "drivers/cluster/cluster_observer.hpp"
#include "drivers/cluster/history_writer.hpp"
#include "drivers/cluster/identity_store.hpp"
#include "drivers/cluster/order_executor.hpp"
#include "drivers/cluster/peer_admission.hpp"
#include "transport/gossip.hpp"

namespace holdfast {

class OutcomeExecutor {
 public:
  struct Parts {
    IdentityStore& identity;
    HistoryWriter& history;
    OrderExecutor& orders;
    transport::GossipSender& gossip;
    PeerAdmission& admission;
    ClusterObserver& observer;
    const cluster::Node& node;
  };
  using Answer = api::ClusterPort::Answer;

  explicit OutcomeExecutor(Parts parts) : parts_(parts) {}

  /// Executed now, or when those before it are. A step that an effect causes may add the next one from within.
  void add(cluster::Outcome outcome);
  /// Who is told the replies of that handle; an answer for good is the last.
  void expect_replies(std::uint64_t handle, Answer answer) { answers_[handle] = std::move(answer); }

 private:
  void pump();
  void persist(const cluster::Identity& identity);
  void execute(const cluster::Outcome& outcome);
  void send(const cluster::Outcome& outcome);
  void give(const cluster::Reply& reply);

  Parts parts_;
  std::deque<cluster::Outcome> outcomes_;
  bool executing_ = false;
  bool persisting_ = false;
  std::map<std::uint64_t, Answer> answers_;
};

}  // namespace holdfast
