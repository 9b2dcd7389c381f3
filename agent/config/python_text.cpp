#include "config/python_text.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace holdfast::config {
namespace {

constexpr char32_t kSurrogateEscape = 0xDC00;  // Python's surrogateescape: 0xDC00 + the byte

constexpr std::array<std::pair<char32_t, char32_t>, 26> kNotPrintable{{
    {0x00, 0x1F},        {0x7F, 0xA0},       {0xAD, 0xAD},       {0x600, 0x605},     {0x61C, 0x61C},
    {0x6DD, 0x6DD},      {0x70F, 0x70F},     {0x890, 0x891},     {0x8E2, 0x8E2},     {0x1680, 0x1680},
    {0x180E, 0x180E},    {0x2000, 0x200F},   {0x2028, 0x202F},   {0x205F, 0x206F},   {0x3000, 0x3000},
    {0xD800, 0xF8FF},    {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x110BD, 0x110BD},
    {0x110CD, 0x110CD},  {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE00FF},
    {0xF0000, 0x10FFFF},
}};

bool printable(char32_t value) {
  return std::none_of(kNotPrintable.begin(), kNotPrintable.end(),
                      [value](const auto& range) { return value >= range.first && value <= range.second; });
}

void append_escaped(std::string& out, char32_t value) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  const int digits = value < 0x100 ? 2 : value < 0x10000 ? 4 : 8;
  out += '\\';
  out += digits == 2 ? 'x' : digits == 4 ? 'u' : 'U';
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out += kHex[(value >> shift) & 0xF];
  }
}

int digit_of(char letter, int base) {
  const int value = letter - '0';
  return value >= 0 && value < base ? value : -1;
}

/// The digits of int()'s text as a number of `sign`; nullopt if they are none.
std::optional<std::int64_t> digits_to_number(std::string_view digits, int base, bool negative) {
  using Limits = std::numeric_limits<std::int64_t>;
  std::int64_t number = 0;
  bool after_digit = false;
  for (const char letter : digits) {
    if (letter == '_' && after_digit) {
      after_digit = false;
      continue;
    }
    const int digit = digit_of(letter, base);
    if (digit < 0) {
      return std::nullopt;
    }
    after_digit = true;
    if (__builtin_mul_overflow(number, base, &number) ||
        __builtin_add_overflow(number, negative ? -digit : digit, &number)) {
      number = negative ? Limits::min() : Limits::max();
    }
  }
  return after_digit ? std::optional(number) : std::nullopt;
}

struct BadBytes {
  std::size_t length;
  const char* reason;
};

/// What is wrong with the sequence that starts at the front of `rest`, as CPython's decoder counts it: the
/// bytes up to the first that cannot go on.
BadBytes judge(std::string_view rest) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(rest[index]); };
  const unsigned char first = byte(0);
  if (first < 0xC2 || first > 0xF4) {
    return {1, "invalid start byte"};
  }
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  for (std::size_t index = 1; index < length; ++index) {
    if (index == rest.size()) {
      return {index, "unexpected end of data"};
    }
    // Overlong forms, surrogates and what lies beyond Unicode show in the second byte.
    const unsigned char low = index > 1 ? 0x80 : first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = index > 1 ? 0xBF : first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (byte(index) < low || byte(index) > high) {
      return {index, "invalid continuation byte"};
    }
  }
  return {length, "invalid continuation byte"};  // not reached for a broken sequence
}

bool is_escaped_byte(char32_t value) {
  return value >= kSurrogateEscape + 0x80 && value <= kSurrogateEscape + 0xFF;
}

}  // namespace

std::optional<DecodeError> find_decode_error(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size()) {
    const CodePoint point = code_point_at(input, at);
    if (is_escaped_byte(point.value)) {
      break;
    }
    at += point.length;
  }
  if (at == input.size()) {
    return std::nullopt;
  }
  const BadBytes bad = judge(input.substr(at));
  std::string where = " in position " + std::to_string(at);
  if (bad.length == 1) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(input[at]);
    where = " 0x" + std::string{kHex[byte >> 4], kHex[byte & 0xF]} + where;
  } else {
    where = "s" + where + "-" + std::to_string(at + bad.length - 1);
  }
  const auto lines = std::count(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  return DecodeError{"'utf-8' codec can't decode byte" + where + ": " + bad.reason, static_cast<int>(lines) + 1};
}

