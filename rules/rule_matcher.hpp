// rule_matcher.hpp: which rules hold for an application or a process: exact name, else best pattern, models,
// aliases, defaults and post-load checks (contract supvisors.md 2.3-2.5). The one place that turns declared
// rules into effective ones. Answers are cached; the cache is bounded by trim(). Used on the loop thread by
// everything in rules/.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/events.hpp"
#include "rules/pattern.hpp"
#include "rules/rule_model.hpp"
#include "rules/view.hpp"

namespace holdfast::rules {

class Matcher {
 public:
  explicit Matcher(RuleSet rules = {}, StartingStrategy default_starting = StartingStrategy::config);

  /// The effective rules; valid until trim() or the end of this object. Never fails: without a match the
  /// defaults hold.
  [[nodiscard]] const ApplicationRules& application(const std::string& name) const;
  [[nodiscard]] const ProgramRules& program(const ProcessId& id) const;

  [[nodiscard]] const RuleSet& rules() const { return rules_; }
  /// The element that holds for it; nullptr: none does. Valid as long as this object.
  [[nodiscard]] const ApplicationRule* application_rule(const std::string& name) const;
  [[nodiscard]] const ProgramRule* program_rule(const ProcessId& id) const;
  /// Those that the leaves refer to, the nearest first (contract RUL-L7).
  [[nodiscard]] std::vector<const ModelRule*> models_of(const ProgramLeaves& leaves) const;
  /// A list as it is written, with its aliases expanded (contract RUL-L8).
  [[nodiscard]] IdentifierRule identifiers_of(const std::string& text) const;

  /// Forgets cached answers when there are more than limits::rules_cache_entries.
  void trim();

  /// Everything wrong in the rules that only shows once models and aliases are resolved (contract RUL-C1..C4,
  /// H3), each with file and line. For the reader's messages.
  [[nodiscard]] std::vector<std::string> check() const;

 private:
  struct Compiled {
    std::optional<Pattern> application;
    std::shared_ptr<const StatusFormula> formula;
    std::vector<std::optional<Pattern>> programs;
  };
  [[nodiscard]] const ApplicationRule* find_application(const std::string& name, std::size_t& index) const;
  [[nodiscard]] const ProgramRule* find_program(std::size_t application, const std::string& name) const;
  [[nodiscard]] std::vector<const ModelRule*> models_of(const ProgramLeaves& leaves, const SourceLocation& location,
                                                        std::vector<std::string>* messages) const;
  [[nodiscard]] ApplicationRules make_application(const std::string& name) const;
  [[nodiscard]] ProgramRules make_program(const ProcessId& id) const;
  [[nodiscard]] ProgramRules effective(const ProgramRule& rule, const ApplicationRules& application,
                                       std::vector<std::string>* messages) const;

  RuleSet rules_;
  StartingStrategy default_starting_;
  std::vector<Compiled> compiled_;
  mutable std::map<std::string, ApplicationRules> applications_;
  mutable std::map<ProcessId, ProgramRules> programs_;
};

/// The N of an application called `…-N` or `…_N`, N >= 1: what `#` on it needs (contract RUL-H3).
std::optional<int> application_number(const std::string& name);

/// The instances a rule means, as indexes into view.instances, in the rule's order without repetition
/// (contract ID-1). Names that fit no instance go to `unknown` if given.
std::vector<std::size_t> instances_of(const IdentifierRule& rule, const ClusterView& view,
                                      std::vector<std::string>* unknown = nullptr);

}  // namespace holdfast::rules
