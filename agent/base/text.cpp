#include "base/text.hpp"

#include <charconv>

namespace holdfast::text {
namespace {

constexpr std::string_view kBlanks = " \t\n\v\f\r";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Length of the valid UTF-8 sequence at the head of `input`, or 0.
std::size_t sequence_length(std::string_view input) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(input[i]); };
  const auto continues = [&](std::size_t i) { return i < input.size() && (byte(i) & 0xC0U) == 0x80U; };
  const unsigned char lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    return continues(1) ? 2 : 0;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!continues(1) || !continues(2)) {
      return 0;
    }
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) {
      return 0;
    }
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

/// U+FFFE and U+FFFF: valid UTF-8, but no characters of XML.
bool is_non_character(std::string_view sequence) {
  return sequence == "\xEF\xBF\xBE" || sequence == "\xEF\xBF\xBF";
}

bool forbidden_control(unsigned char byte) {
  return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
}

char lower_char(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
char upper_char(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

std::string_view trim(std::string_view input) {
  const auto first = input.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) {
    return {};
  }
  const auto last = input.find_last_not_of(kBlanks);
  return input.substr(first, last - first + 1);
}

std::vector<std::string_view> split(std::string_view input, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = input.find(separator);
    parts.push_back(input.substr(0, at));
    if (at == std::string_view::npos) {
      return parts;
    }
    input.remove_prefix(at + 1);
  }
}

std::vector<std::string> split_list(std::string_view input, char separator) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(input, separator)) {
    if (const auto trimmed = trim(part); !trimmed.empty()) {
      parts.emplace_back(trimmed);
    }
  }
  return parts;
}

std::string lower(std::string_view input) {
  std::string out(input);
  for (char& c : out) {
    c = lower_char(c);
  }
  return out;
}

std::string upper(std::string_view input) {
  std::string out(input);
  for (char& c : out) {
    c = upper_char(c);
  }
  return out;
}

std::optional<std::int64_t> parse_int(std::string_view input) {
  if (!input.empty() && input.front() == '+') {
    input.remove_prefix(1);
    if (!input.empty() && input.front() == '-') {
      return std::nullopt;
    }
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(input.data(), input.data() + input.size(), value);
  if (error != std::errc{} || end != input.data() + input.size() || input.empty()) {
    return std::nullopt;
  }
  return value;
}

std::string join(const std::vector<std::string>& parts, std::string_view glue) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) {
      out += glue;
    }
    out += parts[i];
  }
  return out;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string list = "[";
  for (const std::string& name : names) {
    list += (list.size() == 1 ? "'" : ", '") + name + "'";
  }
  return list + "]";
}

char32_t take_character(std::string_view& input) {
  const std::size_t length = sequence_length(input);
  const auto lead = static_cast<unsigned char>(input.front());
  if (length == 0) {
    input.remove_prefix(1);
    return 0xDC00U + lead;
  }
  char32_t character = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    character = (character << 6) | (static_cast<unsigned char>(input[i]) & 0x3FU);
  }
  input.remove_prefix(length);
  return character;
}

std::string printable_utf8(std::string_view input) {
  std::string out;
  out.reserve(input.size());
  while (!input.empty()) {
    const std::size_t length = sequence_length(input);
    if (length == 0 || (length == 1 && forbidden_control(static_cast<unsigned char>(input.front()))) ||
        is_non_character(input.substr(0, length))) {
      out += kReplacement;
      input.remove_prefix(1);
      continue;
    }
    out += input.substr(0, length);
    input.remove_prefix(length);
  }
  return out;
}

}  // namespace holdfast::text
