#include "rules/rule_matcher.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "rules/status_formula.hpp"

namespace holdfast::rules {
namespace {

template <typename T>
void inherit(std::optional<T>& own, const std::optional<T>& from) {
  if (!own) {
    own = from;
  }
}

void inherit_all(ProgramLeaves& own, const ProgramLeaves& from) {
  inherit(own.identifiers, from.identifiers);
  inherit(own.start_sequence, from.start_sequence);
  inherit(own.stop_sequence, from.stop_sequence);
  inherit(own.required, from.required);
  inherit(own.wait_exit, from.wait_exit);
  inherit(own.expected_loading, from.expected_loading);
  inherit(own.starting_failure_strategy, from.starting_failure_strategy);
  inherit(own.running_failure_strategy, from.running_failure_strategy);
}

void note(std::vector<std::string>* messages, const SourceLocation& location, const std::string& text) {
  if (messages != nullptr && messages->size() < limits::rules_messages_max) {
    messages->push_back(text_of(location) + ": " + text);
  }
}

std::optional<Pattern> compiled(const Selector& selector) {
  if (!selector.pattern) {
    return std::nullopt;
  }
  auto pattern = Pattern::compile(*selector.pattern);  // the reader has refused bad ones already
  return pattern ? std::optional(std::move(pattern).value()) : std::nullopt;
}

std::shared_ptr<const StatusFormula> parsed(const std::optional<std::string>& formula) {
  if (!formula || formula->empty()) {
    return nullptr;
  }
  auto result = StatusFormula::parse(*formula);  // the reader has said what is wrong with it (RUL-F4)
  return result ? std::make_shared<const StatusFormula>(std::move(result).value()) : nullptr;
}

constexpr std::string_view kBadNumber = "`#` needs an application name that ends in -N or _N with N of 1 or more";

}  // namespace

std::optional<int> application_number(const std::string& name) {
  const auto digit = [&](std::size_t i) { return name[i] >= '0' && name[i] <= '9'; };
  std::size_t begin = name.size();
  while (begin > 0 && digit(begin - 1)) {
    --begin;
  }
  if (begin == 0 || begin == name.size() || (name[begin - 1] != '-' && name[begin - 1] != '_')) {
    return std::nullopt;
  }
  const auto number = text::parse_int(std::string_view(name).substr(begin));
  if (!number || *number < 1 || *number > 1'000'000) {
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

Matcher::Matcher(RuleSet rules, StartingStrategy default_starting)
    : rules_(std::move(rules)), default_starting_(default_starting) {
  compiled_.reserve(rules_.applications.size());
  for (const auto& application : rules_.applications) {
    Compiled all{compiled(application.selector), parsed(application.operational_status), {}};
    for (const auto& program : application.programs) {
      all.programs.push_back(compiled(program.selector));
    }
    compiled_.push_back(std::move(all));
  }
}

const ApplicationRules& Matcher::application(const std::string& name) const {
  const auto found = applications_.find(name);
  return found != applications_.end() ? found->second
                                      : applications_.emplace(name, make_application(name)).first->second;
}

const ProgramRules& Matcher::program(const ProcessId& id) const {
  const auto found = programs_.find(id);
  return found != programs_.end() ? found->second : programs_.emplace(id, make_program(id)).first->second;
}

void Matcher::trim() {
  if (programs_.size() + applications_.size() > limits::rules_cache_entries) {
    programs_.clear();
    applications_.clear();
  }
}

// RUL-L1, RUL-L3: an exact name wins over every pattern; of the patterns the longest matched text, then the
// first.
const ApplicationRule* Matcher::find_application(const std::string& name, std::size_t& index) const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < rules_.applications.size(); ++i) {
    const auto& rule = rules_.applications[i];
    if (rule.selector.name == name) {
      index = i;
      return &rule;
    }
    if (!compiled_[i].application) {
      continue;
    }
    const auto length = compiled_[i].application->search(name);
    if (length && (!best || *length > *best)) {
      best = length;
      index = i;
    }
  }
  return best ? &rules_.applications[index] : nullptr;
}

// RUL-L2: only among the programs of the application element that was chosen.
const ProgramRule* Matcher::find_program(std::size_t application, const std::string& name) const {
  const auto& programs = rules_.applications[application].programs;
  const ProgramRule* chosen = nullptr;
  std::size_t best = 0;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    if (programs[i].selector.name == name) {
      return &programs[i];
    }
    if (!compiled_[application].programs[i]) {
      continue;
    }
    const auto length = compiled_[application].programs[i]->search(name);
    if (length && (chosen == nullptr || *length > best)) {
      best = *length;
      chosen = &programs[i];
    }
  }
  return chosen;
}

