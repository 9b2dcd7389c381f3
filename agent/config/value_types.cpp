#include "config/value_types.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/text.hpp"
#include "config/python_text.hpp"

namespace holdfast::config {
namespace {

Error not_an_integer(std::string_view text) {
  return Error{"invalid literal for int() with base 10: " + repr(text)};
}

int cut_to_int(std::int64_t number) {
  return static_cast<int>(
      std::clamp<std::int64_t>(number, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
}

constexpr std::array<std::string_view, 4> kTrue{"yes", "true", "on", "1"};
constexpr std::array<std::string_view, 4> kFalse{"no", "false", "off", "0"};

bool any_of(const std::array<std::string_view, 4>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Linux signals by the names Python knows; the SIG_* handler constants it also takes are left out.
constexpr std::array<std::pair<std::string_view, int>, 36> kSignals{{
    {"ABRT", 6},   {"ALRM", 14},  {"BUS", 7},     {"CHLD", 17},   {"CLD", 17},  {"CONT", 18},
    {"FPE", 8},    {"HUP", 1},    {"ILL", 4},     {"INT", 2},     {"IO", 29},   {"IOT", 6},
    {"KILL", 9},   {"PIPE", 13},  {"POLL", 29},   {"PROF", 27},   {"PWR", 30},  {"QUIT", 3},
    {"RTMAX", 64}, {"RTMIN", 34}, {"SEGV", 11},   {"STKFLT", 16}, {"STOP", 19}, {"SYS", 31},
    {"TERM", 15},  {"TRAP", 5},   {"TSTP", 20},   {"TTIN", 21},   {"TTOU", 22}, {"URG", 23},
    {"USR1", 10},  {"USR2", 12},  {"VTALRM", 26}, {"WINCH", 28},  {"XCPU", 24}, {"XFSZ", 25},
}};

bool known_signal(std::int64_t number) {
  return number == 0 || std::any_of(kSignals.begin(), kSignals.end(),
                                    [number](const auto& signal) { return signal.second == number; });
}

constexpr std::array<std::string_view, 32> kEventTypes{
    "EVENT",
    "PROCESS_STATE",
    "PROCESS_STATE_STOPPED",
    "PROCESS_STATE_EXITED",
    "PROCESS_STATE_STARTING",
    "PROCESS_STATE_STOPPING",
    "PROCESS_STATE_BACKOFF",
    "PROCESS_STATE_FATAL",
    "PROCESS_STATE_RUNNING",
    "PROCESS_STATE_UNKNOWN",
    "PROCESS_COMMUNICATION",
    "PROCESS_COMMUNICATION_STDOUT",
    "PROCESS_COMMUNICATION_STDERR",
    "PROCESS_LOG",
    "PROCESS_LOG_STDOUT",
    "PROCESS_LOG_STDERR",
    "REMOTE_COMMUNICATION",
    "SUPERVISOR_STATE_CHANGE",
    "SUPERVISOR_STATE_CHANGE_RUNNING",
    "SUPERVISOR_STATE_CHANGE_STOPPING",
    "TICK",
    "TICK_5",
    "TICK_60",
    "TICK_3600",
    "PROCESS_GROUP",
    "PROCESS_GROUP_ADDED",
    "PROCESS_GROUP_REMOVED",
    // Supvisors' (contract supvisors.md CFG-E7). PROCESS is above these four alone.
    "PROCESS",
    "PROCESS_ADDED",
    "PROCESS_REMOVED",
    "PROCESS_ENABLED",
    "PROCESS_DISABLED",
};

constexpr std::uint32_t kUnchanged = std::numeric_limits<std::uint32_t>::max();

std::optional<std::uint32_t> as_id(std::int64_t number) {
  return number >= 0 && number < kUnchanged ? std::optional(static_cast<std::uint32_t>(number)) : std::nullopt;
}

std::optional<std::uint32_t> group_id(std::string_view text, const Host& host) {
  const auto number = python_int(text, 10);
  if (!number) {
    return host.find_group(std::string(text));
  }
  const auto gid = as_id(*number);
  return gid && host.group_exists(*gid) ? gid : std::nullopt;
}

}  // namespace

Result<bool> parse_boolean(std::string_view text) {
  const std::string word = text::lower(text);
  if (any_of(kTrue, word)) {
    return true;
  }
  if (any_of(kFalse, word)) {
    return false;
  }
  return Error{"not a valid boolean value: " + repr(text)};
}

Result<int> parse_integer(std::string_view text) {
  const auto number = python_int(text, 10);
  return number ? Result<int>(cut_to_int(*number)) : not_an_integer(text);
}

Result<std::int64_t> parse_byte_size(std::string_view text) {
  const std::string lowered = text::lower(text);
  std::string_view digits = lowered;
  std::int64_t unit = 1;
  const std::string_view suffix = digits.size() < 2 ? digits : digits.substr(digits.size() - 2);
  if (suffix == "kb" || suffix == "mb" || suffix == "gb") {
    unit = suffix == "kb" ? 1LL << 10 : suffix == "mb" ? 1LL << 20 : 1LL << 30;
    digits.remove_suffix(2);
  }
  const auto number = python_int(digits, 10);
  if (!number) {
    return not_an_integer(digits);
  }
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(*number, unit, &bytes)) {
    bytes = *number < 0 ? 0 : std::numeric_limits<std::int64_t>::max();
  }
  return std::max<std::int64_t>(bytes, 0);
}

Result<std::uint32_t> parse_octal(std::string_view text) {
  const auto number = python_int(text, 8);
  if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) {
    return Error{std::string(text) + " can not be converted to an octal type"};
  }
  return static_cast<std::uint32_t>(*number);
}

Result<int> parse_signal(std::string_view text) {
  if (const auto number = python_int(text, 10)) {
    return known_signal(*number) ? Result<int>(static_cast<int>(*number))
                                 : Error{"value " + repr(text) + " is not a valid signal number"};
  }
  std::string name = text::upper(strip(text));
  if (name.starts_with("SIG")) {
    name.erase(0, 3);
  }
  for (const auto& [known, number] : kSignals) {
    if (known == name) {
      return number;
    }
  }
  return Error{"value " + repr(text) + " is not a valid signal name"};
}

Result<std::set<int>> parse_exit_codes(std::string_view text) {
  std::set<int> codes;
  if (text.empty()) {
    return codes;
  }
  for (const std::string_view part : text::split(text, ',')) {
    const auto code = python_int(part, 10);
    if (!code || *code < 0 || *code > 255) {
      return Error{"not a valid list of exit codes: " + repr(text)};
    }
    codes.insert(static_cast<int>(*code));
  }
  return codes;
}

Result<AutoRestart> parse_autorestart(std::string_view text) {
  const std::string word = text::lower(text);
  if (any_of(kTrue, word)) {
    return AutoRestart::always;
  }
  if (any_of(kFalse, word)) {
    return AutoRestart::never;
  }
  if (word == "unexpected") {
    return AutoRestart::unexpected;
  }
  return Error{"invalid 'autorestart' value " + repr(word)};
}

Result<LogLevel> parse_log_level(std::string_view text) {
  const std::string word = text::lower(text);
  if (const auto level = log_level_of(word)) {
    return *level;
  }
  return Error{"bad logging level name " + repr(text)};
}

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> parts;
  if (!text.empty()) {
    for (const std::string_view part : text::split(text, ',')) {
      parts.emplace_back(strip(part));
    }
  }
  return parts;
}

Result<std::string> parse_name(std::string_view text) {
  const std::string name(strip(text));
  for (const char forbidden : std::string_view(" :/")) {
    if (name.find(forbidden) != std::string::npos) {
      return Error{"Invalid name: " + repr(text) + " because of character: " + repr(std::string(1, forbidden))};
    }
  }
  return name;
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto port = python_int(text, 10);
  if (!port) {
    return not_an_integer(text);
  }
  if (*port < 1) {
    return Error{std::to_string(*port) + " is below lower bound (1)"};
  }
  if (*port > 0xFFFF) {
    return Error{std::to_string(*port) + " is above upper bound (65535)"};
  }
  return static_cast<std::uint16_t>(*port);
}

Result<InetAddress> parse_inet_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    auto port = parse_port(text);
    return port ? Result<InetAddress>(InetAddress{"", port.value()})
                : Error{"not a valid port number: " + repr(text) + " "};
  }
  const std::string_view port_text = text.substr(colon + 1);
  if (port_text.empty()) {
    return Error{"no port number specified in " + repr(port_text)};
  }
  auto port = parse_port(port_text);
  if (!port) {
    return port.error();
  }
  std::string host = text::lower(text.substr(0, colon));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return InetAddress{host == "*" ? "" : host, port.value()};
}

