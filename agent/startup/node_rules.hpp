// node_rules.hpp: the rules of this node, by the files that its configuration names: at the start, and again when a
// person asks for it; then the configuration is read anew too, so that a new file is found. Blocks on files. Called by
// cluster_preparation.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/command_line.hpp"
#include "config/host.hpp"
#include "config/settings.hpp"
#include "drivers/cluster/cluster_facts.hpp"

namespace holdfast {

/// No files: no rules (every application is unmanaged). The error lists every problem as `file:line: …`.
Result<NodeRules> read_node_rules(const config::ClusterSettings& settings);

/// `file`: the configuration's. An error also when that does not load.
Result<NodeRules> read_node_rules_anew(const std::string& file, const config::CommandLine& command_line,
                                       const config::Host& host);

}  // namespace holdfast
