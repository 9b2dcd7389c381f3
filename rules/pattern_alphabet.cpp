#include "rules/pattern_alphabet.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "base/text.hpp"

namespace holdfast::rules {
namespace {

constexpr std::size_t kInnerLineBreak =
    0x80;                               // a line break that is not the last character: `$` does not match before it
constexpr std::size_t kUnnamed = 0x81;  // the first of the letters of what is in no range of the pattern
constexpr std::array kAllKinds{CharacterKind::word, CharacterKind::digit, CharacterKind::space, CharacterKind::other};

/// str.isspace beyond ASCII.
bool is_wide_space(char32_t c) {
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_surrogate(char32_t c) {
  return c >= 0xD800 && c <= 0xDFFF;
}

std::string utf8_of(char32_t c) {
  const auto low_bits = [&](int shift) { return static_cast<char>(0x80U | ((c >> shift) & 0x3FU)); };
  if (c < 0x800) {
    return {static_cast<char>(0xC0U | (c >> 6)), low_bits(0)};
  }
  if (c < 0x10000) {
    return {static_cast<char>(0xE0U | (c >> 12)), low_bits(6), low_bits(0)};
  }
  return {static_cast<char>(0xF0U | (c >> 18)), low_bits(12), low_bits(6), low_bits(0)};
}

CharacterKind ascii_kind(char32_t c) {
  if (c >= '0' && c <= '9') {
    return CharacterKind::digit;
  }
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') {
    return CharacterKind::word;
  }
  return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F) ? CharacterKind::space : CharacterKind::other;
}

/// In a class of RE2's syntax.
std::string escaped(std::size_t letter) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const CharacterKind kind = letter < 0x80 ? ascii_kind(static_cast<char32_t>(letter)) : CharacterKind::other;
  return kind == CharacterKind::word || kind == CharacterKind::digit
             ? std::string(1, static_cast<char>(letter))
             : std::string("\\x") + kHex[letter >> 4] + kHex[letter & 15];
}

}  // namespace

std::string expression_of(const LetterSet& set) {
  if (set.none()) {
    return "[^\\x00-\\x{10ffff}]";
  }
  std::string out = "[";
  for (std::size_t first = 0; first < set.size(); ++first) {
    if (!set[first]) {
      continue;
    }
    std::size_t last = first;
    while (last + 1 < set.size() && set[last + 1]) {
      ++last;
    }
    out += escaped(first);
    if (last > first) {
      out += "-" + escaped(last);
    }
    first = last;
  }
  return out + "]";
}

std::vector<CharacterRange> in_other_case(CharacterRange range) {
  std::vector<CharacterRange> others;
  for (char32_t c = range.first; c <= range.last && c < 0x80; ++c) {
    const char32_t lower = c | 0x20U;
    if (lower < 'a' || lower > 'z') {
      continue;
    }
    others.push_back({c ^ 0x20U, c ^ 0x20U});
    if (lower == 'i') {
      others.push_back({0x130, 0x131});  // with a dot above, and without
    } else if (lower == 's') {
      others.push_back({0x17F, 0x17F});  // the long s
    } else if (lower == 'k') {
      others.push_back({0x212A, 0x212A});  // the sign of kelvin
    }
  }
  return others;
}

CharacterKind kind_of(char32_t character) {
  if (character < 0x80) {
    return ascii_kind(character);
  }
  if (is_wide_space(character)) {
    return CharacterKind::space;
  }
  if (is_surrogate(character)) {
    return CharacterKind::other;
  }
  static const re2::RE2 digit("\\p{Nd}");
  static const re2::RE2 word("[\\pL\\pN]");
  const std::string bytes = utf8_of(character);
  if (re2::RE2::FullMatch(bytes, digit)) {
    return CharacterKind::digit;
  }
  return re2::RE2::FullMatch(bytes, word) ? CharacterKind::word : CharacterKind::other;
}

PatternAlphabet::PatternAlphabet(const std::vector<CharacterRange>& named) {
  for (char32_t c = 0; c < 0x80; ++c) {
    kinds_[c] = ascii_kind(c);
  }
  kinds_[kInnerLineBreak] = CharacterKind::space;
  letters_ = kUnnamed;
  std::iota(stand_ins_.begin(), stand_ins_.end(), std::uint8_t{0});
  const std::vector<CharacterKind> by_kind(kAllKinds.begin(), kAllKinds.end());
  add_letters(by_kind);
  std::set<char32_t> begins;  // where what the pattern says of a character may change
  for (const CharacterRange& range : named) {
    begins.insert({std::max<char32_t>(range.first, 0x80), range.last + 1});
  }
  for (auto begin = begins.begin(); begin != begins.end() && std::next(begin) != begins.end(); ++begin) {
    const CharacterRange range{*begin, *std::next(begin) - 1};
    if (std::ranges::none_of(named,
                             [&](const CharacterRange& r) { return r.first <= range.first && range.last <= r.last; })) {
      continue;
    }
    const bool single = range.first == range.last;
    intervals_.push_back({range, letters_, !single});
    add_letters(single ? std::vector{kind_of(range.first)} : by_kind);
  }
}

