// status_formula.hpp: the formula of <operational_status> (contract supvisors.md 2.6): string literals, `and`, `or`,
// `not`, `any(x)`, `all(x)` and parentheses, in Python's syntax. A literal is a process name, else a pattern of whole
// process names. Parsed once, evaluated as often as asked, without side effects; length, depth and the number of
// literals are bounded. Decides nothing about failures. Made by the reader, to refuse, and by the matcher; evaluated
// by application_state.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "rules/pattern.hpp"

namespace holdfast::rules {

class StatusFormula {
 public:
  /// The parsed formula, or what is wrong and at which position (contract RUL-F1, F4).
  static Result<StatusFormula> parse(std::string_view text);

  /// Whether a process is as it should be (contract RUL-F3), by name.
  using Processes = std::map<std::string, bool, std::less<>>;
  /// True: operational. An error says which part cannot be resolved (contract RUL-F2, F4).
  [[nodiscard]] Result<bool> evaluate(const Processes& processes) const;

 private:
  friend class StatusFormulaParser;
  enum class Kind { literal, and_, or_, not_, any, all };
  struct Node {
    Kind kind = Kind::literal;
    std::string text;                   // of a literal
    std::optional<Pattern> pattern;     // absent: the text is no pattern, only a name
    std::vector<std::size_t> operands;  // indexes into nodes_
  };
  StatusFormula() = default;
  /// One value, or those of all processes that a literal matches.
  using Values = std::vector<bool>;
  [[nodiscard]] Result<Values> values_of(const Node& node, const Processes& processes) const;
  [[nodiscard]] static Result<Values> values_of_literal(const Node& node, const Processes& processes);

  std::vector<Node> nodes_;  // the root is the last one
};

}  // namespace holdfast::rules
