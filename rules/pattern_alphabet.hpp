// pattern_alphabet.hpp: the characters of all texts in 256 letters, as one pattern sees them. RE2 knows the
// classes \w \d \s and the boundary \b of ASCII only, where Python's re knows Unicode's. So a text is given
// to RE2 with one letter per character, U+0000 to U+00FF in UTF-8: an ASCII character is itself; any other is
// a letter that it shares with all characters which the pattern cannot tell from it (they are of the same
// kind, and no range of the pattern holds one and not the other). A set of characters is then a set of
// letters, which can be complemented and united exactly, and RE2's programs stay as small as for ASCII. Not
// in RE2's Latin-1 mode: that of 2022 finds nothing with `\xe9a|\xe9b`. Pure; used by rules/pattern and its
// translation only.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::rules {

using LetterSet = std::bitset<256>;

/// Characters from `first` to `last`, both included.
struct CharacterRange {
  char32_t first = 0;
  char32_t last = 0;
};

/// What Python's classes tell apart: \w holds words and digits, \d digits, \s spaces.
enum class CharacterKind : std::uint8_t { word, digit, space, other };
CharacterKind kind_of(char32_t character);

/// What else a range of ASCII holds when case is ignored, as Python does it: the other case of its letters,
/// and the few letters beyond ASCII that are the same letter in another case.
std::vector<CharacterRange> in_other_case(CharacterRange range);

/// RE2's syntax for one letter of `set`.
std::string expression_of(const LetterSet& set);

class PatternAlphabet {
 public:
  /// `named`: every range with a character beyond ASCII that the pattern names.
  explicit PatternAlphabet(const std::vector<CharacterRange>& named = {});

  /// False: the pattern tells more characters apart than there are letters; it cannot be used.
  [[nodiscard]] bool fits() const { return fits_; }

  /// The letters of a range that stands in the pattern.
  [[nodiscard]] LetterSet letters_of(CharacterRange range) const;

  /// Adds to `set` what \d \w \s (or, in capitals, their complements) mean; false if `name` is none of these
  /// letters.
  bool add_class(LetterSet& set, char32_t name) const;

  /// For a pattern with \b: each letter of a word beyond ASCII is written as a letter of ASCII's words that
  /// is in the same of `sets`, all sets of the pattern, so that RE2 finds the same boundaries as Python.
  /// False: there is none.
  bool find_stand_ins(const std::vector<LetterSet>& sets);

  /// Whether `text` is written as it is.
  static bool is_plain(std::string_view text);
  /// `text` with one letter per character, in UTF-8. A byte that is not UTF-8 is a character of its own, as
  /// Python reads it.
  [[nodiscard]] std::string written(std::string_view text) const;

 private:
  /// Characters beyond ASCII that stand between the ends of the pattern's ranges. Those outside all ranges,
  /// and those of an interval of several, have four letters, by their kind; a single character has one.
  struct Interval {
    CharacterRange range;
    std::size_t letter = 0;
    bool by_kind = true;
  };
  std::size_t add_letters(const std::vector<CharacterKind>& kinds);
  [[nodiscard]] LetterSet of_kind(CharacterKind kind) const;
  [[nodiscard]] LetterSet words() const;
  [[nodiscard]] std::size_t letter_of(char32_t character) const;

  std::vector<Interval> intervals_;  // in ascending order, disjoint, each inside a range of the pattern
  std::array<CharacterKind, 256> kinds_{};
  std::array<std::uint8_t, 256> stand_ins_{};  // the letter itself, but for find_stand_ins
  std::size_t letters_ = 0;                    // that are in use
  bool fits_ = true;
};

}  // namespace holdfast::rules
