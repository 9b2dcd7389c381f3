// rule_changes.hpp: what becomes different for whom when one set of rules takes the place of another: every leaf of
// every application and process that the cluster knows now. Changes nothing. Called when rules are read anew. Pure
// function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_matcher.hpp"
#include "rules/view.hpp"

namespace holdfast::rules {

/// `before` or `after` is empty where the rules do or did not manage the subject.
struct RuleChange {
  std::string subject;  // application, or group:name
  std::string_view leaf;
  std::string before;
  std::string after;
};

/// In order of subjects. `managed` is a leaf here: `true` or `false`.
std::vector<RuleChange> changes_between(const Matcher& before, const Matcher& after, const ClusterView& view);

}  // namespace holdfast::rules