CodePoint code_point_at(std::string_view input, std::size_t at) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(input[index]); };
  const unsigned char first = byte(at);
  const CodePoint broken{kSurrogateEscape + first, 1};
  if (first < 0x80) {
    return {first, 1};
  }
  const std::size_t length = first >= 0xF0 && first <= 0xF4 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first > 0xF4 || at + length > input.size()) {
    return broken;
  }
  char32_t value = first & (0xFFU >> (length + 1));
  for (std::size_t index = at + 1; index < at + length; ++index) {
    if ((byte(index) & 0xC0U) != 0x80U) {
      return broken;
    }
    value = (value << 6) | (byte(index) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
    return broken;
  }
  return {value, length};
}

std::size_t length_before(std::string_view input, std::size_t end) {
  for (std::size_t length = 2; length <= 4 && length <= end; ++length) {
    if (code_point_at(input.substr(0, end), end - length).length == length) {
      return length;
    }
  }
  return 1;
}

bool is_python_space(char32_t value) {
  return (value >= 0x09 && value <= 0x0D) || (value >= 0x1C && value <= 0x20) || value == 0x85 || value == 0xA0 ||
         value == 0x1680 || (value >= 0x2000 && value <= 0x200A) || value == 0x2028 || value == 0x2029 ||
         value == 0x202F || value == 0x205F || value == 0x3000;
}

std::string_view strip_left(std::string_view input) {
  std::size_t begin = 0;
  while (begin < input.size()) {
    const CodePoint point = code_point_at(input, begin);
    if (!is_python_space(point.value)) {
      break;
    }
    begin += point.length;
  }
  return input.substr(begin);
}

std::string_view strip_right(std::string_view input) {
  std::size_t end = input.size();
  while (end > 0) {
    const std::size_t length = length_before(input, end);
    if (!is_python_space(code_point_at(input.substr(0, end), end - length).value)) {
      break;
    }
    end -= length;
  }
  return input.substr(0, end);
}

std::string_view strip(std::string_view input) {
  return strip_left(strip_right(input));
}

std::string repr(std::string_view input) {
  const bool has_single = input.find('\'') != std::string_view::npos;
  const bool has_double = input.find('"') != std::string_view::npos;
  const char quote = has_single && !has_double ? '"' : '\'';
  std::string out(1, quote);
  for (std::size_t at = 0; at < input.size();) {
    const CodePoint point = code_point_at(input, at);
    if (point.value == '\n') {
      out += "\\n";
    } else if (point.value == '\r') {
      out += "\\r";
    } else if (point.value == '\t') {
      out += "\\t";
    } else if (point.value == '\\' || point.value == static_cast<char32_t>(quote)) {
      out += '\\';
      out += static_cast<char>(point.value);
    } else if (printable(point.value)) {
      out += input.substr(at, point.length);
    } else {
      append_escaped(out, point.value);
    }
    at += point.length;
  }
  out += quote;
  return out;
}

std::optional<std::int64_t> python_int(std::string_view text, int base) {
  std::string_view digits = strip(text);
  bool negative = false;
  if (!digits.empty() && (digits.front() == '+' || digits.front() == '-')) {
    negative = digits.front() == '-';
    digits.remove_prefix(1);
  }
  if (base == 8 && digits.size() > 2 && digits[0] == '0' && (digits[1] == 'o' || digits[1] == 'O')) {
    digits.remove_prefix(2);
    if (digits.front() == '_') {  // 0o_7 is a literal of Python
      digits.remove_prefix(1);
    }
  }
  return digits_to_number(digits, base, negative);
}

}  // namespace holdfast::config
