#include "rules/status_formula_parser.hpp"

#include <utility>

#include "base/limits.hpp"

namespace holdfast::rules {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

constexpr std::string_view kAllowed =
    "a process name or a pattern in quotes, and, or, not, any(...), all(...) or (...)";

}  // namespace

Result<StatusFormula> StatusFormulaParser::parse() {
  const std::string what = "formula `" + std::string(text_.substr(0, limits::rules_formula_shown)) + "`";
  if (text_.size() > limits::rules_formula_max) {
    return Error{what + " has more than " + std::to_string(limits::rules_formula_max) + " bytes"};
  }
  const Index root = parse_or();
  skip_blanks();
  if (root && at_ < text_.size()) {
    fail("one expression ends here, but more follows");
  }
  if (!error_.empty()) {
    return Error{what + ", at position " + std::to_string(at_ + 1) + ": " + error_};
  }
  return std::move(formula_);
}

StatusFormulaParser::Index StatusFormulaParser::operation(Kind kind, Index (StatusFormulaParser::*operand)(),
                                                          std::string_view word) {
  StatusFormula::Node node;
  node.kind = kind;
  do {
    const Index one = (this->*operand)();
    if (!one) {
      return std::nullopt;
    }
    node.operands.push_back(*one);
  } while (take_word(word));
  return node.operands.size() == 1 ? node.operands.front() : add(std::move(node));
}

StatusFormulaParser::Index StatusFormulaParser::parse_or() {
  return operation(Kind::or_, &StatusFormulaParser::parse_and, "or");
}

StatusFormulaParser::Index StatusFormulaParser::parse_and() {
  return operation(Kind::and_, &StatusFormulaParser::parse_not, "and");
}

StatusFormulaParser::Index StatusFormulaParser::parse_not() {
  if (!take_word("not")) {
    return parse_primary();
  }
  if (!descend()) {
    return std::nullopt;
  }
  const Index operand = parse_not();
  --depth_;
  return operand ? add({Kind::not_, "", std::nullopt, {*operand}}) : std::nullopt;
}

StatusFormulaParser::Index StatusFormulaParser::parse_primary() {
  skip_blanks();
  if (at_literal()) {
    return parse_literals();
  }
  if (take_word("any")) {
    return parse_function(Kind::any);
  }
  if (take_word("all")) {
    return parse_function(Kind::all);
  }
  return take('(') ? parse_parentheses() : fail("expected " + std::string(kAllowed));
}

StatusFormulaParser::Index StatusFormulaParser::parse_function(Kind kind) {
  if (!take('(')) {
    return fail("expected ( after any or all");
  }
  const Index operand = parse_parentheses();
  return operand ? add({kind, "", std::nullopt, {*operand}}) : std::nullopt;
}

StatusFormulaParser::Index StatusFormulaParser::parse_parentheses() {
  if (!descend()) {
    return std::nullopt;
  }
  ++parentheses_;
  const Index inside = parse_or();
  if (!inside) {
    return std::nullopt;
  }
  if (!take(')')) {
    return fail("expected ), and, or");
  }
  --parentheses_;
  --depth_;
  return inside;
}

// Literals side by side are one, as in Python.
StatusFormulaParser::Index StatusFormulaParser::parse_literals() {
  if (++literals_ > limits::rules_formula_literals) {
    return fail("more than " + std::to_string(limits::rules_formula_literals) + " names and patterns");
  }
  StatusFormula::Node node;
  while (at_literal()) {
    if (!read_literal(node.text)) {
      return fail("the quotes are not closed");
    }
    skip_blanks();
  }
  if (auto pattern = Pattern::compile(node.text)) {
    node.pattern = std::move(pattern).value();
  }
  return add(std::move(node));
}

bool StatusFormulaParser::read_literal(std::string& into) {
  const bool raw = text_[at_] == 'r' || text_[at_] == 'R';
  at_ += is_quote(text_[at_]) ? 0 : 1;
  const char quote = text_[at_++];
  while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
    if (text_[at_] != '\\' || at_ + 1 == text_.size()) {
      into += text_[at_++];
    } else if (raw) {
      into += text_.substr(at_, 2);
      at_ += 2;
    } else {
      read_escape(into);
    }
  }
  if (at_ == text_.size() || text_[at_] != quote) {
    return false;
  }
  ++at_;
  return true;
}

// A backslash before what Python does not know as an escape stays: `\d` is the class of digits.
void StatusFormulaParser::read_escape(std::string& into) {
  const char escaped = text_[at_ + 1];
  if (escaped != '\\' && !is_quote(escaped)) {
    into += '\\';
  }
  into += escaped;
  at_ += 2;
}

StatusFormulaParser::Index StatusFormulaParser::add(StatusFormula::Node node) {
  formula_.nodes_.push_back(std::move(node));
  return formula_.nodes_.size() - 1;
}

StatusFormulaParser::Index StatusFormulaParser::fail(std::string what) {
  error_ = std::move(what);
  return std::nullopt;
}

bool StatusFormulaParser::descend() {
  if (++depth_ > limits::rules_formula_depth) {
    fail("nested more than " + std::to_string(limits::rules_formula_depth) + " deep");
    return false;
  }
  return true;
}

void StatusFormulaParser::skip_blanks() {
  const std::string_view blanks = parentheses_ > 0 ? " \t\f\r\n" : " \t\f";
  while (at_ < text_.size() && blanks.find(text_[at_]) != std::string_view::npos) {
    ++at_;
  }
}

bool StatusFormulaParser::take_word(std::string_view word) {
  skip_blanks();
  const std::size_t end = at_ + word.size();
  if (text_.substr(at_, word.size()) != word || (end < text_.size() && is_name_character(text_[end]))) {
    return false;
  }
  at_ = end;
  return true;
}

bool StatusFormulaParser::take(char character) {
  skip_blanks();
  if (at_ == text_.size() || text_[at_] != character) {
    return false;
  }
  ++at_;
  return true;
}

bool StatusFormulaParser::at_literal() const {
  const std::string_view rest = text_.substr(at_);
  if (rest.empty()) {
    return false;
  }
  const bool prefixed = std::string_view("rRuU").find(rest.front()) != std::string_view::npos;
  return is_quote(rest.front()) || (prefixed && rest.size() > 1 && is_quote(rest[1]));
}

}  // namespace holdfast::rules
