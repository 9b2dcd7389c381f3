// cluster_facts.hpp: what a node's part in the cluster rests on, and what the cluster's driver must therefore be given:
// who is who, this start's identity, the rules, the cluster key. Values only; made by startup (cluster_preparation.hpp)
// before anything is bound.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/node_identity.hpp"
#include "rules/rule_model.hpp"
#include "storage/state_dir.hpp"
#include "transport/cluster_key.hpp"

namespace holdfast {

/// A node's rules as they were read last.
struct NodeRules {
  rules::RuleSet rules;
  std::string hash;  // differs when the files' contents do; compared between nodes
  std::vector<std::string> files;
  std::vector<std::string> warnings;  // `file:line: …`
};

struct ClusterFacts {
  config::LocalNode nodes;
  storage::Identity identity;  // of this start: incarnation already counted up and saved
  std::string machine_id;
  std::string runtime_location;  // transport::NodeIdentity::runtime_location
  NodeRules rules;
  transport::ClusterKeys keys;
  /// Reads them anew from where they came from.
  std::function<Result<transport::ClusterKeys>()> read_keys;
  /// The files that the configuration names by now; on error, every problem with file and line.
  std::function<Result<NodeRules>()> read_rules;

  [[nodiscard]] const config::NodeIdentity& self() const { return nodes.nodes[nodes.self]; }
};

}  // namespace holdfast
