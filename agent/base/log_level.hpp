// log_level.hpp: Supervisor's log levels with their codes (contract supervisor.md 3.1), their names in a configuration
// and in a line of the log, and the function type by which a part says something to a person. Vocabulary of all layers.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string_view>

namespace holdfast {

enum class LogLevel { critical = 50, error = 40, warn = 30, info = 20, debug = 10, trace = 5, blather = 3 };

/// From the gravest to the most talkative.
inline constexpr std::array kLogLevels{LogLevel::critical, LogLevel::error, LogLevel::warn,   LogLevel::info,
                                       LogLevel::debug,    LogLevel::trace, LogLevel::blather};

/// As a configuration writes it: critical error warn info debug trace blather.
std::string_view name_of(LogLevel level);
std::optional<LogLevel> log_level_of(std::string_view name);

/// The four letters of a log line: CRIT ERRO WARN INFO DEBG TRAC BLAT.
std::string_view letters_of(LogLevel level);

/// Says one line to whoever reads the log. Must be callable on the disk thread (MainLog::log is).
using Say = std::function<void(LogLevel, std::string_view)>;

}  // namespace holdfast
