// rules_loader.hpp: rules files from disk to a rule set: read and checked against schemas/rules.xsd
// (embedded) by agent/wire, understood by rules. All or nothing: one bad file refuses them all, with every
// problem as `file:line: …`. Blocks on files. Called at start, when a person has them read anew, and by the CLI.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "rules/rule_reader.hpp"

namespace holdfast {

/// No files: an empty rule set (every application is unmanaged).
Result<rules::ReadRules> load_rules(const std::vector<std::string>& files);

}  // namespace holdfast
