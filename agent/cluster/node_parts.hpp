// node_parts.hpp: the parts of a Node, each the only owner of its state. Made once; every part gets only those slices
// of the view that it writes, and references to those other parts that it asks: its Parts, which its header lists,
// const where it only reads. What a part does with a call is its header's contract. Included by node_core.hpp only.
#pragma once

#include "cluster/fencing/fencing.hpp"
#include "cluster/mastery/forced_states.hpp"
#include "cluster/mastery/mastery.hpp"
#include "cluster/mastery/rules_driver.hpp"
#include "cluster/mastery/synchronisation_wait.hpp"
#include "cluster/membership/heartbeat_announcer.hpp"
#include "cluster/membership/hello_scheduler.hpp"
#include "cluster/membership/losses.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/membership/peer_watch.hpp"
#include "cluster/membership/roster_exchange.hpp"
#include "cluster/membership/seeds.hpp"
#include "cluster/operations/asked_operations.hpp"
#include "cluster/operations/command_executor.hpp"
#include "cluster/operations/master_plans.hpp"
#include "cluster/operations/operation_ids.hpp"
#include "cluster/operations/operator_requests.hpp"
#include "cluster/replication/copy_tracker.hpp"
#include "cluster/replication/replication.hpp"
#include "cluster/replication/statistics_exchange.hpp"

namespace holdfast::cluster {

struct NodeParts {
  NodeParts(const NodeOptions& options, Members& members, View& view, std::uint64_t operation_nonce);
  NodeParts(const NodeParts&) = delete;  // the parts know each other
  NodeParts& operator=(const NodeParts&) = delete;

  // membership/
  Membership membership;
  PeerWatch watch;
  HelloScheduler hellos;
  Seeds seeds;
  RosterExchange roster;
  HeartbeatAnnouncer heartbeats;
  Losses losses;
  // replication/
  Replication replication;
  CopyTracker copies;
  StatisticsExchange statistics;
  // mastery/
  Mastery mastery;
  SynchronisationWait synchronisation;
  RulesDriver rules;
  ForcedStates forced;
  // fencing/
  Fencing fencing;
  // operations/
  OperationIds ids;
  AskedOperations requests;
  CommandExecutor commands;
  MasterPlans plans;
  OperatorRequests operator_requests;
};

}  // namespace holdfast::cluster