const ApplicationRule* Matcher::application_rule(const std::string& name) const {
  std::size_t index = 0;
  return find_application(name, index);
}

const ProgramRule* Matcher::program_rule(const ProcessId& id) const {
  std::size_t index = 0;
  return find_application(id.group, index) == nullptr ? nullptr : find_program(index, id.name);
}

std::vector<const ModelRule*> Matcher::models_of(const ProgramLeaves& leaves) const {
  return models_of(leaves, {}, nullptr);
}

// RUL-L7: the model of an element, and that one's model; deeper references are ignored.
std::vector<const ModelRule*> Matcher::models_of(const ProgramLeaves& leaves, const SourceLocation& location,
                                                 std::vector<std::string>* messages) const {
  std::vector<const ModelRule*> models;
  std::optional<std::string> reference = leaves.reference;
  for (int level = 1; reference; ++level) {
    const auto model = std::ranges::find(rules_.models, *reference, &ModelRule::name);
    if (model == rules_.models.end()) {
      note(messages, location, "model \"" + *reference + "\" is not declared: the reference is ignored");
      break;
    }
    if (level >= limits::rules_model_levels) {
      note(messages, location,
           "model \"" + *reference + "\" is ignored: references go at most " +
               std::to_string(limits::rules_model_levels) + " levels deep");
      break;
    }
    models.push_back(&*model);
    reference = model->leaves.reference;
  }
  return models;
}

// RUL-L8: one pass over the aliases in order, each replacing its first occurrence; then the signs of 2.5.
IdentifierRule Matcher::identifiers_of(const std::string& list) const {
  auto items = text::split_list(list, ',');
  for (const auto& alias : rules_.aliases) {
    const auto at = std::find(items.begin(), items.end(), alias.name);
    if (at != items.end()) {
      const auto replacement = text::split_list(alias.items, ',');
      items.insert(items.erase(at), replacement.begin(), replacement.end());
    }
  }
  IdentifierRule rule;
  bool all = false;
  for (auto& item : items) {
    if (item == "*") {
      all = true;
    } else if (item == "#") {
      rule.spread = true;
    } else if (item == "@") {
      rule.pair = true;
    } else if (std::find(rule.names.begin(), rule.names.end(), item) == rule.names.end()) {
      rule.names.push_back(std::move(item));
    }
  }
  if (all) {
    rule.names.clear();
  }
  return rule;
}

ApplicationRules Matcher::make_application(const std::string& name) const {
  ApplicationRules result;
  result.starting_strategy = default_starting_;
  std::size_t index = 0;
  const ApplicationRule* rule = find_application(name, index);
  if (rule == nullptr) {
    result.origin = "no rule matches";
    return result;
  }
  result.managed = true;
  result.origin = "application " + text_of(rule->selector) + " at " + text_of(rule->declared_at);
  result.distribution = rule->distribution.value_or(Distribution::all_instances);
  result.identifiers = identifiers_of(rule->identifiers.value_or("*"));
  result.start_sequence = rule->start_sequence.value_or(0);
  result.stop_sequence = rule->stop_sequence.value_or(result.start_sequence);
  result.starting_strategy = rule->starting_strategy.value_or(default_starting_);
  result.starting_failure_strategy = rule->starting_failure_strategy.value_or(StartingFailureStrategy::abort);
  result.running_failure_strategy = rule->running_failure_strategy.value_or(RunningFailureStrategy::continue_);
  result.formula = compiled_[index].formula;
  result.operational_status = result.formula ? *rule->operational_status : "";
  if (result.identifiers.pair) {
    result.identifiers = {};  // without effect on an application; the reader has said so
  }
  if (result.identifiers.spread && !application_number(name)) {
    result.start_sequence = 0;
    result.origin += " (" + std::string(kBadNumber) + ": not started by itself)";
  }
  return result;
}

