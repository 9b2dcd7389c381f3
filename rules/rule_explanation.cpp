#include "rules/rule_explanation.hpp"

#include <optional>

#include "base/text.hpp"

namespace holdfast::rules {
namespace {

std::string text_of_value(bool value) {
  return value ? "true" : "false";
}
std::string text_of_value(int value) {
  return std::to_string(value);
}
std::string text_of_value(const std::string& value) {
  return value;
}
std::string text_of_value(const IdentifierRule& value) {
  return text::join(items_of(value), ",");
}
template <typename Enumeration>
requires std::is_enum_v<Enumeration> std::string text_of_value(Enumeration value) {
  return std::string(name_of(value));
}

constexpr const char* kDefault = "default";

/// Who may say a leaf of a program, the first of them that does holds.
struct Speaker {
  const ProgramLeaves* leaves = nullptr;
  std::string text;
};

class ProgramExplanation {
 public:
  ProgramExplanation(const Matcher& matcher, const ProcessId& id)
      : application_(matcher.application(id.group)), rules_(matcher.program(id)) {
    const ProgramRule* rule = matcher.program_rule(id);
    if (rule == nullptr) {
      return;
    }
    speakers_.push_back({&rule->leaves, rules_.origin});
    for (const ModelRule* model : matcher.models_of(rule->leaves)) {
      speakers_.push_back({&model->leaves, "model \"" + model->name + "\" at " + text_of(model->declared_at)});
    }
  }

  std::vector<ExplainedLeaf> leaves() const {
    const std::string start = source_of(&ProgramLeaves::start_sequence, kDefault);
    return {leaf("identifiers", rules_.identifiers, source_of(&ProgramLeaves::identifiers, kDefault)),
            leaf("start_sequence", rules_.start_sequence, start),
            leaf("stop_sequence", rules_.stop_sequence,
                 source_of(&ProgramLeaves::stop_sequence, rules_.stop_sequence == 0 ? kDefault : "start_sequence")),
            leaf("required", rules_.required, source_of(&ProgramLeaves::required, kDefault)),
            leaf("wait_exit", rules_.wait_exit, source_of(&ProgramLeaves::wait_exit, kDefault)),
            leaf("expected_loading", rules_.expected_loading, source_of(&ProgramLeaves::expected_loading, kDefault)),
            leaf("starting_failure_strategy", rules_.starting_failure_strategy,
                 source_of(&ProgramLeaves::starting_failure_strategy, application_.origin)),
            leaf("running_failure_strategy", rules_.running_failure_strategy,
                 source_of(&ProgramLeaves::running_failure_strategy, application_.origin))};
  }

 private:
  template <typename Value>
  static ExplainedLeaf leaf(std::string_view name, const Value& value, std::string source) {
    return {name, text_of_value(value), std::move(source)};
  }
  template <typename Value>
  [[nodiscard]] std::string source_of(std::optional<Value> ProgramLeaves::*member, const std::string& otherwise) const {
    for (const Speaker& speaker : speakers_) {
      if ((speaker.leaves->*member).has_value()) {
        return speaker.text;
      }
    }
    return otherwise;
  }

  const ApplicationRules& application_;
  const ProgramRules& rules_;
  std::vector<Speaker> speakers_;
};

}  // namespace

std::vector<ExplainedLeaf> explain_application(const Matcher& matcher, const std::string& name) {
  const ApplicationRule* rule = matcher.application_rule(name);
  if (rule == nullptr) {
    return {};
  }
  const ApplicationRules& rules = matcher.application(name);
  const auto leaf = [&rules](std::string_view leaf_name, const auto& value, bool said, const char* otherwise) {
    return ExplainedLeaf{leaf_name, text_of_value(value), said ? rules.origin : otherwise};
  };
  return {leaf("distribution", rules.distribution, rule->distribution.has_value(), kDefault),
          leaf("identifiers", rules.identifiers, rule->identifiers.has_value(), kDefault),
          leaf("start_sequence", rules.start_sequence, rule->start_sequence.has_value(), kDefault),
          leaf("stop_sequence", rules.stop_sequence, rule->stop_sequence.has_value(),
               rules.stop_sequence == 0 ? kDefault : "start_sequence"),
          leaf("starting_strategy", rules.starting_strategy, rule->starting_strategy.has_value(),
               "starting_strategy of the node's configuration"),
          leaf("starting_failure_strategy", rules.starting_failure_strategy,
               rule->starting_failure_strategy.has_value(), kDefault),
          leaf("running_failure_strategy", rules.running_failure_strategy, rule->running_failure_strategy.has_value(),
               kDefault),
          leaf("operational_status", rules.operational_status, rule->operational_status.has_value(), kDefault)};
}

std::vector<ExplainedLeaf> explain_program(const Matcher& matcher, const ProcessId& id) {
  if (!matcher.application(id.group).managed) {
    return {};
  }
  return ProgramExplanation(matcher, id).leaves();
}

}  // namespace holdfast::rules
