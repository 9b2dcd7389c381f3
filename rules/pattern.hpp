// pattern.hpp: the regular expressions of rules files, searched in linear time. Python's syntax as far as
// names need it (literals, . classes \d\w\s\b anchors groups | * + ? {m,n} lazy forms, (?:…) and (?P<n>…));
// the match is the one Python's re.search finds (leftmost, first alternative preferred). No backtracking: a
// hostile pattern costs at most program size times text length, both bounded. Back references and look-around
// are refused with a message. Why not std::regex: it recurses once per character and can take exponential
// time.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace holdfast::rules {

class Pattern {
 public:
  /// The compiled pattern, or what is wrong with it.
  static Result<Pattern> compile(std::string_view text);

  /// The length of the text that a search in `subject` matches; nullopt: no match. A subject longer than
  /// limits::rules_name_max never matches.
  [[nodiscard]] std::optional<std::size_t> search(std::string_view subject) const;

  /// What \w means: ASCII letters, digits, the underscore, and every byte of a longer UTF-8 character.
  static bool is_word(unsigned char c);

 private:
  friend class PatternCompiler;
  enum class Op : std::uint8_t { byte, any, set, split, jump, begin, end, boundary, not_boundary, match };
  struct Instruction {
    Op op = Op::match;
    std::uint8_t byte = 0;
    std::uint32_t a = 0;  // split: preferred target; jump: target; set: index of the class
    std::uint32_t b = 0;  // split: second target
  };
  struct Thread {
    std::uint32_t pc = 0;
    std::size_t start = 0;
  };
  struct ThreadList;
  [[nodiscard]] bool consumes(const Instruction& instruction, unsigned char c) const;
  void add(ThreadList& list, Thread thread, std::string_view subject, std::size_t at) const;

  std::vector<Instruction> program_;
  std::vector<std::bitset<256>> classes_;
};

}  // namespace holdfast::rules