ProgramRules Matcher::make_program(const ProcessId& id) const {
  const ApplicationRules& parent = application(id.group);
  const ProgramRule* rule = program_rule(id);
  if (rule == nullptr) {  // RUL-L6
    ProgramRules result;
    result.starting_failure_strategy = parent.starting_failure_strategy;
    result.running_failure_strategy = parent.running_failure_strategy;
    return result;
  }
  return effective(*rule, parent, nullptr);
}

ProgramRules Matcher::effective(const ProgramRule& rule, const ApplicationRules& parent,
                                std::vector<std::string>* messages) const {
  ProgramLeaves leaves = rule.leaves;
  for (const ModelRule* model : models_of(rule.leaves, rule.declared_at, messages)) {
    inherit_all(leaves, model->leaves);  // RUL-L7: own leaves win over the model's, those over its model's
  }
  const std::string subject = "program " + text_of(rule.selector);
  ProgramRules result;
  result.origin = subject + " at " + text_of(rule.declared_at);
  result.identifiers = identifiers_of(leaves.identifiers.value_or("*"));
  const bool by_pattern = rule.selector.pattern.has_value();
  if (!by_pattern && result.identifiers.pair) {  // RUL-C1
    note(messages, rule.declared_at, subject + ": `@` needs a pattern; all instances hold instead");
    result.identifiers = {};
  }
  if (!by_pattern && result.identifiers.spread) {  // RUL-C2
    note(messages, rule.declared_at, subject + ": `#` needs a pattern; all instances hold instead");
    result.identifiers = {};
  }
  if (result.identifiers.pair && result.identifiers.spread) {  // RUL-C3
    note(messages, rule.declared_at, subject + ": both `#` and `@`; `@` holds");
    result.identifiers.spread = false;
  }
  result.start_sequence = leaves.start_sequence.value_or(0);
  result.stop_sequence = leaves.stop_sequence.value_or(result.start_sequence);  // RUL-C5
  result.required = leaves.required.value_or(false);
  if (result.required && result.start_sequence == 0) {  // RUL-C4
    note(messages, rule.declared_at, subject + ": required needs a start_sequence above 0; it is not required");
    result.required = false;
  }
  result.wait_exit = leaves.wait_exit.value_or(false);
  result.expected_loading = leaves.expected_loading.value_or(0);
  result.starting_failure_strategy = leaves.starting_failure_strategy.value_or(parent.starting_failure_strategy);
  result.running_failure_strategy = leaves.running_failure_strategy.value_or(parent.running_failure_strategy);
  return result;
}

std::vector<std::string> Matcher::check() const {
  std::vector<std::string> messages;
  const ApplicationRules parent;
  for (const auto& rule : rules_.applications) {
    const std::string subject = "application " + text_of(rule.selector);
    const IdentifierRule identifiers = identifiers_of(rule.identifiers.value_or("*"));
    if (identifiers.pair) {
      note(&messages, rule.declared_at, subject + ": `@` has no meaning here; all instances hold instead");
    } else if (identifiers.spread && rule.selector.name && !application_number(*rule.selector.name)) {
      note(&messages, rule.declared_at, subject + ": " + std::string(kBadNumber) + "; it is not started by itself");
    }
    for (const auto& program : rule.programs) {
      static_cast<void>(effective(program, parent, &messages));
    }
  }
  return messages;
}

std::vector<std::size_t> instances_of(const IdentifierRule& rule, const ClusterView& view,
                                      std::vector<std::string>* unknown) {
  std::vector<std::size_t> found;
  std::vector<bool> taken(view.instances.size(), false);
  const auto take = [&](std::size_t i) {
    if (!taken[i]) {
      taken[i] = true;
      found.push_back(i);
    }
  };
  if (rule.names.empty()) {
    for (std::size_t i = 0; i < view.instances.size(); ++i) {
      take(i);
    }
    return found;
  }
  for (const auto& name : rule.names) {
    bool known = false;
    for (std::size_t i = 0; i < view.instances.size(); ++i) {
      const auto& instance = view.instances[i];
      const auto& tags = instance.stereotypes;
      if (instance.identifier == name || instance.nick == name ||
          std::find(tags.begin(), tags.end(), name) != tags.end()) {
        known = true;
        take(i);
      }
    }
    if (!known && unknown != nullptr) {
      unknown->push_back(name);
    }
  }
  return found;
}

}  // namespace holdfast::rules
