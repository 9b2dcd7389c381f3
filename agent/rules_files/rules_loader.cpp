#include "rules_files/rules_loader.hpp"

#include <utility>

#include "rules_files/rules_schema.hpp"
#include "wire/xml_document.hpp"

namespace holdfast {

Result<rules::ReadRules> load_rules(const std::vector<std::string>& files) {
  auto schema = wire::XmlSchema::parse(kRulesSchema, "rules.xsd");
  if (!schema) {
    return schema.error();
  }
  std::vector<rules::RulesFile> read;
  read.reserve(files.size());  // a tree that is moved is copied (PropertyTree of Boost 1.74)
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
    rules::RulesFile& file = read.emplace_back();
    file.path = path;
    document.value().to_tree().swap(file.tree);
  }
  if (!problems.empty()) {
    problems.pop_back();
    return Error{std::move(problems)};
  }
  return rules::read_rules(read);
}

}  // namespace holdfast
