// command_line.hpp: the daemon's command line with supervisord's options and texts (contract
// supervisor.md 1.2), the search for the configuration file, and the two-line form of every usage error.
// Prints nothing and exits never: mains do. Pure but for the Host it is given.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/host.hpp"
#include "config/settings.hpp"

namespace holdfast::config {

/// What the command line says; an absent value leaves the file's. Values are checked as the same keys of the
/// file.
struct CommandLine {
  enum class Action { run, help, version } action = Action::run;  // help and version: print, exit 0, read nothing
  bool test = false;                                              // -T: read and check all, start nothing
  std::optional<std::string> configuration;                       // -c
  bool nodaemon = false;                                          // -n
  bool silent = false;                                            // -s
  bool nocleanup = false;                                         // -k
  bool strip_ansi = false;                                        // -t
  std::optional<std::string> user;                                // -u, looked up by read_settings
  std::optional<std::uint32_t> umask;                             // -m
  std::optional<std::string> directory;                           // -d
  std::optional<std::string> logfile;                             // -l
  std::optional<std::int64_t> logfile_maxbytes;                   // -y
  std::optional<int> logfile_backups;                             // -z
  std::optional<LogLevel> loglevel;                               // -e
  std::optional<std::string> pidfile;                             // -j
  std::optional<std::string> identifier;                          // -i
  std::optional<std::string> childlogdir;                         // -q
  std::optional<int> minfds;                                      // -a
  std::optional<int> minprocs;                                    // --minprocs
  std::optional<std::string> profile_options;                     // without effect: it profiles supervisord's Python
};

/// `arguments` without the program's name.
Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments, const Host& host);

/// The places where a configuration file is looked for without -c, in order.
std::vector<std::string> search_paths(std::string_view argv0);
/// The first of them that exists. The error is the daemon's usage text; ctl goes on without a file.
Result<std::string> find_configuration(std::string_view argv0, const Host& host);

/// What a usage or configuration error looks like on stderr: `Error: <text>`, `For help, use <argv0> -h`;
/// then, if the error has a place (error_text.hpp), one line of our own that names it. Ends with a newline.
std::string usage_error(const Error& error, std::string_view argv0);

/// What -h prints, for the program called `argv0`.
std::string help_text(std::string_view argv0);

}  // namespace holdfast::config
