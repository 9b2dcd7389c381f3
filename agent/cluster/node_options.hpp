// node_options.hpp: everything a Node is told once, at its start. Plain values, made by the composition root
// from the settings, the rules and the identity file (and by the simulator from its seed).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/strategies.hpp"
#include "cluster/mastery/cluster_state.hpp"
#include "cluster/node_differences.hpp"
#include "cluster/mastery/term.hpp"
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

/// Deliberate faults, so that the simulator can show that it would notice them. All off in the product.
struct Mutations {
  bool skip_term_check = false;         // commands of an old Master are executed
  bool forget_epoch = false;            // the term is not handed out for the disk
  bool snapshot_ignores_seq = false;    // an old snapshot overwrites newer rows
  bool execute_every_copy = false;      // a duplicated command is executed again
  bool accept_any_incarnation = false;  // frames of an earlier life are believed
  bool no_gap_repair = false;           // a lost change is never asked for
  bool ignore_rival_master = false;     // two Masters in sight of each other both stay
  bool keep_forced = false;             // the next Master does not end what the one before it showed
  bool forget_fences = false;           // a new Master lets every fenced node in
  bool count_fenced = false;            // a fenced node that is heard again counts
  bool keep_losses = false;             // a new Master is not told of the losses that others saw
  bool leave_is_loss = false;           // a planned stop is taken for a death
  bool execute_old_orders = false;      // an order that was long under way is executed
  bool ignore_target_life = false;      // an order meant for an earlier life is executed
  bool ignore_known_life = false;       // a life below one that the peers know goes on
  bool never_reconnect = false;         // a silent peer's connection is never made anew
  bool never_dead = false;              // a silent node is never called dead
  bool dead_without_witness = false;    // silence alone is death: the peers are not heard
  bool late_is_dead = false;            // no patience and no witness
  bool roster_kept = false;             // nobody is told of nodes that he does not know
};

struct NodeOptions {
  std::string cluster_name = "holdfast";
  std::string identifier;          // mine; must be in the roster
  std::vector<RosterItem> roster;  // order of declaration; with discovery, where it begins
  bool discovery = false;          // nodes that prove to have the cluster's key join the roster
  std::vector<std::string> seeds;  // host:port of nodes whose names are not known yet; with discovery only
  std::vector<std::string> core;   // nicks, identifiers or stereotypes of core nodes, beside RosterItem::core
  std::vector<std::string> stereotypes;  // mine
  std::uint64_t incarnation = 1;   // already higher than any used before (identity file + 1)
  Term term;                       // the last one persisted
  std::string machine_id;
  DetectorTimings detection;
  Synchronisation synchronisation;
  Duration away_grace = 3s;
  StartingStrategy starting_strategy = StartingStrategy::config;
  ConciliationStrategy conciliation_strategy = ConciliationStrategy::user;
  FailureStrategy failure_strategy = FailureStrategy::continue_;
  bool auto_fence = false;              // a node that is lost stays out until a person lets it in
  std::int64_t wall_minus_mono_us = 0;  // of this node's clocks at its start; only for what people read
  rules::RuleSet rules;
  std::uint64_t config_version = 0;
  NamedValues common;  // what should be the same on every node
  Mutations mutations;
};

}  // namespace holdfast::cluster
