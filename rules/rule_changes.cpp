#include "rules/rule_changes.hpp"

#include <algorithm>

#include "rules/rule_explanation.hpp"

namespace holdfast::rules {
namespace {

const ExplainedLeaf* find(const std::vector<ExplainedLeaf>& leaves, std::string_view name) {
  const auto found = std::ranges::find(leaves, name, &ExplainedLeaf::name);
  return found == leaves.end() ? nullptr : &*found;
}

/// Of a subject that both rules manage, or neither.
void compare(const std::string& subject, const std::vector<ExplainedLeaf>& before,
             const std::vector<ExplainedLeaf>& after, std::vector<RuleChange>& changes) {
  for (const ExplainedLeaf& leaf : after) {
    const ExplainedLeaf* old = find(before, leaf.name);
    if (old != nullptr && old->value != leaf.value) {
      changes.push_back({subject, leaf.name, old->value, leaf.value});
    }
  }
}

}  // namespace

std::vector<RuleChange> changes_between(const Matcher& before, const Matcher& after, const ClusterView& view) {
  std::vector<RuleChange> changes;
  for (const auto& [application, processes] : view.applications) {
    const bool was_managed = before.application(application).managed;
    const bool is_managed = after.application(application).managed;
    if (was_managed != is_managed) {
      changes.push_back({application, "managed", was_managed ? "true" : "false", is_managed ? "true" : "false"});
      continue;
    }
    compare(application, explain_application(before, application), explain_application(after, application), changes);
    for (const auto& [name, process] : processes) {
      const ProcessId id{application, name};
      compare(full_namespec(id), explain_program(before, id), explain_program(after, id), changes);
    }
  }
  return changes;
}

}  // namespace holdfast::rules
