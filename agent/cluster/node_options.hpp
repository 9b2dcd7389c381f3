// node_options.hpp: everything a Node is told once, at its start. Plain values, made by
// drivers/cluster/start_options from the settings, the rules and the identity file (and by the simulator from its
// seed).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/strategies.hpp"
#include "cluster/codec/term.hpp"
#include "cluster/mutations.hpp"
#include "rules/rule_model.hpp"

namespace holdfast::cluster {

/// One node of the list, in order of declaration; the local node is one of them.
struct RosterItem {
  std::string identifier;  // host:port
  std::string nick;
  bool core = false;
};

/// When a silent node is late, may be dead (if its peers agree), and is dead (if nobody objects).
struct DetectorTimings {
  Duration late = 700ms;
  Duration fast = 1200ms;
  Duration slow = 3000ms;
  static DetectorTimings fast_profile() { return {700ms, 1200ms, 3000ms}; }
  static DetectorTimings tolerant_profile() { return {700ms, 1500ms, 4000ms}; }
};

/// Which conditions end the wait; any one that is true ends it. Same meaning as config's
/// SynchronisationSettings.
struct Synchronisation {
  bool strict = false;
  bool list = false;
  bool core = false;
  Duration core_hold{};  // CORE ends it not before that
  bool majority = false;
  bool user = false;  // a person names the Master; a Master in sight is joined in any case
  std::optional<Duration> timeout;
  friend bool operator==(const Synchronisation&, const Synchronisation&) = default;
};

/// Names with their values as texts, each name once.
using NamedValues = std::vector<std::pair<std::string, std::string>>;

struct NodeOptions {
  std::string cluster_name = "holdfast";
  std::string identifier;                // mine; must be in the roster
  std::vector<RosterItem> roster;        // order of declaration; with discovery, where it begins
  bool discovery = false;                // nodes that prove to have the cluster's key join the roster
  std::vector<std::string> seeds;        // host:port of nodes whose names are not known yet; with discovery only
  std::vector<std::string> core;         // nicks, identifiers or stereotypes of core nodes, beside RosterItem::core
  std::vector<std::string> stereotypes;  // mine
  std::uint64_t incarnation = 1;         // already higher than any used before (identity file + 1)
  Term term;                             // the last one persisted
  std::string machine_id;                // the same for nodes of one machine; empty: nobody shares it
  DetectorTimings detection;
  Synchronisation synchronisation;
  Duration away_grace = 3s;
  StartingStrategy starting_strategy = StartingStrategy::config;
  ConciliationStrategy conciliation_strategy = ConciliationStrategy::user;
  FailureStrategy failure_strategy = FailureStrategy::continue_;
  bool auto_fence = false;              // a node that is lost stays out until a person unfences it
  std::int64_t wall_minus_mono_us = 0;  // of this node's clocks at its start; only for what people read
  rules::RuleSet rules;
  NamedValues common;  // what should be the same on every node
  Mutations mutations;
};

}  // namespace holdfast::cluster
