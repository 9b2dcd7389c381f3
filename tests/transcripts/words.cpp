#include "words.hpp"

#include "base/text.hpp"

namespace holdfast::transcripts {

std::string_view level_name(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::critical:
      return "CRIT";
    case config::LogLevel::error:
      return "ERRO";
    case config::LogLevel::warn:
      return "WARN";
    case config::LogLevel::info:
      return "INFO";
    case config::LogLevel::debug:
      return "DEBG";
    case config::LogLevel::trace:
      return "TRAC";
    case config::LogLevel::blather:
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
