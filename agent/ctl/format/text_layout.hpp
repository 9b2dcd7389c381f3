// text_layout.hpp: words, widths and lines of text for a terminal. Widths count characters, not bytes. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::ctl {

/// The words between blanks, as Python's str.split() finds them.
std::vector<std::string> split_words(std::string_view line);

/// How many characters `text` has.
std::size_t width_of(std::string_view text);
/// `text` with blanks after it up to `width` characters.
std::string padded(std::string_view text, std::size_t width);

/// Without line breaks, tabs and control characters: one line whatever a server sent.
std::string one_line(std::string_view text);

}  // namespace holdfast::ctl
