#include "ctl/commands/log_request.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "config/python_text.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::int64_t kDefaultBytes = 1600;
constexpr std::int64_t kIntMax = 2147483647;  // XML-RPC has no larger number

/// `-f` or `-N` into `request`; false if it is neither.
bool take_modifier(const std::string& word, LogRequest& request) {
  const std::string what = word.substr(1);
  if (what == "f") {
    request.follow = true;
    return true;
  }
  const auto bytes = config::python_int(what, 10);
  if (bytes) {
    request.bytes = std::clamp(*bytes, -kIntMax, kIntMax);
  }
  return bytes.has_value();
}

}  // namespace

std::variant<LogRequest, LogRequestError> parse_tail(std::vector<std::string> words) {
  if (words.empty()) {
    return LogRequestError{"Error: too few arguments", true};
  }
  if (words.size() > 3) {
    return LogRequestError{"Error: too many arguments", true};
  }
  std::optional<std::string> modifier;
  if (words.front().starts_with('-')) {
    modifier = words.front();
    words.erase(words.begin());
  }
  if (words.empty()) {
    return LogRequestError{"Error: tail requires process name", false};
  }
  LogRequest request{words.front(), "stdout", false, kDefaultBytes};
  if (words.size() > 1) {
    request.channel = text::lower(words.back());
    if (request.channel != "stdout" && request.channel != "stderr") {
      return LogRequestError{"Error: bad channel " + config::repr(request.channel), false};
    }
  }
  if (modifier && !take_modifier(*modifier, request)) {
    return LogRequestError{"Error: bad argument " + *modifier, false};
  }
  return request;
}

std::variant<LogRequest, LogRequestError> parse_maintail(const std::vector<std::string>& words) {
  if (words.size() > 1) {
    return LogRequestError{"Error: too many arguments", true};
  }
  LogRequest request{"", "", false, kDefaultBytes};
  if (!words.empty() && (!words.front().starts_with('-') || !take_modifier(words.front(), request))) {
    return LogRequestError{"Error: bad argument " + words.front(), false};
  }
  return request;
}

}  // namespace holdfast::ctl
