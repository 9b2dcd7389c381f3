// Text to program, for Pattern::compile.
#include <algorithm>
#include <memory>
#include <utility>

#include "base/limits.hpp"
#include "rules/pattern.hpp"

namespace holdfast::rules {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Adds the class that \d \w \s (or, in capitals, their complements) mean; false if `c` is none.
bool add_class(std::bitset<256>& set, char c) {
  std::bitset<256> found;
  const char kind = static_cast<char>(c | 0x20);
  for (unsigned i = 0; i < 256; ++i) {
    const auto byte = static_cast<unsigned char>(i);
    const bool space = byte == ' ' || (byte >= '\t' && byte <= '\r');
    const bool in = kind == 'd' ? (byte >= '0' && byte <= '9') : kind == 'w' ? Pattern::is_word(byte) : space;
    found[i] = in;
  }
  if (kind != 'd' && kind != 'w' && kind != 's') {
    return false;
  }
  set |= kind == c ? found : ~found;
  return true;
}

/// The byte that \n, \t … or an escaped sign stands for; nullopt for a letter or digit without such a
/// meaning.
std::optional<unsigned char> escaped_byte(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    case 'a':
      return '\a';
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (Pattern::is_word(byte) && byte < 0x80 && c != '_') {
    return std::nullopt;
  }
  return byte;
}

}  // namespace

// A recursive descent over the text to a small tree, then to the program. Nesting and size are bounded.
class PatternCompiler {
 public:
  explicit PatternCompiler(std::string_view text) : text_(text) {}

  Result<Pattern> run() {
    if (text_.size() > limits::rules_pattern_max) {
      return Error{"the pattern is longer than " + std::to_string(limits::rules_pattern_max) + " bytes"};
    }
    const NodePtr root = alternatives(0);
    if (error_.empty() && at_ < text_.size()) {
      error_ = "unmatched )";
    }
    if (error_.empty()) {
      emit(*root);
      put(Pattern::Op::match);
    }
    if (!error_.empty()) {
      return Error{error_ + " at position " + std::to_string(at_) + " of pattern \"" + std::string(text_) +
                   "\""};
    }
    return std::move(pattern_);
  }

 private:
  enum class Kind { empty, one, sequence, choice, repeat };
  struct Node {
    Kind kind = Kind::empty;
    Pattern::Instruction one;
    std::vector<std::unique_ptr<Node>> parts;
    int low = 0;
    int high = -1;  // -1: without end
    bool lazy = false;
  };
  using NodePtr = std::unique_ptr<Node>;