std::size_t PatternAlphabet::add_letters(const std::vector<CharacterKind>& kinds) {
  const std::size_t first = letters_;
  if (first + kinds.size() > kinds_.size()) {
    fits_ = false;
    return 0;
  }
  std::ranges::copy(kinds, kinds_.begin() + static_cast<std::ptrdiff_t>(first));
  letters_ += kinds.size();
  return first;
}

LetterSet PatternAlphabet::letters_of(CharacterRange range) const {
  LetterSet set;
  for (char32_t c = range.first; c <= range.last && c < 0x80; ++c) {
    set.set(c);
  }
  set[kInnerLineBreak] = set['\n'];
  for (const Interval& interval : intervals_) {
    if (range.first <= interval.range.first && interval.range.last <= range.last) {
      for (std::size_t i = 0; i < (interval.by_kind ? kAllKinds.size() : 1); ++i) {
        set.set(interval.letter + i);
      }
    }
  }
  return set;
}

LetterSet PatternAlphabet::of_kind(CharacterKind kind) const {
  LetterSet set;
  for (std::size_t letter = 0; letter < letters_; ++letter) {
    set[letter] = kinds_[letter] == kind;
  }
  return set;
}

bool PatternAlphabet::add_class(LetterSet& set, char32_t name) const {
  switch (name) {
    case 'd':
      set |= of_kind(CharacterKind::digit);
      return true;
    case 'D':
      set |= ~of_kind(CharacterKind::digit);
      return true;
    case 'w':
      set |= words();
      return true;
    case 'W':
      set |= ~words();
      return true;
    case 's':
      set |= of_kind(CharacterKind::space);
      return true;
    case 'S':
      set |= ~of_kind(CharacterKind::space);
      return true;
    default:
      return false;
  }
}

LetterSet PatternAlphabet::words() const {
  return of_kind(CharacterKind::word) | of_kind(CharacterKind::digit);
}

bool PatternAlphabet::find_stand_ins(const std::vector<LetterSet>& sets) {
  const LetterSet all_words = words();
  for (std::size_t letter = kUnnamed; letter < letters_; ++letter) {
    if (!all_words[letter]) {
      continue;
    }
    std::size_t stand_in = 0;
    const auto differs = [&](const LetterSet& set) { return set[stand_in] != set[letter]; };
    while (stand_in < 0x80 && (!all_words[stand_in] || std::ranges::any_of(sets, differs))) {
      ++stand_in;
    }
    if (stand_in == 0x80) {
      return false;
    }
    stand_ins_[letter] = static_cast<std::uint8_t>(stand_in);
  }
  return true;
}

bool PatternAlphabet::is_plain(std::string_view text) {
  const std::string_view inner = text.substr(0, text.empty() ? 0 : text.size() - 1);
  return inner.find('\n') == std::string_view::npos &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::size_t PatternAlphabet::letter_of(char32_t character) const {
  const auto interval = std::ranges::find_if(intervals_, [&](const Interval& i) { return character <= i.range.last; });
  std::size_t letter = kUnnamed;
  if (interval != intervals_.end() && character >= interval->range.first) {
    if (!interval->by_kind) {
      return interval->letter;
    }
    letter = interval->letter;
  }
  return letter + static_cast<std::size_t>(kind_of(character));
}

std::string PatternAlphabet::written(std::string_view text) const {
  std::string letters;
  letters.reserve(2 * text.size());
  const auto add = [&](std::size_t letter) {
    if (letter < 0x80) {
      letters += static_cast<char>(letter);
    } else {
      letters += utf8_of(static_cast<char32_t>(letter));
    }
  };
  while (!text.empty()) {
    const char32_t character = text::take_character(text);
    if (character >= 0x80) {
      add(stand_ins_[letter_of(character)]);
    } else if (character == '\n' && !text.empty()) {
      add(kInnerLineBreak);
    } else {
      add(character);
    }
  }
  return letters;
}

}  // namespace holdfast::rules
