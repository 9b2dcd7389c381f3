// rule_explanation.hpp: the effective rules of one application or process as texts, each with the element that says so:
// the rule that matched, a model, the application, or the default. It decides nothing: the values are the Matcher's.
// Called by rule_changes and, for people, by api. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_matcher.hpp"

namespace holdfast::rules {

struct ExplainedLeaf {
  std::string_view name;  // of the element in a rules file
  std::string value;
  std::string source;  // `program name "x" at rules.xml:7`, `model "m" at …`, `default` …
};

/// Of an application that no rule matches: empty, for it is not managed.
std::vector<ExplainedLeaf> explain_application(const Matcher& matcher, const std::string& name);

/// Of a process of a managed application; empty if it is not managed.
std::vector<ExplainedLeaf> explain_program(const Matcher& matcher, const ProcessId& id);

}  // namespace holdfast::rules
