// main_log_line.hpp: how spdlog's messages become lines of the main log (contract supervisor.md 3.1): levels
// there and back, syslog's priorities, the formatter. Private to this folder; pure functions. spdlog has six
// levels, Supervisor seven: blather is a second logger at spdlog's lowest level, told by its name.
#pragma once

#include <spdlog/details/log_msg.h>
#include <spdlog/formatter.h>

#include <memory>

#include "base/log_level.hpp"

namespace holdfast::storage {

inline constexpr const char* kBlatherLogger = "blather";

spdlog::level::level_enum spdlog_level(LogLevel level);
LogLevel level_of(const spdlog::details::log_msg& message);
int syslog_priority(LogLevel level);

/// `YYYY-MM-DD HH:MM:SS,mmm LEVL message`, local time, with a newline.
std::unique_ptr<spdlog::formatter> line_formatter();

}  // namespace holdfast::storage
