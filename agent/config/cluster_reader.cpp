// [cluster], and what it makes of the values of Supvisors' section: [cluster] wins key by key.
#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "config/cluster_files.hpp"
#include "config/cluster_values.hpp"
#include "config/discovery_values.hpp"
#include "config/node_identity.hpp"
#include "config/python_text.hpp"
#include "config/section_readers.hpp"
#include "config/statistics_values.hpp"
#include "config/supvisors_values.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

constexpr const char* kCluster = "cluster";

/// Supvisors' options that are acted on, with the key of [cluster] that says the same.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kSameMeaning{{
    {"supvisors_list", "nodes"},
    {"rules_files", "rules"},
    {"synchro_options", "wait_for"},
    {"synchro_timeout", "wait_for"},
    {"core_identifiers", "core"},
    {"starting_strategy", "starting_strategy"},
    {"conciliation_strategy", "conciliation_strategy"},
    {"supvisors_failure_strategy", "failure_strategy"},
    {"auto_fence", "auto_fence"},
    {"disabilities_file", "disabilities_file"},
    {"event_link", "event_link"},
    {"stereotypes", "stereotypes"},
    {"event_port", "event_port"},
    {"software_name", "software_name"},
    {"software_icon", "software_icon"},
    {"css_files", "css_files"},
    {"stats_enabled", "stats_enabled"},
    {"stats_collecting_period", "stats_collecting_period"},
    {"stats_periods", "stats_periods"},
    {"stats_histo", "stats_histo"},
    {"stats_irix_mode", "stats_irix_mode"},
    {"multicast_group", "multicast_group"},
    {"multicast_interface", "multicast_interface"},
    {"multicast_ttl", "multicast_ttl"},
}};

/// [cluster]: every invalid value is an error.
class ClusterReader {
 public:
  ClusterReader(ReadContext& context, std::string other_section, const Expansions& names)
      : context_(context), other_(std::move(other_section)), keys_(context, kCluster, names) {}

  Status run() {
    ClusterSettings& cluster = *context_.settings.cluster;
    warn_of_overridden();
    keys_.read("name", cluster.name, parse_cluster_name);
    take_nodes(cluster);
    keys_.read("seeds", cluster.seeds, parse_seeds);
    keys_.read("multicast_group", cluster.multicast_group, parse_multicast_group);
    keys_.read("multicast_interface", cluster.multicast_interface, parse_multicast_interface);
    keys_.read("multicast_ttl", cluster.multicast_ttl, parse_multicast_ttl);
    if (const auto text = keys_.text("rules")) {
      cluster.rules_files = find_files(context_, *text, context_.here, "[cluster] rules");
    }
    keys_.read("key_file", cluster.key_file, [&](const std::string& text) { return parse_key_file(text); });
    keys_.read("gossip_ports", cluster.gossip_ports, parse_gossip_ports);
    if (const auto text = keys_.text("core")) {
      cluster.core = text::split_list(*text, ',');
      cluster.core_place = keys_.place("core");
    }
    keys_.read("starting_strategy", cluster.starting_strategy, parse_starting_strategy);
    keys_.read("conciliation_strategy", cluster.conciliation_strategy, parse_conciliation_strategy);
    keys_.read("failure_strategy", cluster.failure_strategy, parse_failure_strategy);
    keys_.read("auto_fence", cluster.auto_fence, parse_boolean);
    if (const auto text = keys_.text("disabilities_file")) {
      cluster.disabilities_file = disabilities_path(context_, *text, context_.here);
    }
    keys_.read("detection", cluster.detection, parse_detection);
    keys_.read("away_grace", cluster.away_grace_ms, parse_away_grace_ms);
    keys_.read("core_hold", cluster.core_hold_ms, parse_core_hold_ms);
    keys_.read("stereotypes", cluster.stereotypes, parse_stereotypes);
    keys_.read("event_link", cluster.event_link, parse_event_link);
    keys_.read("event_port", cluster.event_port, parse_event_port);
    keys_.read("event_authentication", cluster.event_authentication, parse_boolean);
    keys_.read("event_snapshot", cluster.event_snapshot, parse_boolean);
    take_statistics(cluster.statistics);
    take_branding(cluster.branding);
    take_wait(cluster);
    return keys_.status();
  }

 private:
  void warn_of_overridden() {
    for (const auto& [option, key] : kSameMeaning) {
      if (!other_.empty() && keys_.has(key) && context_.document.find_value(other_, option) != nullptr) {
        context_.say(LogLevel::warn,
                     "[cluster] " + std::string(key) + " is used, not " + std::string(option) + " of [" + other_ + "]");
      }
    }
  }

  void take_branding(BrandingSettings& branding) {
    if (const auto text = keys_.text("software_name")) {
      branding.name = strip(*text);
    }
    if (const auto text = keys_.text("software_icon")) {
      branding.icon = first_file(context_, *text, context_.here, "[cluster] software_icon");
    }
    if (const auto text = keys_.text("css_files")) {
      branding.css_files = find_files(context_, *text, context_.here, "[cluster] css_files");
    }
  }

