#include "startup/config_check.hpp"

#include <algorithm>

#include "config/error_text.hpp"
#include "config/settings_reader.hpp"
#include "rules/rule_review.hpp"
#include "rules_files/rules_loader.hpp"
#include "transport/cluster_key.hpp"

namespace holdfast {

namespace {

/// Names in rules that mean nobody as far as this file tells: another node may carry one as its stereotype.
std::vector<std::string> doubtful_names_in(const rules::RuleSet& rules, const config::ClusterSettings& settings,
                                           const config::LocalNode& nodes) {
  if (settings.discovery()) {
    return {};  // whoever comes has a name that no file says
  }
  const auto is_known = [&](std::string_view name) {
    return std::ranges::find(settings.stereotypes, name) != settings.stereotypes.end() ||
           std::ranges::any_of(nodes.nodes, [name](const config::NodeIdentity& node) {
             return node.identifier == name || node.nick == name;
           });
  };
  return rules::review_names(rules::Matcher(rules), is_known, " is no node of the list and no stereotype of this one");
}

}  // namespace

Result<ClusterCheck> check_cluster(const config::Settings& settings, const config::Host& host) {
  ClusterCheck check;
  if (!settings.cluster) {
    return check;
  }
  auto nodes = config::find_local_node(settings, host);
  if (!nodes) {
    return nodes.error();
  }
  check.nodes = std::move(nodes).value();
  auto rules = load_rules(settings.cluster->rules_files);
  if (!rules) {
    return rules.error();
  }
  check.warnings = config::doubtful_names(settings, *check.nodes);
  check.warnings.insert(check.warnings.end(), rules.value().warnings.begin(), rules.value().warnings.end());
  const auto doubtful = doubtful_names_in(rules.value().rules, *settings.cluster, *check.nodes);
  check.warnings.insert(check.warnings.end(), doubtful.begin(), doubtful.end());
  if (!settings.cluster->key_file.empty()) {
    if (const auto key = transport::load_cluster_keys(settings.cluster->key_file); !key) {
      return key.error();
    }
  }
  return check;
}

Status check_configuration(const std::string& file, const config::CommandLine& command_line, const config::Host& host) {
  auto settings = config::read_settings(file, command_line, host);
  if (!settings) {
    return settings.error();
  }
  if (Status allowed = config::check_user(settings.value(), host); !allowed) {
    return allowed;
  }
  const auto cluster = check_cluster(settings.value(), host);
  return cluster ? Status() : Status(cluster.error());
}

namespace {

/// Whether the error is about a value that is often a secret. Whoever asked is told it, as Supervisor does; no log is.
bool may_hold_a_secret(std::string_view place) {
  return place.ends_with("key environment") || place.ends_with("key password");
}

}  // namespace

std::string log_line_of(const Error& error) {
  const std::string place = config::place_text(error);
  if (may_hold_a_secret(place)) {
    return "its value is not understood, or has a name that cannot be expanded; it may be a secret and is not shown (" +
           place + ")";
  }
  std::string line;
  for (const char letter : config::supervisor_text(error)) {
    const bool blank = letter == '\n' || letter == '\t';
    if (!blank) {
      line += letter;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return place.empty() ? line : line + " (" + place + ")";
}

}  // namespace holdfast
