#include "rules/pattern.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/limits.hpp"
#include "rules/pattern_translation.hpp"

namespace holdfast::rules {

Pattern::Pattern(PatternAlphabet alphabet, std::shared_ptr<const re2::RE2> program)
    : alphabet_(std::move(alphabet)), program_(std::move(program)) {}

Result<Pattern> Pattern::compile(std::string_view text) {
  auto translation = translate_pattern(text);
  if (!translation) {
    return translation.error();
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(limits::rules_pattern_memory);
  auto program = std::make_shared<const re2::RE2>(translation.value().expression, options);
  const auto refused = [&](const std::string& why) { return Error{why + " of pattern \"" + std::string(text) + "\""}; };
  if (program->error_code() == re2::RE2::ErrorPatternTooLarge || program->error_code() == re2::RE2::ErrorRepeatSize ||
      program->ProgramSize() > limits::rules_pattern_program) {
    return refused("the pattern is too large once its repeats are written out, at the end");
  }
  if (!program->ok()) {
    return refused(program->error());
  }
  return Pattern(std::move(translation).value().alphabet, std::move(program));
}

std::optional<std::size_t> Pattern::search(std::string_view subject) const {
  if (subject.size() > limits::rules_name_max) {
    return std::nullopt;
  }
  std::string letters;
  if (!PatternAlphabet::is_plain(subject)) {
    letters = alphabet_.written(subject);
    subject = letters;
  }
  re2::StringPiece found;
  if (!program_->Match({subject.data(), subject.size()}, 0, subject.size(), re2::RE2::UNANCHORED, &found, 1)) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(std::ranges::count_if(found, [](char c) { return (c & 0xC0) != 0x80; }));
}

bool Pattern::matches(std::string_view subject) const {
  if (subject.size() > limits::rules_name_max) {
    return false;
  }
  std::string letters;
  if (!PatternAlphabet::is_plain(subject)) {
    letters = alphabet_.written(subject);
    subject = letters;
  }
  return program_->Match({subject.data(), subject.size()}, 0, subject.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

}  // namespace holdfast::rules
