// log_request.hpp: what the words after `tail` and `maintail` ask for, or the error text of contract supervisor.md 6.2.
// Pure: reads no log. Used by log_commands.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace holdfast::ctl {

/// The name of the main log in error lines.
inline constexpr const char* kMainLogName = "supervisord";

struct LogRequest {
  std::string name;     // of the process; empty: the main log
  std::string channel;  // "stdout" or "stderr"
  bool follow = false;
  std::int64_t bytes = 0;  // from the end, when not followed
  friend bool operator==(const LogRequest&, const LogRequest&) = default;
};

struct LogRequestError {
  std::string text;
  bool with_help = false;  // the help text follows
  friend bool operator==(const LogRequestError&, const LogRequestError&) = default;
};

std::variant<LogRequest, LogRequestError> parse_tail(std::vector<std::string> words);
std::variant<LogRequest, LogRequestError> parse_maintail(const std::vector<std::string>& words);

}  // namespace holdfast::ctl
