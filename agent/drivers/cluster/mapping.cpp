#include "drivers/cluster/mapping.hpp"

#include <algorithm>


namespace holdfast {
namespace {

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

}  // namespace

cluster::NodeOptions node_options_of(const config::Settings& settings, const config::LocalNode& nodes) {
  const config::ClusterSettings& from = *settings.cluster;
  cluster::NodeOptions options;
  options.cluster_name = from.name;
  options.identifier = nodes.nodes[nodes.self].identifier;
  for (const config::NodeIdentity& node : nodes.nodes) {
    options.roster.push_back({node.identifier, node.nick, false});
  }
  options.core = from.core;
  options.discovery = from.discovery();
  options.seeds = seed_endpoints_of(settings);
  options.stereotypes = from.stereotypes;
  options.synchronisation = synchronisation_of(from.wait_for);
  options.away_grace = std::chrono::milliseconds(from.away_grace_ms);
  options.starting_strategy = from.starting_strategy;
  options.conciliation_strategy = from.conciliation_strategy;
  options.failure_strategy = from.failure_strategy;
  options.auto_fence = from.auto_fence;
  return options;
}

cluster::NamedValues common_values_of(const config::ClusterSettings& settings, const std::string& rules_hash) {
  return {{"auto_fence", settings.auto_fence ? "true" : "false"},
          {"starting_strategy", std::string(name_of(settings.starting_strategy))},
          {"conciliation_strategy", std::string(name_of(settings.conciliation_strategy))},
          {"supvisors_failure_strategy", std::string(name_of(settings.failure_strategy))},
          {"the rules' fingerprint", rules_hash.empty() ? "none" : rules_hash.substr(0, 12)},
          {"the version", HOLDFAST_VERSION}};
}

cluster::ProcessFact fact_of(const supervision::Process& process, const supervision::StateChanged& change, bool disabled) {
  const config::ProcessSettings& settings = process.settings();
  const supervision::LastRun& run = change.last_run;
  cluster::ProcessFact fact;
  fact.group = process.key().group;
  fact.name = process.key().name;
  fact.program_name = settings.program_name;
  fact.process_index = settings.process_index;
  fact.disabled = disabled;
  fact.state = change.to;
  fact.awaits_restart = change.awaits_restart;
  fact.exit_status = run.exit_status.value_or(0);
  fact.expected_exit = change.to != supervision::ProcessState::exited || run.spawnerr.empty();
  fact.has_stdout = settings.stdout_channel.log.kind != config::LogTarget::Kind::none;
  fact.has_stderr =
      !settings.redirect_stderr && settings.stderr_channel.log.kind != config::LogTarget::Kind::none;
  fact.pid = static_cast<std::int32_t>(change.pid);
  fact.startsecs = settings.startsecs;
  fact.stopwaitsecs = settings.stopwaitsecs;
  fact.start_us = run.start_wall.us;
  fact.stop_us = run.stop_wall.us;
  fact.since_mono_ms = static_cast<std::uint64_t>(run.started_at.ms());
  fact.spawn_error = run.spawnerr;
  fact.ending = run.ending;
  fact.last_words = run.last_words;
  return fact;
}

cluster::ProcessFact fact_of(const supervision::Process& process, bool disabled) {
  supervision::StateChanged now;
  now.from = now.to = process.state();
  now.pid = process.pid();
  now.last_run = process.record().last_run;
  now.awaits_restart = process.awaits_restart();
  return fact_of(process, now, disabled);
}

}  // namespace holdfast
