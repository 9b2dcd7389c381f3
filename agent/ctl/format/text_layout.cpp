#include "ctl/format/text_layout.hpp"

#include "base/text.hpp"
#include "config/python_text.hpp"

namespace holdfast::ctl {

std::vector<std::string> split_words(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  for (std::size_t at = 0; at < line.size();) {
    const config::CodePoint character = config::code_point_at(line, at);
    if (!config::is_python_space(character.value)) {
      word.append(line.substr(at, character.length));
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
    at += character.length;
  }
  if (!word.empty()) {
    words.push_back(std::move(word));
  }
  return words;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size(); at += config::code_point_at(text, at).length) {
    ++width;
  }
  return width;
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t own = width_of(text);
  return std::string(text) + std::string(own < width ? width - own : 0, ' ');
}

std::string one_line(std::string_view text) {
  std::string line = text::printable_utf8(text);
  for (char& c : line) {
    if (c == '\n' || c == '\r' || c == '\t' || c == '\x7f') {
      c = ' ';
    }
  }
  return line;
}

}  // namespace holdfast::ctl
