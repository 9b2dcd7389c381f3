#include "ctl/format/time_text.hpp"

#include <time.h>

#include <array>
#include <optional>

#include "base/text.hpp"

namespace holdfast::ctl {
namespace {

std::optional<std::int64_t> unit_seconds(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86400;
    case 'w':
      return 7 * 86400;
    default:
      return std::nullopt;
  }
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<WallTime> ago(std::string_view text, WallTime now) {
  const auto unit = text.empty() ? std::nullopt : unit_seconds(text.back());
  if (!unit || !all_digits(text.substr(0, text.size() - 1))) {
    return std::nullopt;
  }
  const auto count = text::parse_int(text.substr(0, text.size() - 1));
  if (!count || *count > now.seconds() / *unit) {
    return WallTime{};  // before 1970 is the beginning
  }
  return WallTime::from_seconds(now.seconds() - *count * *unit);
}

std::tm broken_down(WallTime at) {
  const time_t seconds = static_cast<time_t>(at.seconds());
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

std::optional<WallTime> on_the_clock(const std::string& text, WallTime now) {
  constexpr std::array formats{"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
                               "%Y-%m-%d",          "%H:%M:%S",          "%H:%M"};
  for (const char* format : formats) {
    std::tm parts = broken_down(now);
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    const char* end = ::strptime(text.c_str(), format, &parts);
    if (end == nullptr || *end != '\0') {
      continue;
    }
    const std::tm asked = parts;
    parts.tm_isdst = -1;
    const time_t seconds = ::mktime(&parts);
    if (parts.tm_mday != asked.tm_mday || parts.tm_mon != asked.tm_mon) {
      return std::nullopt;  // 31 April
    }
    return WallTime::from_seconds(seconds);
  }
  return std::nullopt;
}

}  // namespace

std::string local_time_text(WallTime at) {
  const std::tm parts = broken_down(at);
  std::array<char, 32> buffer{};
  const std::size_t size = ::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return {buffer.data(), size};
}

Result<WallTime> parse_since(std::string_view text, WallTime now) {
  const std::string_view trimmed = text::trim(text);
  if (const auto at = ago(trimmed, now)) {
    return *at;
  }
  if (trimmed.starts_with('@') && all_digits(trimmed.substr(1))) {
    if (const auto seconds = text::parse_int(trimmed.substr(1)); seconds && *seconds <= INT32_MAX) {
      return WallTime::from_seconds(*seconds);
    }
  }
  if (const auto at = on_the_clock(std::string(trimmed), now)) {
    return *at;
  }
  return Error{"'" + std::string(text) +
               "' is no time: 30s, 10m, 2h, 3d or 1w ago, 2026-11-21, '2026-11-21 04:54', 04:54 or @seconds"};
}

}  // namespace holdfast::ctl
