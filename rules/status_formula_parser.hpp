// status_formula_parser.hpp: from the text of a formula to its nodes, by recursive descent with a bounded depth:
//   or := and {"or" and}   and := not {"and" not}   not := "not" not | primary
//   primary := literal {literal} | "(" or ")" | ("any" | "all") "(" or ")"
// A line break outside parentheses ends an expression in Python, so that it is refused here. Evaluates nothing. Used by
// StatusFormula::parse only.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "rules/status_formula.hpp"

namespace holdfast::rules {

class StatusFormulaParser {
 public:
  explicit StatusFormulaParser(std::string_view text) : text_(text) {}

  Result<StatusFormula> parse();

 private:
  using Kind = StatusFormula::Kind;
  using Index = std::optional<std::size_t>;  // of a node; nullopt: error_ says what is wrong

  Index parse_or();
  Index parse_and();
  Index parse_not();
  Index parse_primary();
  Index parse_function(Kind kind);
  Index parse_literals();
  Index parse_parentheses();
  bool read_literal(std::string& into);
  void read_escape(std::string& into);

  Index operation(Kind kind, Index (StatusFormulaParser::*operand)(), std::string_view word);
  Index add(StatusFormula::Node node);
  Index fail(std::string what);
  bool descend();
  void skip_blanks();
  /// Takes the word if it stands here as a whole.
  bool take_word(std::string_view word);
  bool take(char character);
  [[nodiscard]] bool at_literal() const;

  std::string_view text_;
  std::size_t at_ = 0;
  int parentheses_ = 0;
  int depth_ = 0;
  std::size_t literals_ = 0;
  std::string error_;
  StatusFormula formula_;
};

}  // namespace holdfast::rules
