#include "startup/node_rules.hpp"

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include "cluster/codec/term.hpp"
#include "config/error_text.hpp"
#include "config/settings_reader.hpp"
#include "rules_files/rules_loader.hpp"

namespace holdfast {
namespace {

std::string fingerprint(const std::vector<std::string>& files) {
  std::string all;
  for (const std::string& path : files) {
    std::ifstream file(path, std::ios::binary);
    all.append(std::istreambuf_iterator<char>(file), {});
    all += '\0';
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(cluster::stable_hash(all)));
  return text;
}

}  // namespace

Result<NodeRules> read_node_rules(const config::ClusterSettings& settings) {
  auto read = load_rules(settings.rules_files);
  if (!read) {
    return read.error();
  }
  rules::ReadRules& value = read.value();
  return NodeRules{std::move(value.rules), fingerprint(settings.rules_files), settings.rules_files,
                   std::move(value.warnings)};
}

Result<NodeRules> read_node_rules_anew(const std::string& file, const config::CommandLine& command_line,
                                       const config::Host& host) {
  auto settings = config::read_settings(file, command_line, host);
  if (!settings) {
    return Error{config::supervisor_text(settings.error())};
  }
  if (!settings.value().cluster) {
    return Error{file + " names no cluster any more; a restart of the agent would leave it"};
  }
  return read_node_rules(*settings.value().cluster);
}

}  // namespace holdfast
