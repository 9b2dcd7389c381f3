// log_level.hpp: Supervisor's log levels with their codes (contract supervisor.md 3.1), and the function type
// by which the parts of this folder say something to a person. Vocabulary only. The codes equal
// config::LogLevel's, so that the composition root converts by value (storage may not include config).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace holdfast::storage {

enum class Level { critical = 50, error = 40, warn = 30, info = 20, debug = 10, trace = 5, blather = 3 };

/// The four letters of a log line: CRIT ERRO WARN INFO DEBG TRAC BLAT.
std::string_view letters_of(Level level);

/// Says one line to whoever reads the log. Must be callable on the disk thread (MainLog::log is).
using Say = std::function<void(Level, std::string_view)>;

}  // namespace holdfast::storage
