// log_line.hpp: how a line of the daemon's own log begins (contract supervisor.md 3.1), and what syslog calls its
// level. It never allocates and writes nothing anywhere. Used by MainLog; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "base/instant.hpp"
#include "base/log_level.hpp"

namespace holdfast::storage {

/// `YYYY-MM-DD HH:MM:SS,mmm LEVL `, to stand before the text.
inline constexpr std::size_t kLogLineHeadBytes = 29;
using LogLineHead = std::array<char, kLogLineHeadBytes>;

/// Makes them. The date changes once a second: it is kept from line to line.
class LogLineHeads {
 public:
  /// In local time.
  [[nodiscard]] LogLineHead head(LogLevel level, WallTime now);

 private:
  std::mutex mutex_;  // guards the next two
  LogLineHead date_{};
  std::int64_t date_second_ = INT64_MIN;
};

int syslog_priority(LogLevel level);

}  // namespace holdfast::storage
