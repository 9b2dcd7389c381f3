#include "drivers/cluster/start_options.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

namespace holdfast {
namespace {

constexpr int kDefaultTicks = 2;
constexpr Duration kTick = 5s;  // Supvisors' (contract supvisors.md, head)
constexpr Duration kSlowBeyondFast = 2s;

cluster::Synchronisation synchronisation_of(const config::SynchronisationSettings& from) {
  cluster::Synchronisation to;
  to.strict = from.strict;
  to.list = from.list;
  to.core = from.core;
  to.majority = from.majority;
  to.user = from.user;
  if (from.timeout_s) {
    to.timeout = std::chrono::seconds(*from.timeout_s);
  }
  return to;
}

cluster::DetectorTimings detection_of(const config::ClusterSettings& settings, bool fast) {
  cluster::DetectorTimings timings =
      fast ? cluster::DetectorTimings::fast_profile() : cluster::DetectorTimings::tolerant_profile();
  if (settings.inactivity_ticks >
      kDefaultTicks) {  // who asks for patience gets it; the default is faster than Supvisors
    timings.fast = std::max<Duration>(timings.fast, settings.inactivity_ticks * kTick);
    timings.slow = std::max<Duration>(timings.slow, timings.fast + kSlowBeyondFast);
  }
  return timings;
}

}  // namespace

cluster::NodeOptions node_options_of(const config::Settings& settings, const ClusterFacts& facts, bool fast,
                                     std::int64_t wall_minus_mono_us) {
  const config::ClusterSettings& from = *settings.cluster;
  cluster::NodeOptions options;
  options.cluster_name = from.name;
  options.identifier = facts.self().identifier;
  for (const config::NodeIdentity& node : facts.nodes.nodes) {
    options.roster.push_back({node.identifier, node.nick, false});
  }
  options.core = from.core;
  options.discovery = from.discovery();
  options.seeds = seed_endpoints_of(settings);
  options.stereotypes = from.stereotypes;
  options.synchronisation = synchronisation_of(from.wait_for);
  options.synchronisation.core_hold = std::chrono::milliseconds(from.core_hold_ms);
  options.away_grace = std::chrono::milliseconds(from.away_grace_ms);
  options.starting_strategy = from.starting_strategy;
  options.conciliation_strategy = from.conciliation_strategy;
  options.failure_strategy = from.failure_strategy;
  options.auto_fence = from.auto_fence;
  options.incarnation = facts.identity.incarnation;
  options.term = {facts.identity.epoch, facts.identity.master.empty() ? 0 : cluster::node_id_of(facts.identity.master)};
  options.machine_id = facts.machine_id;
  options.rules = facts.rules.rules;
  options.common = common_values_of(from, facts.rules.hash);
  options.wall_minus_mono_us = wall_minus_mono_us;
  options.detection = detection_of(from, fast);
  return options;
}

bool detects_fast(const config::ClusterSettings& settings, transport::Priority priority) {
  return settings.detection == config::DetectionProfile::fast ||
         (settings.detection == config::DetectionProfile::automatic && priority != transport::Priority::normal);
}

transport::TransportOptions transport_options_of(const config::Settings& settings, const ClusterFacts& facts) {
  transport::TransportOptions options;
  options.bind_address = inet_server_of(settings).host;
  if (const auto& fixed = settings.cluster->gossip_ports) {
    options.ports = {fixed->first, fixed->second, static_cast<std::uint16_t>(fixed->second + 1)};
  }
  options.node_id = cluster::node_id_of(facts.self().identifier);
  options.cluster_id = cluster::cluster_id_of(settings.cluster->name);
  return options;
}

transport::HelloSelf hello_self_of(const config::Settings& settings, const ClusterFacts& facts) {
  transport::HelloSelf self;
  self.cluster = settings.cluster->name;
  self.key = facts.keys.key;
  self.former_key = facts.keys.former;
  self.identity.identifier = facts.self().identifier;
  self.identity.nick = facts.self().nick;
  self.identity.node_id = cluster::node_id_of(facts.self().identifier);
  self.identity.machine_id = facts.machine_id;
  self.identity.runtime_location = facts.runtime_location;
  self.identity.rules_hash = facts.rules.hash;
  for (const std::string& tag : settings.cluster->stereotypes) {
    self.identity.facts.emplace_back(transport::fact_stereotype, tag);
  }
  if (const std::string address = own_address_of(settings); !address.empty()) {
    self.identity.facts.emplace_back(transport::fact_address, address);
  }
  say_common_values(self.identity, common_values_of(*settings.cluster, facts.rules.hash));
  return self;
}

transport::Announcement announcement_of(const config::Settings& settings, const ClusterFacts& facts) {
  transport::Announcement self;
  self.cluster = settings.cluster->name;
  self.identifier = facts.self().identifier;
  self.nick = facts.self().nick;
  self.port = inet_server_of(settings).port;
  self.address = own_address_of(settings);
  return self;
}

std::string own_address_of(const config::Settings& settings) {
  boost::system::error_code no_number;
  const auto address = boost::asio::ip::make_address(inet_server_of(settings).host, no_number);
  return no_number || address.is_unspecified() ? "" : address.to_string();
}

cluster::NamedValues common_values_of(const config::ClusterSettings& settings, const std::string& rules_hash) {
  return {{"auto_fence", settings.auto_fence ? "true" : "false"},
          {"starting_strategy", std::string(name_of(settings.starting_strategy))},
          {"conciliation_strategy", std::string(name_of(settings.conciliation_strategy))},
          {"supvisors_failure_strategy", std::string(name_of(settings.failure_strategy))},
          {"the rules' fingerprint", rules_hash.empty() ? "none" : rules_hash.substr(0, 12)},
          {"the version", HOLDFAST_VERSION}};
}

void say_common_values(transport::NodeIdentity& identity, const cluster::NamedValues& common) {
  std::erase_if(identity.facts, [](const auto& fact) { return fact.first.starts_with(transport::fact_common); });
  for (const auto& [name, value] : common) {
    identity.facts.emplace_back(std::string(transport::fact_common) + name, value);
  }
}

}  // namespace holdfast