std::string directory_part(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return {};
  }
  const std::string_view head = path.substr(0, slash + 1);
  const std::size_t last = head.find_last_not_of('/');
  return std::string(last == std::string_view::npos ? head : head.substr(0, last + 1));
}

std::string expand_user(std::string_view path, const Host& host) {
  if (path.empty() || path.front() != '~') {
    return std::string(path);
  }
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string user(path.substr(1, slash - 1));
  std::optional<std::string> home;
  if (user.empty()) {
    const auto own = host.environment().find("HOME");
    home = own != host.environment().end() ? std::optional(own->second) : host.home_of("");
  } else {
    home = host.home_of(user);
  }
  if (!home) {
    return std::string(path);
  }
  while (!home->empty() && home->back() == '/') {
    home->pop_back();
  }
  const std::string whole = *home + std::string(path.substr(slash));
  return whole.empty() ? "/" : whole;
}

std::string normal_path(std::string_view path, const Host& host) {
  std::string whole = expand_user(path, host);
  if (whole.empty() || whole.front() != '/') {
    whole = host.working_directory() + "/" + whole;
  }
  std::vector<std::string> parts;
  for (const std::string_view part : text::split(whole, '/')) {
    if (part.empty() || part == ".") {
      continue;
    }
    if (part != "..") {
      parts.emplace_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  // POSIX gives exactly two leading slashes a meaning of their own, and Python keeps them.
  const bool two = whole.starts_with("//") && !whole.starts_with("///");
  return (two ? "//" : "/") + text::join(parts, "/");
}

Result<std::string> parse_existing_directory(std::string_view text, const Host& host) {
  std::string path = expand_user(text, host);
  if (host.is_directory(path)) {
    return path;
  }
  return Error{std::string(text) + " is not an existing directory"};
}

Result<std::string> parse_existing_dirpath(std::string_view text, const Host& host) {
  std::string path = expand_user(text, host);
  const std::string directory = directory_part(path);
  if (directory.empty() || host.is_directory(directory)) {
    return path;
  }
  return Error{"The directory named as part of the path " + std::string(text) + " does not exist"};
}

Result<LogfileName> parse_logfile_name(std::string_view text, const Host& host) {
  const std::string word = text::lower(text);
  if (word == "none" || word == "off") {
    return LogfileName{{LogTarget::Kind::none, {}}, false};
  }
  if (word == "auto") {
    return LogfileName{{LogTarget::Kind::automatic, {}}, false};
  }
  if (word == "syslog") {
    return LogfileName{{LogTarget::Kind::none, {}}, true};
  }
  auto path = parse_existing_dirpath(text, host);
  if (!path) {
    return path.error();
  }
  return LogfileName{{LogTarget::Kind::file, path.value()}, false};
}

Result<Account> parse_user(std::string_view text, const Host& host) {
  const auto number = python_int(text, 10);
  std::optional<Account> account;
  if (!number) {
    account = host.find_user(std::string(text));
  } else if (const auto uid = as_id(*number)) {
    account = host.find_user(*uid);
  }
  if (account) {
    return *account;
  }
  return Error{(number ? "Invalid user id " : "Invalid user name ") + std::string(text)};
}

Result<std::pair<std::uint32_t, std::uint32_t>> parse_user_group(std::string_view text, const Host& host) {
  const std::size_t colon = text.find(':');
  const auto user = parse_user(text.substr(0, colon), host);
  std::optional<std::uint32_t> gid = kUnchanged;
  if (colon != std::string_view::npos) {
    gid = group_id(text.substr(colon + 1), host);
  }
  if (!user || !gid) {
    return Error{"Invalid user:group definition " + std::string(text)};
  }
  return std::pair(user.value().uid, *gid);
}

bool is_event_type(std::string_view name) {
  return std::find(kEventTypes.begin(), kEventTypes.end(), name) != kEventTypes.end();
}

}  // namespace holdfast::config