  static NodePtr make(Kind kind) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    return node;
  }
  NodePtr make_one(Pattern::Op op, unsigned char byte = 0, std::uint32_t a = 0) {
    auto node = make(Kind::one);
    node->one.op = op;
    node->one.byte = byte;
    node->one.a = a;
    return node;
  }
  NodePtr fail(std::string message) {
    if (error_.empty()) {
      error_ = std::move(message);
    }
    return make(Kind::empty);
  }
  [[nodiscard]] bool more() const { return error_.empty() && at_ < text_.size(); }
  bool take(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) {
      return false;
    }
    at_ += wanted.size();
    return true;
  }

  NodePtr alternatives(int depth) {
    if (depth > limits::rules_pattern_depth) {
      return fail("groups nested too deeply");
    }
    auto choice = make(Kind::choice);
    choice->parts.push_back(sequence(depth));
    while (more() && take("|")) {
      choice->parts.push_back(sequence(depth));
    }
    return choice->parts.size() == 1 ? std::move(choice->parts.front()) : std::move(choice);
  }

  NodePtr sequence(int depth) {
    auto all = make(Kind::sequence);
    while (more() && text_[at_] != '|' && text_[at_] != ')') {
      all->parts.push_back(repeated(depth));
    }
    return all;
  }

  NodePtr repeated(int depth) {
    auto node = atom(depth);
    bool again = false;
    while (more()) {
      int low = 0;
      int high = -1;
      if (take("*")) {
      } else if (take("+")) {
        low = 1;
      } else if (take("?")) {
        high = 1;
      } else if (!counted(low, high)) {
        break;
      }
      if (again) {
        return fail("multiple repeat");
      }
      again = true;
      auto repeat = make(Kind::repeat);
      repeat->low = low;
      repeat->high = high;
      repeat->lazy = take("?");
      repeat->parts.push_back(std::move(node));
      node = std::move(repeat);
    }
    return node;
  }

  /// `{m}`, `{m,}`, `{,n}`, `{m,n}`; anything else after a brace is the brace itself, as in Python.
  bool counted(int& low, int& high) {
    if (text_[at_] != '{') {
      return false;
    }
    std::size_t p = at_ + 1;
    const auto number = [&](int absent) {
      if (p >= text_.size() || !is_digit(text_[p])) {
        return absent;
      }
      int value = 0;
      for (; p < text_.size() && is_digit(text_[p]); ++p) {
        value = std::min(value * 10 + (text_[p] - '0'), limits::rules_pattern_repeat + 1);
      }
      return value;
    };
    low = number(-1);
    bool comma = false;
    high = low;
    if (p < text_.size() && text_[p] == ',') {
      comma = true;
      ++p;
      high = number(-1);
    }
    if (p >= text_.size() || text_[p] != '}' || (low < 0 && !comma)) {
      low = 0;
      high = -1;
      return false;
    }
    at_ = p + 1;
    low = std::max(low, 0);
    if (low > limits::rules_pattern_repeat || high > limits::rules_pattern_repeat) {
      fail("a repeat count above " + std::to_string(limits::rules_pattern_repeat));
    } else if (high >= 0 && high < low) {
      fail("min repeat greater than max repeat");
    }
    return true;
  }

  NodePtr atom(int depth) {
    const char c = text_[at_++];
    switch (c) {
      case '.':
        return make_one(Pattern::Op::any);
      case '^':
        return make_one(Pattern::Op::begin);
      case '$':
        return make_one(Pattern::Op::end);
      case '(':
        return group(depth);
      case '[':
        return character_class();
      case '\\':
        return escape();
      case '*':
      case '+':
      case '?':
        return fail("nothing to repeat");
      default:
        return make_one(Pattern::Op::byte, static_cast<unsigned char>(c));
    }
  }

  NodePtr group(int depth) {
    if (take("?P<")) {
      const auto end = text_.find('>', at_);
      if (end == std::string_view::npos) {
        return fail("group name without >");
      }
      at_ = end + 1;
    } else if (take("?:")) {
    } else if (at_ < text_.size() && text_[at_] == '?') {
      return fail("look-around, flags and conditions are not supported");
    }
    auto inner = alternatives(depth + 1);
    if (error_.empty() && !take(")")) {
      return fail("missing )");
    }
    return inner;
  }

  NodePtr escape() {
    if (at_ >= text_.size()) {
      return fail("a backslash at the end");
    }
    const char c = text_[at_++];
    std::bitset<256> set;
    if (add_class(set, c)) {
      return make_set(set);
    }
    switch (c) {
      case 'b':
        return make_one(Pattern::Op::boundary);
      case 'B':
        return make_one(Pattern::Op::not_boundary);
      case 'A':
        return make_one(Pattern::Op::begin);
      case 'Z':
        return make_one(Pattern::Op::end);
      default:
        break;
    }
    if (const auto byte = escaped_byte(c)) {
      return make_one(Pattern::Op::byte, *byte);
    }
    return fail(is_digit(c) ? "back references are not supported" : std::string("bad escape \\") + c);
  }

  NodePtr make_set(const std::bitset<256>& set) {
    pattern_.classes_.push_back(set);
    return make_one(Pattern::Op::set, 0, static_cast<std::uint32_t>(pattern_.classes_.size() - 1));
  }

  /// One member of a class: its byte, or nullopt after a whole class like \d went into `set`.
  std::optional<unsigned char> class_member(std::bitset<256>& set) {
    const char c = text_[at_++];
    if (c != '\\') {
      return static_cast<unsigned char>(c);
    }
    if (at_ >= text_.size()) {
      fail("unterminated character set");
      return std::nullopt;
    }
    const char e = text_[at_++];
    if (add_class(set, e)) {
      return std::nullopt;
    }
    const auto byte = escaped_byte(e);
    if (!byte) {
      fail(std::string("bad escape \\") + e);
    }
    return byte;
  }

  NodePtr character_class() {
    std::bitset<256> set;
    const bool negated = take("^");
    bool first = true;
    while (more() && (first || text_[at_] != ']')) {
      first = false;
      const auto low = class_member(set);
      if (!low) {
        continue;
      }
      auto high = low;
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        ++at_;
        high = class_member(set);
        if (!high || *high < *low) {
          return fail("bad character range");
        }
      }
      for (unsigned i = *low; i <= *high; ++i) {
        set.set(i);
      }
    }
    if (error_.empty() && !take("]")) {
      return fail("unterminated character set");
    }
    return make_set(negated ? ~set : set);
  }

  std::uint32_t put(Pattern::Op op) {
    if (pattern_.program_.size() >= limits::rules_pattern_program) {
      fail("the pattern is too large once its repeats are written out");
      return 0;
    }
    Pattern::Instruction instruction;
    instruction.op = op;
    pattern_.program_.push_back(instruction);
    return static_cast<std::uint32_t>(pattern_.program_.size() - 1);
  }
  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(pattern_.program_.size()); }
  void aim(std::uint32_t split, bool lazy, std::uint32_t into, std::uint32_t past) {
    if (error_.empty()) {
      pattern_.program_[split].a = lazy ? past : into;
      pattern_.program_[split].b = lazy ? into : past;
    }
  }

  void emit(const Node& node) {
    if (!error_.empty()) {
      return;
    }
    switch (node.kind) {
      case Kind::empty:
        return;
      case Kind::one: {
        const auto index = put(node.one.op);
        if (error_.empty()) {
          pattern_.program_[index] = node.one;
        }
        return;
      }
      case Kind::sequence:
        for (const auto& part : node.parts) {
          emit(*part);
        }
        return;
      case Kind::choice:
        emit_choice(node);
        return;
      case Kind::repeat:
        emit_repeat(node);
        return;
    }
  }

  void emit_choice(const Node& node) {
    std::vector<std::uint32_t> exits;
    for (std::size_t i = 0; i + 1 < node.parts.size(); ++i) {
      const auto split = put(Pattern::Op::split);
      emit(*node.parts[i]);
      exits.push_back(put(Pattern::Op::jump));
      aim(split, false, split + 1, here());
    }
    emit(*node.parts.back());
    for (const auto exit : exits) {
      if (error_.empty()) {
        pattern_.program_[exit].a = here();
      }
    }
  }

  void emit_repeat(const Node& node) {
    const Node& inner = *node.parts.front();
    for (int i = 0; i < node.low && error_.empty(); ++i) {
      emit(inner);
    }
    if (node.high < 0) {
      const auto split = put(Pattern::Op::split);
      emit(inner);
      const auto back = put(Pattern::Op::jump);
      if (error_.empty()) {
        pattern_.program_[back].a = split;
      }
      aim(split, node.lazy, split + 1, here());
      return;
    }
    std::vector<std::uint32_t> splits;
    for (int i = node.low; i < node.high && error_.empty(); ++i) {
      splits.push_back(put(Pattern::Op::split));
      emit(inner);
    }
    for (const auto split : splits) {
      aim(split, node.lazy, split + 1, here());
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string error_;
  Pattern pattern_;
};

Result<Pattern> Pattern::compile(std::string_view text) {
  return PatternCompiler(text).run();
}

}  // namespace holdfast::rules
