// pattern.hpp: a regular expression of a rules file, which finds what Python's re.search finds in a name
// (contract RUL-L3). RE2 searches, in linear time and bounded memory; Python's syntax and its Unicode classes
// are translated (pattern_translation, pattern_alphabet). What RE2 cannot do or would understand otherwise is
// refused with a message that names it: look-around, back references, atomic and conditional groups,
// possessive quantifiers, \B, all flags but (?i) at the beginning. Throws nothing. Used by the reader, to
// refuse, by the matcher, and by formulas of <operational_status>.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "rules/pattern_alphabet.hpp"

namespace re2 {
class RE2;
}

namespace holdfast::rules {

class Pattern {
 public:
  /// The compiled pattern, or what is wrong with it and where.
  static Result<Pattern> compile(std::string_view text);

  /// The number of characters of the text that a search in `subject` matches; nullopt: no match. A subject
  /// longer than limits::rules_name_max bytes never matches.
  [[nodiscard]] std::optional<std::size_t> search(std::string_view subject) const;
  /// Whether it matches the whole of `subject` (Python's re.fullmatch), with the same bound.
  [[nodiscard]] bool matches(std::string_view subject) const;

 private:
  Pattern(PatternAlphabet alphabet, std::shared_ptr<const re2::RE2> program);

  PatternAlphabet alphabet_;
  std::shared_ptr<const re2::RE2> program_;  // never changes; shared by copies
};

}  // namespace holdfast::rules
