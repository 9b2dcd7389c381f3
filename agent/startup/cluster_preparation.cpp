#include "startup/cluster_preparation.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "startup/cluster_key_source.hpp"
#include "startup/node_rules.hpp"

namespace holdfast {
namespace {

constexpr const char* kOpenGossip =
    "gossip is open: neither encrypted nor authenticated, because there is no cluster key (make one with "
    "'holdfastctl keys new FILE' and name it in [cluster] key_file on every node)";

/// One boot of one kernel: agents in containers of one machine have the same, those of two machines never, whatever
/// image they were made from (/etc/machine-id is the image's). Empty when the system does not tell: a machine of its
/// own.
std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  std::getline(file, boot);
  return boot;
}

/// That boot and one network namespace on it: two agents with the same cannot both have bound a node's port. Empty when
/// the system does not tell.
std::string runtime_location_of_this_agent() {
  const std::string boot = boot_id();
  std::error_code failed;
  const auto network = std::filesystem::read_symlink("/proc/self/ns/net", failed);
  return boot.empty() || failed ? std::string() : boot + " " + network.string();
}

}  // namespace

Result<std::optional<ClusterFacts>> prepare_cluster(const config::Settings& settings,
                                                    const config::CommandLine& command_line, const config::Host& host,
                                                    const storage::Identity& identity, storage::MainLog& log,
                                                    Warnings& warnings) {
  if (!settings.cluster) {
    return std::optional<ClusterFacts>();
  }
  auto nodes = config::find_local_node(settings, host);
  if (!nodes) {
    return nodes.error();
  }
  for (const std::string& warning : config::doubtful_names(settings, nodes.value())) {
    log.warn(warning);
  }
  auto rules = read_node_rules(*settings.cluster);
  if (!rules) {
    return rules.error();
  }
  for (const std::string& warning : rules.value().warnings) {
    log.warn(warning);
  }
  auto keys = cluster_key_of(settings);
  if (!keys) {
    return keys.error();
  }
  ClusterFacts facts;
  facts.nodes = std::move(nodes).value();
  facts.identity = identity;
  facts.machine_id = boot_id();
  facts.runtime_location = runtime_location_of_this_agent();
  facts.rules = std::move(rules).value();
  facts.read_rules = [&settings, &command_line, &host] {
    return read_node_rules_anew(settings.file, command_line, host);
  };
  facts.keys = std::move(keys).value();
  facts.read_keys = [&settings] { return cluster_key_of(settings); };
  if (facts.keys.key.open()) {
    log.critical(kOpenGossip);
    warnings.set_warning("gossip", kOpenGossip);
  }
  return std::optional(std::move(facts));
}

}  // namespace holdfast
