// config_check.hpp: would a start with this configuration succeed, as far as its files decide it? Reads it and
// all that it names (rules, key, who this node is in the list), and changes nothing. Asked by `holdfastd -T`,
// and before a restart stops anything. Blocks on files and the name service.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/command_line.hpp"
#include "config/host.hpp"
#include "config/node_identity.hpp"
#include "config/settings.hpp"

namespace holdfast {

/// What the parts beyond the settings come to; nothing without a cluster.
struct ClusterCheck {
  std::optional<config::LocalNode> nodes;
  std::vector<std::string> warnings;  // of names, and of the rules
};

/// The errors that the agent would refuse to start with.
Result<ClusterCheck> check_cluster(const config::Settings& settings, const config::Host& host);

/// The whole, from the file on: what a restart would find.
Status check_configuration(const std::string& file, const config::CommandLine& command_line, const config::Host& host);

/// What `holdfastd -T` prints: what would run, where it would listen, which cluster it would join, and what
/// has no effect. Never a password or a program's environment.
std::string describe_configuration(const config::Settings& settings, const ClusterCheck& cluster);

/// An error of a configuration in one line for the log, with its place.
std::string log_line_of(const Error& error);

}  // namespace holdfast
