// rule_reader.hpp: XML trees (built by wire/xml_document, already well-formed) to one RuleSet. Structure that
// the schema refuses (unknown element, missing name of an alias, a leaf twice) is an error and the whole set
// is refused; a value out of range keeps its default with a message (contract supvisors.md 2.7), unless
// `schemas/rules.xsd` refuses it too: then it is an error like there. Opens no file. Called by
// agent/rules_files.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/tree.hpp"
#include "rules/rule_model.hpp"

namespace holdfast::rules {

/// One parsed file. `tree` holds the document: its child `root` is the root element.
struct RulesFile {
  std::string path;
  Tree tree;
};

struct ReadRules {
  RuleSet rules;
  std::vector<std::string> warnings;  // `file:line: …`, what was ignored and what holds instead
};

/// All files merged in sorted order of their paths (contract RUL-L1, L4). On error the message lists every
/// problem, one per line as `file:line: …`, and the caller keeps its last good rules.
Result<ReadRules> read_rules(const std::vector<RulesFile>& files);

}  // namespace holdfast::rules
