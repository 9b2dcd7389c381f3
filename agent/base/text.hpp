// text.hpp: small text functions that several layers need: trimming, splitting, bounded number parsing. ASCII
// only and free of the locale. Never allocates more than its input's size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::text {

/// `input` without leading and trailing blanks (space, \t, \n, \v, \f, \r).
std::string_view trim(std::string_view input);

/// The parts between `separator`s, not trimmed; an empty input has one empty part.
std::vector<std::string_view> split(std::string_view input, char separator);

/// The trimmed, non-empty parts between `separator`s (the comma lists of the INI dialect).
std::vector<std::string> split_list(std::string_view input, char separator);

/// ASCII lower and upper case; other bytes stay.
std::string lower(std::string_view input);
std::string upper(std::string_view input);

/// A whole decimal number with an optional sign, nothing around it; nullopt if it is none or does not fit.
std::optional<std::int64_t> parse_int(std::string_view input);

/// `parts` with `glue` between them.
std::string join(const std::vector<std::string>& parts, std::string_view glue);

/// `['a', 'b']`: as Supvisors puts names into a fault, whose text its clients know.
std::string quoted_list(const std::vector<std::string>& names);

/// Takes the first character off `input`, which is not empty. A byte that is not part of valid UTF-8 is taken alone and
/// is U+DC00 + byte, as for Python (surrogateescape).
char32_t take_character(std::string_view& input);
/// Whether take_character made it of a byte that is not UTF-8.
constexpr bool is_stray_byte(char32_t character) {
  return character >= 0xDC80 && character <= 0xDCFF;
}

/// `input` with each byte that is not part of valid UTF-8, and each control character that XML 1.0 forbids,
/// replaced by U+FFFD; what every answer to a client goes through (contract supervisor.md 3.7).
std::string printable_utf8(std::string_view input);

}  // namespace holdfast::text
