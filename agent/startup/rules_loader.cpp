#include "startup/rules_loader.hpp"

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include "cluster/codec/term.hpp"
#include "startup/rules_schema.hpp"
#include "wire/xml_document.hpp"

namespace holdfast {

Result<rules::ReadRules> load_rules(const std::vector<std::string>& files) {
  auto schema = wire::XmlSchema::parse(kRulesSchema, "rules.xsd");
  if (!schema) {
    return schema.error();
  }
  std::vector<rules::RulesFile> read;
  std::string problems;
  for (const std::string& path : files) {
    auto document = wire::XmlDocument::load(path);
    if (!document) {
      problems += document.error().message + "\n";
      continue;
    }
    for (const Error& problem : schema.value().validate(document.value())) {
      problems += problem.message + "\n";
    }
    read.push_back({path, document.value().to_tree()});
  }
  if (!problems.empty()) {
    problems.pop_back();
    return Error{std::move(problems)};
  }
  return rules::read_rules(std::move(read));
}

std::string rules_fingerprint(const std::vector<std::string>& files) {
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

}  // namespace holdfast
