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

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::critical:
      return spdlog::level::critical;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::trace:
    case LogLevel::blather:
      return spdlog::level::trace;
  }
  return spdlog::level::info;
}

LogLevel level_of(const spdlog::details::log_msg& message) {
  switch (message.level) {
    case spdlog::level::critical:
      return LogLevel::critical;
    case spdlog::level::err:
      return LogLevel::error;
    case spdlog::level::warn:
      return LogLevel::warn;
    case spdlog::level::info:
      return LogLevel::info;
    case spdlog::level::debug:
      return LogLevel::debug;
    case spdlog::level::trace:
      return message.logger_name == kBlatherLogger ? LogLevel::blather : LogLevel::trace;
    case spdlog::level::off:
    case spdlog::level::n_levels:
      break;
  }
  return LogLevel::info;
}

int syslog_priority(LogLevel level) {
  switch (level) {
    case LogLevel::critical:
      return LOG_CRIT;
    case LogLevel::error:
      return LOG_ERR;
    case LogLevel::warn:
      return LOG_WARNING;
    case LogLevel::info:
      return LOG_INFO;
    case LogLevel::debug:
    case LogLevel::trace:
    case LogLevel::blather:
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