  void take_statistics(StatisticsSettings& statistics) {
    MeasuredKinds kinds{statistics.host, statistics.processes};
    keys_.read("stats_enabled", kinds, parse_statistics_enabled);
    statistics.host = kinds.host;
    statistics.processes = kinds.processes;
    keys_.read("stats_collecting_period", statistics.collecting_period, parse_statistics_period);
    keys_.read("stats_periods", statistics.periods, parse_statistics_periods);
    keys_.read("stats_histo", statistics.histo, parse_statistics_histo);
    keys_.read("stats_irix_mode", statistics.irix_mode, parse_boolean);
  }

  void take_nodes(ClusterSettings& cluster) {
    const auto text = keys_.text("nodes");
    if (!text) {
      return;
    }
    cluster.nodes.clear();
    cluster.nodes_place = keys_.full_place("nodes");
    for (const std::string& part : text::split_list(*text, ',')) {
      auto item = parse_node_item(part);
      if (!item) {
        keys_.fail("nodes", item.error());
        return;
      }
      if (std::find(cluster.nodes.begin(), cluster.nodes.end(), item.value()) == cluster.nodes.end()) {
        cluster.nodes.push_back(item.value());
      }
    }
    if (cluster.nodes.empty() || cluster.nodes.size() > limits::config_nodes) {
      keys_.fail("nodes", Error{"a cluster has between 1 and " + std::to_string(limits::config_nodes) + " nodes"});
    }
  }

  Result<std::string> parse_key_file(const std::string& text) {
    const std::string expanded = expand_user(text, context_.host);
    const std::string path =
        normal_path(expanded.starts_with('/') ? expanded : context_.here + "/" + expanded, context_.host);
    if (text.empty() || !context_.host.exists(path)) {
      return Error{"there is no key file " + path + "; make one with `holdfastctl keys new FILE`"};
    }
    return path;
  }

  void take_wait(ClusterSettings& cluster) {
    if (other_.empty() && !keys_.has("wait_for")) {
      cluster.wait_for.strict = !cluster.nodes.empty();
      cluster.wait_for.list = cluster.nodes.empty() && cluster.discovery();
      cluster.wait_for.timeout_s = kSynchronisationTimeoutS;
    }
    keys_.read("wait_for", cluster.wait_for, parse_wait_for);
    if (cluster.wait_for.strict && cluster.nodes.empty() &&
        cluster.discovery()) {  // "all" of those that it comes to know
      cluster.wait_for.strict = false;
      cluster.wait_for.list = true;
    }
    const std::string words = keys_.text("wait_for").value_or("");
    if (cluster.failure_strategy != FailureStrategy::continue_ && (keys_.has("wait_for") || other_.empty()) &&
        (cluster.wait_for.strict || cluster.wait_for.list || cluster.wait_for.core || cluster.wait_for.majority) &&
        words.find_first_of("0123456789") == std::string::npos) {
      cluster.wait_for.timeout_s.reset();  // who reacts to a condition that fails waits for it, unless told how long
    }
    if (keys_.has("wait_for") && cluster.wait_for.core && cluster.core.empty()) {
      keys_.fail("wait_for", Error{"wait_for says core, but [cluster] core names no node"});
    }
  }

  ReadContext& context_;
  std::string other_;
  SectionReader keys_;
};

}  // namespace

Status read_cluster(ReadContext& context) {
  const std::string& supvisors_section = context.supvisors_section;
  if (!context.settings.cluster) {
    return {};
  }
  const bool native = context.document.has_section(kCluster);
  Expansions names(&context.environment);
  names.set("here", context.here);
  names.set("host_node_name", context.node_name);
  if (!supvisors_section.empty()) {
    if (Status status = read_supvisors(context, supvisors_section, names); !status) {
      return status;
    }
  }
  if (native) {
    if (Status status = ClusterReader(context, supvisors_section, names).run(); !status) {
      return status;
    }
  }
  ClusterSettings& cluster = *context.settings.cluster;
  if (cluster.failure_strategy != FailureStrategy::continue_ && cluster.wait_for.timeout_s) {  // CFG-X4
    cluster.failure_strategy = FailureStrategy::continue_;
    context.say(LogLevel::warn,
                native ? "[cluster] failure_strategy is CONTINUE, because a number of seconds is in wait_for"
                       : "[" + supvisors_section +
                             "] supvisors_failure_strategy is CONTINUE, because TIMEOUT is in synchro_options");
  }
  const auto& servers = context.settings.servers;
  const bool reachable = std::any_of(servers.begin(), servers.end(), [](const HttpServerSettings& server) {
    return server.kind == HttpServerSettings::Kind::inet;
  });
  if (!reachable) {
    const std::string& section = native ? kCluster : supvisors_section;
    return error_at("[" + section + "] needs an [inet_http_server]: other nodes reach this one at its port",
                    context.document.find_section(section), section, "");
  }
  return {};
}

}  // namespace holdfast::config
