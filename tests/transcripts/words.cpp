#include "words.hpp"

#include "base/text.hpp"

namespace holdfast::transcripts {

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::critical:
      return "CRIT";
    case LogLevel::error:
      return "ERRO";
    case LogLevel::warn:
      return "WARN";
    case LogLevel::info:
      return "INFO";
    case LogLevel::debug:
      return "DEBG";
    case LogLevel::trace:
      return "TRAC";
    case LogLevel::blather:
      return "BLAT";
  }
  return "?";
}

std::string visible(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) {
    text.replace(at, 1, "\\n");
  }
  return text;
}

Duration duration_in(const std::string& text) {
  if (text.ends_with("ms")) {
    return std::chrono::milliseconds(number_in(text.substr(0, text.size() - 2)));
  }
  return std::chrono::seconds(number_in(text.substr(0, text.find('s'))));
}

std::int64_t number_in(const std::string& text) {
  return text::parse_int(text).value_or(0);
}

}  // namespace holdfast::transcripts
