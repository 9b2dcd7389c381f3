#include "base/log_level.hpp"

#include <array>

namespace holdfast {
namespace {

struct LevelNames {
  LogLevel level;
  std::string_view name;
  std::string_view letters;
};

constexpr std::array<LevelNames, 7> kLevels{{{LogLevel::critical, "critical", "CRIT"},
                                             {LogLevel::error, "error", "ERRO"},
                                             {LogLevel::warn, "warn", "WARN"},
                                             {LogLevel::info, "info", "INFO"},
                                             {LogLevel::debug, "debug", "DEBG"},
                                             {LogLevel::trace, "trace", "TRAC"},
                                             {LogLevel::blather, "blather", "BLAT"}}};

}  // namespace

std::string_view name_of(LogLevel level) {
  for (const LevelNames& each : kLevels) {
    if (each.level == level) {
      return each.name;
    }
  }
  return {};
}

std::string_view letters_of(LogLevel level) {
  for (const LevelNames& each : kLevels) {
    if (each.level == level) {
      return each.letters;
    }
  }
  return "INFO";
}

std::optional<LogLevel> log_level_of(std::string_view name) {
  for (const LevelNames& each : kLevels) {
    if (each.name == name) {
      return each.level;
    }
  }
  return std::nullopt;
}

}  // namespace holdfast
