#include "rules/pattern_translation.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace holdfast::rules {
namespace {

bool is_digit(char32_t c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The character that \n, \t … stand for.
std::optional<char32_t> control_character(char32_t c) {
  constexpr std::string_view kNames = "abfnrtv";
  constexpr std::string_view kCharacters = "\a\b\f\n\r\t\v";
  const auto at = c < 0x80 ? kNames.find(static_cast<char>(c)) : std::string_view::npos;
  return at == std::string_view::npos ? std::nullopt : std::optional<char32_t>(kCharacters[at]);
}

// A recursive descent that writes while it reads. It runs twice over a pattern: first to learn which
// characters beyond ASCII the pattern names, then, with the alphabet made of them, for the expression.
class Translator {
 public:
  Translator(std::string_view text, const PatternAlphabet& alphabet) : text_(text), alphabet_(alphabet) {}

  Result<std::string> run() {
    ignore_case_ = take("(?i)");
    std::string expression = alternatives(0).text;
    if (more()) {
      fail("unmatched )");
    }
    return error_.empty() ? Result<std::string>(std::move(expression)) : Error{error_};
  }

  [[nodiscard]] const std::vector<CharacterRange>& named() const { return named_; }
  [[nodiscard]] const std::vector<LetterSet>& sets() const { return sets_; }
  [[nodiscard]] bool has_boundary() const { return has_boundary_; }

 private:
  /// A translated part of the pattern.
  struct Piece {
    std::string text;
    bool may_be_empty = false;   // matches nothing, too
    bool prefers_empty = false;  // tries that, perhaps, before it takes a character
  };
  struct Quantifier {
    int low = 0;
    int high = -1;  // -1: without end
  };

  Piece fail(std::string message) {
    if (error_.empty()) {
      error_ = std::move(message) + " at position " + std::to_string(at_);
    }
    return {};
  }
  [[nodiscard]] bool more() const { return error_.empty() && at_ < text_.size(); }
  [[nodiscard]] bool next_is(std::string_view wanted) const { return text_.substr(at_, wanted.size()) == wanted; }
  bool take(std::string_view wanted) {
    const bool taken = next_is(wanted);
    at_ += taken ? wanted.size() : 0;
    return taken;
  }
  char32_t take_character() {
    std::string_view rest = text_.substr(at_);
    const char32_t c = text::take_character(rest);
    if (text::is_stray_byte(c)) {
      fail("a byte that is not UTF-8");
    }
    at_ = text_.size() - rest.size();
    return c;
  }

  Piece alternatives(int depth);
  Piece sequence(int depth);
  Piece repeated(int depth);
  std::optional<Quantifier> quantifier();
  std::optional<Quantifier> counted();
  Piece atom(int depth);
  Piece group(int depth);
  Piece escape();
  std::optional<char32_t> escaped_character(char32_t c);
  void add_range(LetterSet& set, CharacterRange range);
  Piece one_of(const LetterSet& set);
  Piece literal(char32_t c);
  std::optional<char32_t> class_member(LetterSet& set);
  Piece character_class();

  std::string_view text_;
  const PatternAlphabet& alphabet_;
  std::size_t at_ = 0;
  bool ignore_case_ = false;
  std::string error_;
  std::vector<CharacterRange> named_;
  std::vector<LetterSet> sets_;
  bool has_boundary_ = false;
};

Translator::Piece Translator::alternatives(int depth) {
  if (depth > limits::rules_pattern_depth) {
    return fail("groups nested too deeply");
  }
  Piece all = sequence(depth);
  while (more() && take("|")) {
    const Piece next = sequence(depth);
    all.prefers_empty = all.prefers_empty || all.may_be_empty || next.prefers_empty;
    all.may_be_empty = all.may_be_empty || next.may_be_empty;
    all.text += "|" + next.text;
  }
  return all;
}

Translator::Piece Translator::sequence(int depth) {
  Piece all{"", true, false};
  while (more() && text_[at_] != '|' && text_[at_] != ')') {
    const Piece next = repeated(depth);
    all.prefers_empty = all.prefers_empty || next.prefers_empty;
    all.may_be_empty = all.may_be_empty && next.may_be_empty;
    all.text += next.text;
  }
  return all;
}

Translator::Piece Translator::repeated(int depth) {
  if (quantifier()) {
    return fail("nothing to repeat");
  }
  const bool group = next_is("(");
  Piece piece = atom(depth);
  const auto repeat = quantifier();
  if (!repeat) {
    return piece;
  }
  if (piece.may_be_empty && !group) {
    return fail("nothing to repeat");
  }
  const bool lazy = take("?");
  if (more() && next_is("+")) {
    return fail("possessive quantifiers are not supported");
  }
  if (quantifier()) {
    return fail("multiple repeat");
  }
  // RE2 would go on where Python stops: an empty turn of the loop leads Python out of it.
  if (repeat->high != 0 && repeat->high != 1 && piece.may_be_empty && piece.prefers_empty) {
    return fail("a repeat of what matches nothing by preference is not supported");
  }
  piece.text += "{" + std::to_string(repeat->low) + "," + (repeat->high < 0 ? "" : std::to_string(repeat->high)) + "}" +
                (lazy ? "?" : "");
  piece.prefers_empty = piece.prefers_empty || lazy;
  piece.may_be_empty = piece.may_be_empty || repeat->low == 0;
  return piece;
}

/// Takes `*`, `+`, `?` or a count.
std::optional<Translator::Quantifier> Translator::quantifier() {
  if (!more()) {
    return std::nullopt;
  }
  if (take("*")) {
    return Quantifier{0, -1};
  }
  if (take("+")) {
    return Quantifier{1, -1};
  }
  return take("?") ? Quantifier{0, 1} : counted();
}

/// Takes `{m}`, `{m,}`, `{,n}`, `{m,n}`; anything else after a brace is the brace itself, as in Python.
std::optional<Translator::Quantifier> Translator::counted() {
  if (!next_is("{")) {
    return std::nullopt;
  }
  std::size_t p = at_ + 1;
  const auto number = [&] {
    int value = p < text_.size() && is_digit(text_[p]) ? 0 : -1;
    for (; p < text_.size() && is_digit(text_[p]); ++p) {
      value = std::min(value * 10 + (text_[p] - '0'), limits::rules_pattern_repeat + 1);
    }
    return value;
  };
  Quantifier found;
  found.low = number();
  found.high = found.low;
  const bool comma = p < text_.size() && text_[p] == ',';
  if (comma) {
    ++p;
    found.high = number();
  }
  if (p >= text_.size() || text_[p] != '}' || (found.low < 0 && !comma)) {
    return std::nullopt;
  }
  at_ = p + 1;
  found.low = std::max(found.low, 0);
  if (found.low > limits::rules_pattern_repeat || found.high > limits::rules_pattern_repeat) {
    fail("a repeat count above " + std::to_string(limits::rules_pattern_repeat));
  } else if (found.high >= 0 && found.high < found.low) {
    fail("min repeat greater than max repeat");
  }
  return found;
}

Translator::Piece Translator::atom(int depth) {
  const char32_t c = take_character();
  switch (c) {
    case '.':
      return one_of(~alphabet_.letters_of({'\n', '\n'}));
    case '^':
      return {"\\A", true, false};
    case '$':  // also before a line break that ends the text: the only one that the alphabet leaves as it is
      return {"(?m:$)", true, false};
    case '(':
      return group(depth);
    case '[':
      return character_class();
    case '\\':
      return escape();
    default:
      return literal(c);
  }
}

Translator::Piece Translator::group(int depth) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kRefused{{{"?P=", "back references are"},
                                                                                   {"?=", "look-around is"},
                                                                                   {"?!", "look-around is"},
                                                                                   {"?<=", "look-around is"},
                                                                                   {"?<!", "look-around is"},
                                                                                   {"?(", "conditional groups are"},
                                                                                   {"?>", "atomic groups are"},
                                                                                   {"?#", "comments are"}}};
  for (const auto& [sign, what] : kRefused) {
    if (next_is(sign)) {
      return fail(std::string(what) + " not supported");
    }
  }
  if (take("?P<")) {
    const auto end = text_.find('>', at_);
    if (end == std::string_view::npos) {
      return fail("group name without >");
    }
    at_ = end + 1;
  } else if (!take("?:") && next_is("?")) {
    return fail("flags are not supported, but for (?i) at the beginning");
  }
  Piece inner = alternatives(depth + 1);
  if (error_.empty() && !take(")")) {
    return fail("missing )");
  }
  inner.text = "(?:" + inner.text + ")";
  return inner;
}

Translator::Piece Translator::escape() {
  if (at_ >= text_.size()) {
    return fail("a backslash at the end");
  }
  const char32_t c = take_character();
  LetterSet set;
  if (alphabet_.add_class(set, c)) {
    return one_of(set);
  }
  switch (c) {
    case 'b':
      has_boundary_ = true;
      return {"\\b", true, false};
    case 'B':  // RE2 finds one between the bytes of a character
      return fail("\\B is not supported");
    case 'A':
      return {"\\A", true, false};
    case 'Z':
      return {"\\z", true, false};
    default:
      break;
  }
  const auto character = escaped_character(c);
  return character ? literal(*character) : Piece();
}

/// The character that `c` means after a backslash, in a class and outside.
std::optional<char32_t> Translator::escaped_character(char32_t c) {
  if (const auto control = control_character(c)) {
    return control;
  }
  if (is_digit(c)) {
    fail("back references are not supported");
    return std::nullopt;
  }
  if (is_letter(c)) {
    fail(std::string("bad escape \\") + static_cast<char>(c));
    return std::nullopt;
  }
  return c;
}

void Translator::add_range(LetterSet& set, CharacterRange range) {
  const auto add = [&](CharacterRange each) {
    if (each.last >= 0x80) {
      named_.push_back(each);
    }
    set |= alphabet_.letters_of(each);
  };
  add(range);
  if (ignore_case_ && range.last >= 0x80) {
    fail("characters beyond ASCII with (?i) are not supported");
  } else if (ignore_case_) {
    std::ranges::for_each(in_other_case(range), add);
  }
}

Translator::Piece Translator::one_of(const LetterSet& set) {
  sets_.push_back(set);
  return {expression_of(set), false, false};
}

Translator::Piece Translator::literal(char32_t c) {
  LetterSet set;
  add_range(set, {c, c});
  return one_of(set);
}

/// One member of a class: its character, or nullopt after a whole class like \d went into `set`.
std::optional<char32_t> Translator::class_member(LetterSet& set) {
  const char32_t c = take_character();
  if (c != '\\') {
    return c;
  }
  if (at_ >= text_.size()) {
    fail("unterminated character set");
    return std::nullopt;
  }
  const char32_t e = take_character();
  return alphabet_.add_class(set, e) ? std::nullopt : escaped_character(e);
}

Translator::Piece Translator::character_class() {
  LetterSet set;
  const bool negated = take("^");
  for (bool first = true; more() && (first || text_[at_] != ']'); first = false) {
    const auto low = class_member(set);
    auto high = low;
    if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
      ++at_;
      high = class_member(set);
      if (!low || !high || *high < *low) {
        return fail("bad character range");
      }
    }
    if (low && high) {
      add_range(set, {*low, *high});
    }
  }
  if (error_.empty() && !take("]")) {
    return fail("unterminated character set");
  }
  return one_of(negated ? ~set : set);
}

}  // namespace

Result<PatternTranslation> translate_pattern(std::string_view pattern) {
  if (pattern.size() > limits::rules_pattern_max) {
    return Error{"the pattern is longer than " + std::to_string(limits::rules_pattern_max) + " bytes"};
  }
  const auto refused = [&](const std::string& why) {
    return Error{why + " of pattern \"" + std::string(pattern) + "\""};
  };
  const PatternAlphabet ascii;
  Translator names(pattern, ascii);
  if (const auto checked = names.run(); !checked) {
    return refused(checked.error().message);
  }
  PatternAlphabet alphabet(names.named());
  if (!alphabet.fits()) {
    return refused("too many different characters beyond ASCII, at the end");
  }
  Translator translator(pattern, alphabet);
  auto expression = translator.run();  // good, as in the first run
  if (translator.has_boundary() && !alphabet.find_stand_ins(translator.sets())) {
    return refused("\\b is not supported beside classes that tell the letters of ASCII from all others, at the end");
  }
  return PatternTranslation{std::move(expression).value(), std::move(alphabet)};
}

}  // namespace holdfast::rules
