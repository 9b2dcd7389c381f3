#include "rules/status_formula.hpp"

#include <algorithm>

#include "rules/status_formula_parser.hpp"

namespace holdfast::rules {

Result<StatusFormula> StatusFormula::parse(std::string_view text) {
  return StatusFormulaParser(text).parse();
}

Result<bool> StatusFormula::evaluate(const Processes& processes) const {
  const auto values = values_of(nodes_.back(), processes);
  if (!values) {
    return values.error();
  }
  if (values.value().size() != 1) {
    return Error{"\"" + nodes_.back().text + "\" matches several processes: any(...) or all(...) must say which count"};
  }
  return static_cast<bool>(values.value().front());
}

// RUL-F2: a name first, then a pattern of whole names.
Result<StatusFormula::Values> StatusFormula::values_of_literal(const Node& node, const Processes& processes) {
  if (const auto named = processes.find(node.text); named != processes.end()) {
    return Values{named->second};
  }
  Values values;
  for (const auto& [name, value] : processes) {
    if (node.pattern && node.pattern->matches(name)) {
      values.push_back(value);
    }
  }
  if (values.empty()) {
    return Error{"\"" + node.text + "\" matches no process"};
  }
  return values;
}

// Every operand is looked at, so that what cannot be resolved is always said. The depth is that of the parser.
Result<StatusFormula::Values> StatusFormula::values_of(const Node& node, const Processes& processes) const {
  if (node.kind == Kind::literal) {
    return values_of_literal(node, processes);
  }
  const bool takes_several = node.kind == Kind::any || node.kind == Kind::all;
  Values values;
  for (const std::size_t index : node.operands) {
    const auto operand = values_of(nodes_[index], processes);
    if (!operand) {
      return operand.error();
    }
    if (!takes_several && operand.value().size() != 1) {
      return Error{"\"" + nodes_[index].text +
                   "\" matches several processes: any(...) or all(...) must say which count"};
    }
    values.insert(values.end(), operand.value().begin(), operand.value().end());
  }
  const bool any = std::find(values.begin(), values.end(), true) != values.end();
  const bool all = std::find(values.begin(), values.end(), false) == values.end();
  switch (node.kind) {
    case Kind::or_:
    case Kind::any:
      return Values{any};
    case Kind::and_:
    case Kind::all:
      return Values{all};
    case Kind::not_:
      return Values{!any};
    case Kind::literal:
      break;
  }
  return Values{};
}

}  // namespace holdfast::rules
