// The options of Supvisors' section; [cluster] may overrule them afterwards (cluster_reader.cpp).
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

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
      cluster.rules_files = find_files(context_, *text, context_.host.working_directory(), label("rules_files"));
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
    take(
        "auto_fence", cluster.auto_fence, [](const std::string& text) { return parse_boolean(strip(text)); }, "false");
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

  void report_invalid(std::string_view key, const std::string& why, std::string_view instead) {
    context_.say(LogLevel::error, label(key) + " (" + keys_.place(key) + "): " + why + "; " + std::string(instead));
  }

  /// The expanded value. A value that does not expand is an invalid value like others.
  std::optional<std::string> text_of(std::string_view key) {
    SectionReader keys = keys_;
    auto text = keys.text(key);
    if (!keys.status()) {
      report_invalid(key, supervisor_text(keys.status().error()), "it is ignored");
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
      report_invalid(key, parsed.error().message, "the default " + default_text + " is used");
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
        report_invalid("supvisors_list", item.error().message, "the item is ignored");
      } else if (cluster.nodes.size() >= limits::config_nodes) {
        report_invalid("supvisors_list", "more than " + std::to_string(limits::config_nodes) + " nodes",
                       "the rest is ignored");
        return;
      } else if (std::find(cluster.nodes.begin(), cluster.nodes.end(), item.value()) == cluster.nodes.end()) {
        cluster.nodes.push_back(item.value());
      }
    }
  }

  Status take_synchronisation(ClusterSettings& cluster) {
    SynchronisationSettings wait;
    wait.strict = wait.core = true;
    int timeout_s = kSynchronisationTimeoutS;
    take("synchro_timeout", timeout_s, parse_synchro_timeout, "15");
    wait.timeout_s = timeout_s;
    take(
        "synchro_options", wait, [&](const std::string& text) { return parse_synchro_options(text, timeout_s); },
        "STRICT,TIMEOUT,CORE");
    // [cluster] may have what Supvisors' section lacks; it is read next.
    const bool has_core = !cluster.core.empty() || context_.document.find_value("cluster", "core") != nullptr;
    const bool has_nodes = keys_.has("supvisors_list") || context_.document.find_value("cluster", "nodes") != nullptr;
    if (wait.core && !has_core) {
      wait.core = false;
      if (keys_.has("synchro_options")) {
        context_.say(LogLevel::warn, label("synchro_options") + ": CORE has no effect without core_identifiers");
      }
    }
    if (wait.strict && !has_nodes) {
      wait.strict = false;
      if (keys_.has("synchro_options")) {
        context_.say(LogLevel::warn, label("synchro_options") + ": STRICT has no effect without supvisors_list");
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

}  // namespace

Status read_supvisors(ReadContext& context, const std::string& section, const Expansions& names) {
  return SupvisorsReader(context, section, names).run();
}

}  // namespace holdfast::config
