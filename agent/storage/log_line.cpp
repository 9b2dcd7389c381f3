#include "storage/log_line.hpp"

#include <syslog.h>

#include <ctime>

namespace holdfast::storage {

namespace {

constexpr std::size_t kMillisecondsAt = 20;
constexpr std::size_t kLevelAt = 24;

/// The last `digits` digits of `value`, with leading zeros.
void put_number(LogLineHead& head, std::size_t at, std::size_t digits, std::int64_t value) {
  for (std::size_t i = digits; i > 0; --i) {
    head[at + i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

LogLineHead date_of(std::int64_t second) {
  LogLineHead head;
  constexpr std::string_view kForm = "YYYY-MM-DD HH:MM:SS,mmm LEVL ";
  static_assert(kForm.size() == kLogLineHeadBytes);
  kForm.copy(head.data(), head.size());
  const auto time = static_cast<std::time_t>(second);
  std::tm local{};
  ::localtime_r(&time, &local);
  put_number(head, 0, 4, local.tm_year + 1900);
  put_number(head, 5, 2, local.tm_mon + 1);
  put_number(head, 8, 2, local.tm_mday);
  put_number(head, 11, 2, local.tm_hour);
  put_number(head, 14, 2, local.tm_min);
  put_number(head, 17, 2, local.tm_sec);
  return head;
}

}  // namespace

LogLineHead LogLineHeads::head(LogLevel level, WallTime now) {
  LogLineHead head;
  {
    const std::lock_guard guard(mutex_);
    if (now.seconds() != date_second_) {
      date_second_ = now.seconds();
      date_ = date_of(date_second_);
    }
    head = date_;
  }
  put_number(head, kMillisecondsAt, 3, now.us / 1000 % 1000);
  letters_of(level).copy(&head[kLevelAt], 4);
  return head;
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

}  // namespace holdfast::storage
