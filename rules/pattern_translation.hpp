// pattern_translation.hpp: from a pattern in the syntax of Python's re to RE2's, with the same meaning: the
// one place that knows where the two differ. Parses the whole pattern itself, so that nothing which RE2 reads
// otherwise ({,n} $ \Z
// [[:alpha:]] \Q \pN) reaches it as it stands. Recursion and size are bounded. Used by Pattern::compile.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "rules/pattern_alphabet.hpp"

namespace holdfast::rules {

struct PatternTranslation {
  std::string expression;    // RE2's syntax, for texts that `alphabet` has written
  PatternAlphabet alphabet;  // of the pattern
};

/// The translation, or `what is wrong at position N of pattern "…"`.
Result<PatternTranslation> translate_pattern(std::string_view pattern);

}  // namespace holdfast::rules
