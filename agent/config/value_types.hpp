// value_types.hpp: text to value for every type of contract supervisor.md 1.3, with Supervisor's error texts
// to the letter. Pure but for those that ask the machine (accounts, directories), which get a Host. Errors
// carry the text only; who calls adds section and place.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "config/host.hpp"
#include "config/settings.hpp"

namespace holdfast::config {

Result<bool> parse_boolean(std::string_view text);
/// Numbers beyond the range of int are cut to its limits (Python has none).
Result<int> parse_integer(std::string_view text);
/// Bytes with an optional KB, MB or GB; a negative size is 0.
Result<std::int64_t> parse_byte_size(std::string_view text);
Result<std::uint32_t> parse_octal(std::string_view text);
/// A signal's number by number or name; 0 is accepted as Supervisor does.
Result<int> parse_signal(std::string_view text);
Result<std::set<int>> parse_exit_codes(std::string_view text);
Result<AutoRestart> parse_autorestart(std::string_view text);
Result<LogLevel> parse_log_level(std::string_view text);
/// The parts between commas, stripped; an empty text has none, but `a,,b` has an empty one.
std::vector<std::string> parse_list(std::string_view text);
/// A program, group or process name, stripped; no blank, ':' or '/'.
Result<std::string> parse_name(std::string_view text);

/// Port, host:port, *:port or :port, and [ipv6]:port (ours). Host "" means any; without brackets, lower case.
struct InetAddress {
  std::string host;
  std::uint16_t port = 0;
};
Result<InetAddress> parse_inet_address(std::string_view text);
Result<std::uint16_t> parse_port(std::string_view text);

/// `~` expanded; must be a directory.
Result<std::string> parse_existing_directory(std::string_view text, const Host& host);
/// `~` expanded; the directory part must exist, a bare name is fine.
Result<std::string> parse_existing_dirpath(std::string_view text, const Host& host);
/// none, off, auto, syslog (any case) or an existing dirpath.
struct LogfileName {
  LogTarget target;
  bool syslog = false;
};
Result<LogfileName> parse_logfile_name(std::string_view text, const Host& host);

/// A user by name or number.
Result<Account> parse_user(std::string_view text, const Host& host);
/// user or user:group, names or numbers; the group is UINT32_MAX (unchanged) when absent.
Result<std::pair<std::uint32_t, std::uint32_t>> parse_user_group(std::string_view text, const Host& host);

/// os.path.expanduser, abspath and normpath of `path`.
std::string expand_user(std::string_view path, const Host& host);
std::string normal_path(std::string_view path, const Host& host);
/// os.path.dirname.
std::string directory_part(std::string_view path);

/// Whether `name` (upper case) is one of Supervisor's event types (contract 5.1).
bool is_event_type(std::string_view name);

}  // namespace holdfast::config
