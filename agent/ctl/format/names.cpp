#include "ctl/format/names.hpp"

#include "base/text.hpp"
#include "config/python_text.hpp"

namespace holdfast::ctl {

Namespec split_namespec(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return {std::string(text), std::string(text)};
  }
  const std::string_view process = text.substr(colon + 1);
  if (process.empty() || process == "*") {
    return {std::string(text.substr(0, colon)), std::nullopt};
  }
  return {std::string(text.substr(0, colon)), std::string(process)};
}

std::string make_namespec(std::string_view group, std::string_view process) {
  return group == process ? std::string(process) : std::string(group) + ":" + std::string(process);
}

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

std::string text_member(const wire::Value& value, std::string_view name) {
  const wire::Value* member = value.find(name);
  const std::string* text = member == nullptr ? nullptr : member->as_string();
  return text == nullptr ? std::string() : *text;
}

std::int64_t int_member(const wire::Value& value, std::string_view name) {
  const wire::Value* member = value.find(name);
  const std::int64_t* number = member == nullptr ? nullptr : member->as_int();
  return number == nullptr ? 0 : *number;
}

bool truth_member(const wire::Value& value, std::string_view name) {
  const wire::Value* member = value.find(name);
  if (member == nullptr) {
    return false;
  }
  // supervisord 4.2.5 sends some truths as numbers.
  const bool* truth = member->as_bool();
  return truth != nullptr ? *truth : int_member(value, name) != 0;
}

const wire::Array& items_of(const wire::Value& value) {
  static const wire::Array none;
  const wire::Array* items = value.as_array();
  return items == nullptr ? none : *items;
}

const wire::Array& items_member(const wire::Value& value, std::string_view name) {
  static const wire::Value none;
  const wire::Value* member = value.find(name);
  return items_of(member == nullptr ? none : *member);
}

}  // namespace holdfast::ctl
