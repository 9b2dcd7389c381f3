// python_text.hpp: the few habits of Python's str that Supervisor's dialect and error texts show to users:
// repr(), strip(), what counts as white space, int(). Works on UTF-8; bytes that are no UTF-8 count as one
// character each and pass through unchanged. Pure; called by the other files of this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::config {

/// One character at `at` of `input`: its code point and its length in bytes. A byte that starts no valid
/// sequence is returned as the lone surrogate Python's surrogateescape makes of it (U+DC80 + low bits),
/// length 1.
struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;
};
CodePoint code_point_at(std::string_view input, std::size_t at);

/// What Python says when `input` is not UTF-8 (UnicodeDecodeError), and the line of the first bad byte, from 1.
struct DecodeError {
  std::string text;
  int line = 0;
};
std::optional<DecodeError> find_decode_error(std::string_view input);

/// How many bytes the character just before `end` has (`end` > 0).
std::size_t length_before(std::string_view input, std::size_t end);

/// str.isspace() of one character: Unicode white space, as strip() and \s see it.
bool is_python_space(char32_t value);

/// str.strip(), str.lstrip() and str.rstrip() without arguments.
std::string_view strip(std::string_view input);
std::string_view strip_left(std::string_view input);
std::string_view strip_right(std::string_view input);

/// repr(str): quotes chosen and characters escaped as Python does.
std::string repr(std::string_view input);

/// int(text, base) for base 8 or 10: blanks around, a sign, single underscores between digits; 0o before
/// octal ones. Numbers beyond 64 bits are cut to the nearest limit. nullopt where Python raises ValueError.
std::optional<std::int64_t> python_int(std::string_view text, int base);

}  // namespace holdfast::config
