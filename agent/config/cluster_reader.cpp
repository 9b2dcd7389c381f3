// [cluster] and the options of Supvisors' section; [cluster] wins key by key.
#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "base/text.hpp"
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
constexpr int kDefaultTimeoutS = 15;

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

template <typename List, typename Item>
bool among(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// The files that the blank-separated patterns match: sorted, absolute, each once (contract CFG-P6).
std::vector<std::string> find_files(ReadContext& context, const std::string& text, const std::string& base,
                                    const std::string& what) {
  std::vector<std::string> files;
  std::string word;
  for (const char letter : text + " ") {
    if (std::string_view(" \t\n\r\v\f").find(letter) == std::string_view::npos) {
      word += letter;
      continue;
    }
    if (!word.empty()) {
      const std::string expanded = expand_user(word, context.host);
      const std::string pattern = expanded.starts_with('/') ? expanded : base + "/" + expanded;
      const auto paths = context.host.glob(pattern);
      if (paths.empty()) {
        context.say(LogLevel::warn, what + ": no file matches \"" + word + "\"");
      }
      for (const std::string& path : paths) {
        files.push_back(normal_path(path, context.host));
      }
      word.clear();
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

/// Absolute; the file need not be there yet (contract CFG-20).
std::string disabilities_path(ReadContext& context, const std::string& text, const std::string& base) {
  const std::string expanded = expand_user(std::string(strip(text)), context.host);
  return expanded.empty() ? std::string()
                          : normal_path(expanded.starts_with('/') ? expanded : base + "/" + expanded, context.host);
}

/// The first of them; several are one too many (CFG-02).
std::string first_file(ReadContext& context, const std::string& text, const std::string& base, const std::string& what) {
  const auto files = find_files(context, text, base, what);
  if (files.size() > 1) {
    context.say(LogLevel::warn, what + ": " + std::to_string(files.size()) + " files match; " + files.front() + " is used");
  }
  return files.empty() ? std::string() : files.front();
}

/// Supvisors' section: an invalid value is an ERROR message and the default stays; only an empty set of
/// conditions is fatal (contract 1.2, CFG-X3).
class SupvisorsReader {
 public:
  SupvisorsReader(ReadContext& context, const std::string& section, const Expansions& names)
      : context_(context), keys_(context, section, names) {}

  Status run() {
    ClusterSettings& cluster = *context_.settings.cluster;
    take_nodes(cluster);
    if (const auto text = text_of("rules_files")) {
      cluster.rules_files =
          find_files(context_, *text, context_.host.working_directory(), label("rules_files"));
    }
    take_branding(cluster.branding);
    if (const auto text = text_of("core_identifiers")) {
      cluster.core = text::split_list(*text, ',');
      cluster.core_place = keys_.place("core_identifiers");
    }
    take("starting_strategy", cluster.starting_strategy, parse_starting_strategy, "CONFIG");
    take("conciliation_strategy", cluster.conciliation_strategy, parse_conciliation_strategy, "USER");
    take("multicast_group", cluster.multicast_group, parse_multicast_group, "none");
    take("multicast_interface", cluster.multicast_interface, parse_multicast_interface, "ANY");
    take("multicast_ttl", cluster.multicast_ttl, parse_multicast_ttl, "1");
    take("supvisors_failure_strategy", cluster.failure_strategy, parse_failure_strategy, "CONTINUE");
    take("auto_fence", cluster.auto_fence, [](const std::string& text) { return parse_boolean(strip(text)); }, "false");
    if (const auto text = text_of("disabilities_file")) {
      cluster.disabilities_file = disabilities_path(context_, *text, context_.host.working_directory());
    }
    take("event_link", cluster.event_link, parse_event_link, "NONE");
    take("event_port", cluster.event_port, parse_event_port, "the HTTP port plus 1");
    take("stereotypes", cluster.stereotypes, parse_stereotypes, "no stereotype");
    take("inactivity_ticks", cluster.inactivity_ticks, parse_inactivity_ticks, "2");
    take("tail_limit", cluster.tail_limit, parse_page_bytes, "1KB");
    take("tailf_limit", cluster.tailf_limit, parse_page_bytes, "1KB");
    take_statistics(cluster.statistics);
    if (Status status = take_synchronisation(cluster); !status) {
      return status;
    }
    return take_log(cluster.log);
  }

 private:
  [[nodiscard]] std::string label(std::string_view key) const {
    return "[" + keys_.section() + "] " + std::string(key);
  }

  void complain(std::string_view key, const std::string& why, std::string_view instead) {
    context_.say(LogLevel::error,
                 label(key) + " (" + keys_.place(key) + "): " + why + "; " + std::string(instead));
  }

  /// The expanded value. A value that does not expand is an invalid value like others.
  std::optional<std::string> text_of(std::string_view key) {
    SectionReader keys = keys_;
    auto text = keys.text(key);
    if (!keys.status()) {
      complain(key, supervisor_text(keys.status().error()), "it is ignored");
      return std::nullopt;
    }
    return text;
  }

  template <typename Target, typename Parse>
  void take(std::string_view key, Target& target, Parse parse, const std::string& default_text) {
    const auto text = text_of(key);
    if (!text) {
      return;
    }
    auto parsed = parse(*text);
    if (parsed) {
      target = parsed.value();
    } else {
      complain(key, parsed.error().message, "the default " + default_text + " is used");
    }
  }

  void take_branding(BrandingSettings& branding) {
    branding.name = strip(text_of("software_name").value_or(""));
    const std::string here = context_.host.working_directory();
    if (const auto text = text_of("software_icon")) {
      branding.icon = first_file(context_, *text, here, label("software_icon"));
    }
    if (const auto text = text_of("css_files")) {
      branding.css_files = find_files(context_, *text, here, label("css_files"));
    }
  }

  /// Supvisors does not start with a wrong value of these.
  Status take_log(ClusterLogSettings& log) {
    keys_.read("logfile", log.file, [&](const std::string& text) -> Result<std::string> {
      if (text::upper(strip(text)) == "AUTO") {
        return std::string();
      }
      const auto path = parse_existing_dirpath(text, context_.host);
      return path ? Result<std::string>(normal_path(path.value(), context_.host)) : path;
    });
    keys_.read("logfile_maxbytes", log.max_bytes, parse_byte_size);
    keys_.read("logfile_backups", log.backups, parse_log_backups);
    keys_.read("loglevel", log.level, parse_log_level);
    return keys_.status();
  }

  void take_statistics(StatisticsSettings& statistics) {
    MeasuredKinds kinds;
    take("stats_enabled", kinds, parse_statistics_enabled, "ALL");
    statistics.host = kinds.host;
    statistics.processes = kinds.processes;
    take("stats_collecting_period", statistics.collecting_period, parse_statistics_period, "5");
    take("stats_periods", statistics.periods, parse_statistics_periods, "10");
    take("stats_histo", statistics.histo, parse_statistics_histo, "200");
    take("stats_irix_mode", statistics.irix_mode, parse_boolean, "false");
  }

  void take_nodes(ClusterSettings& cluster) {
    const auto text = text_of("supvisors_list");
    cluster.nodes_place = text ? keys_.full_place("supvisors_list") : std::string();
    for (const std::string& part : text::split_list(text.value_or(""), ',')) {
      auto item = parse_node_item(part);
      if (!item) {
        complain("supvisors_list", item.error().message, "the item is ignored");
      } else if (cluster.nodes.size() >= limits::config_nodes) {
        complain("supvisors_list", "more than " + std::to_string(limits::config_nodes) + " nodes",
                 "the rest is ignored");
        return;
      } else if (!among(cluster.nodes, item.value())) {
        cluster.nodes.push_back(item.value());
      }
    }
  }

  Status take_synchronisation(ClusterSettings& cluster) {
    SynchronisationSettings wait;
    wait.strict = wait.core = true;
    int timeout_s = kDefaultTimeoutS;
    take("synchro_timeout", timeout_s, parse_synchro_timeout, "15");
    wait.timeout_s = timeout_s;
    take(
        "synchro_options", wait,
        [&](const std::string& text) { return parse_synchro_options(text, timeout_s); },
        "STRICT,TIMEOUT,CORE");
    // [cluster] may have what Supvisors' section lacks; it is read next.
    const bool has_core = !cluster.core.empty() || context_.document.find_value(kCluster, "core") != nullptr;
    const bool has_nodes =
        keys_.has("supvisors_list") || context_.document.find_value(kCluster, "nodes") != nullptr;
    if (wait.core && !has_core) {
      wait.core = false;
      if (keys_.has("synchro_options")) {
        context_.say(LogLevel::warn,
                     label("synchro_options") + ": CORE has no effect without core_identifiers");
      }
    }
    if (wait.strict && !has_nodes) {
      wait.strict = false;
      if (keys_.has("synchro_options")) {
        context_.say(LogLevel::warn,
                     label("synchro_options") + ": STRICT has no effect without supvisors_list");
      }
    }
    if (!wait.strict && !wait.list && !wait.core && !wait.user && !wait.timeout_s) {
      return keys_.error("synchro_options", "no condition is left that could end the wait for other nodes");
    }
    cluster.wait_for = wait;
    return {};
  }

  ReadContext& context_;
  SectionReader keys_;
};

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
    keys_.read("stereotypes", cluster.stereotypes, parse_stereotypes);
    keys_.read("event_link", cluster.event_link, parse_event_link);
    keys_.read("event_port", cluster.event_port, parse_event_port);
    keys_.read("event_authentication", cluster.event_authentication, parse_boolean);
    take_statistics(cluster.statistics);
    take_branding(cluster.branding);
    take_wait(cluster);
    return keys_.status();
  }

 private:
  void warn_of_overridden() {
    for (const auto& [option, key] : kSameMeaning) {
      if (!other_.empty() && keys_.has(key) && context_.document.find_value(other_, option) != nullptr) {
        context_.say(LogLevel::warn, "[cluster] " + std::string(key) + " is used, not " +
                                         std::string(option) + " of [" + other_ + "]");
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
      if (!among(cluster.nodes, item.value())) {
        cluster.nodes.push_back(item.value());
      }
    }
    if (cluster.nodes.empty() || cluster.nodes.size() > limits::config_nodes) {
      keys_.fail("nodes",
                 Error{"a cluster has between 1 and " + std::to_string(limits::config_nodes) + " nodes"});
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
      cluster.wait_for.timeout_s = kDefaultTimeoutS;
    }
    keys_.read("wait_for", cluster.wait_for, parse_wait_for);
    if (cluster.wait_for.strict && cluster.nodes.empty() && cluster.discovery()) {  // "all" of those that it comes to know
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
    if (Status status = SupvisorsReader(context, supvisors_section, names).run(); !status) {
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
