// rules_loader.hpp: rules files from disk to a rule set: read and checked against schemas/rules.xsd
// (embedded) by agent/wire, understood by rules. All or nothing: one bad file refuses them all, with every
// problem as `file:line: …`. Blocks on files; called before the loop runs.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "rules/rule_reader.hpp"

namespace holdfast {

/// No files: an empty rule set (every application is unmanaged).
Result<rules::ReadRules> load_rules(const std::vector<std::string>& files);

/// A short text that differs when the files' contents do; shown when nodes disagree.
std::string rules_fingerprint(const std::vector<std::string>& files);

}  // namespace holdfast
