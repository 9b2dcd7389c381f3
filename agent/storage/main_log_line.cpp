#include "storage/main_log_line.hpp"

#include <spdlog/pattern_formatter.h>
#include <syslog.h>

#include <ctime>

namespace holdfast::storage {

namespace {

/// `%*` in the pattern: Supervisor's four letters.
class LettersFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string_view letters = letters_of(level_of(message));
    out.append(letters.data(), letters.data() + letters.size());
  }
  [[nodiscard]] std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<LettersFlag>();
  }
};

}  // namespace

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::critical:
      return spdlog::level::critical;
    case Level::error:
      return spdlog::level::err;
    case Level::warn:
      return spdlog::level::warn;
    case Level::info:
      return spdlog::level::info;
    case Level::debug:
      return spdlog::level::debug;
    case Level::trace:
    case Level::blather:
      return spdlog::level::trace;
  }
  return spdlog::level::info;
}

Level level_of(const spdlog::details::log_msg& message) {
  switch (message.level) {
    case spdlog::level::critical:
      return Level::critical;
    case spdlog::level::err:
      return Level::error;
    case spdlog::level::warn:
      return Level::warn;
    case spdlog::level::info:
      return Level::info;
    case spdlog::level::debug:
      return Level::debug;
    case spdlog::level::trace:
      return message.logger_name == kBlatherLogger ? Level::blather : Level::trace;
    case spdlog::level::off:
    case spdlog::level::n_levels:
      break;
  }
  return Level::info;
}

int syslog_priority(Level level) {
  switch (level) {
    case Level::critical:
      return LOG_CRIT;
    case Level::error:
      return LOG_ERR;
    case Level::warn:
      return LOG_WARNING;
    case Level::info:
      return LOG_INFO;
    case Level::debug:
    case Level::trace:
    case Level::blather:
      return LOG_DEBUG;
  }
  return LOG_INFO;
}

std::unique_ptr<spdlog::formatter> line_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::local, "\n");
  formatter->add_flag<LettersFlag>('*').set_pattern("%Y-%m-%d %H:%M:%S,%e %* %v");
  return formatter;
}

}  // namespace holdfast::storage
