#include "config/command_line.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/error_text.hpp"
#include "config/getopt.hpp"
#include "config/python_text.hpp"
#include "config/value_types.hpp"

namespace holdfast::config {
namespace {

enum class Option {
  help,
  configuration,
  version,
  nodaemon,
  user,
  umask,
  directory,
  logfile,
  logfile_maxbytes,
  logfile_backups,
  loglevel,
  pidfile,
  identifier,
  childlogdir,
  minfds,
  minprocs,
  nocleanup,
  strip_ansi,
  profile_options,
  silent,
  test,
};

constexpr KnownOption known(char letter, std::string_view name, bool takes_value, Option option) {
  return {letter, name, takes_value, static_cast<int>(option)};
}

constexpr std::array<KnownOption, 22> kOptions{{
    known('h', "help", false, Option::help),
    known('?', "", false, Option::help),
    known('c', "configuration", true, Option::configuration),
    known('v', "version", false, Option::version),
    known('n', "nodaemon", false, Option::nodaemon),
    known('u', "user", true, Option::user),
    known('m', "umask", true, Option::umask),
    known('d', "directory", true, Option::directory),
    known('l', "logfile", true, Option::logfile),
    known('y', "logfile_maxbytes", true, Option::logfile_maxbytes),
    known('z', "logfile_backups", true, Option::logfile_backups),
    known('e', "loglevel", true, Option::loglevel),
    known('j', "pidfile", true, Option::pidfile),
    known('i', "identifier", true, Option::identifier),
    known('q', "childlogdir", true, Option::childlogdir),
    known('a', "minfds", true, Option::minfds),
    known('\0', "minprocs", true, Option::minprocs),
    known('k', "nocleanup", false, Option::nocleanup),
    known('t', "strip_ansi", false, Option::strip_ansi),
    known('\0', "profile_options", true, Option::profile_options),
    known('s', "silent", false, Option::silent),
    known('T', "test", false, Option::test),
}};

Status apply(CommandLine& line, const GivenOption& given, const Host& host) {
  using Text = Result<std::string>;
  switch (static_cast<Option>(given.id)) {
    case Option::help:
      line.action = CommandLine::Action::help;
      return {};
    case Option::version:
      line.action = CommandLine::Action::version;
      return {};
    case Option::configuration:
      return put_option(line.configuration, Text(given.value), given);
    case Option::nodaemon:
      return put_option_flag(line.nodaemon, given);
    case Option::silent:
      return put_option_flag(line.silent, given);
    case Option::nocleanup:
      return put_option_flag(line.nocleanup, given);
    case Option::strip_ansi:
      return put_option_flag(line.strip_ansi, given);
    case Option::user:
      return put_option(line.user, Text(given.value), given);
    case Option::umask:
      return put_option(line.umask, parse_octal(given.value), given);
    case Option::directory:
      return put_option(line.directory, parse_existing_directory(given.value, host), given);
    case Option::logfile:
      return put_option(line.logfile, parse_existing_dirpath(given.value, host), given);
    case Option::logfile_maxbytes:
      return put_option(line.logfile_maxbytes, parse_byte_size(given.value), given);
    case Option::logfile_backups:
      return put_option(line.logfile_backups, parse_integer(given.value), given);
    case Option::loglevel:
      return put_option(line.loglevel, parse_log_level(given.value), given);
    case Option::pidfile:
      return put_option(line.pidfile, parse_existing_dirpath(given.value, host), given);
    case Option::identifier:
      return put_option(line.identifier, Text(given.value), given);
    case Option::childlogdir:
      return put_option(line.childlogdir, parse_existing_directory(given.value, host), given);
    case Option::minfds:
      return put_option(line.minfds, parse_integer(given.value), given);
    case Option::minprocs:
      return put_option(line.minprocs, parse_integer(given.value), given);
    case Option::profile_options:
      return put_option(line.profile_options, Text(given.value), given);
    case Option::test:
      return put_option_flag(line.test, given);
  }
  return {};
}

/// repr() of a list of str.
std::string repr_list(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  for (const std::string& item : items) {
    quoted.push_back(repr(item));
  }
  return "[" + text::join(quoted, ", ") + "]";
}

}  // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments, const Host& host) {
  const auto given = split_command_line(arguments, kOptions);
  if (!given) {
    return given.error();
  }
  if (const auto& rest = given.value().rest; !rest.empty()) {
    return Error{"positional arguments are not supported: " + repr_list(rest)};
  }
  CommandLine line;
  for (const GivenOption& option : given.value().options) {
    if (Status status = apply(line, option, host); !status) {
      return status.error();
    }
    if (line.action != CommandLine::Action::run) {
      break;  // -h and -v act at once: what follows them is not looked at
    }
  }
  return line;
}

std::vector<std::string> search_paths(std::string_view argv0) {
  const std::string parent = directory_part(directory_part(argv0));
  const std::string prefix = parent.empty() ? "" : parent == "/" ? "/" : parent + "/";
  return {prefix + "etc/supervisord.conf", prefix + "supervisord.conf", "supervisord.conf",
          "etc/supervisord.conf",          "/etc/supervisord.conf",     "/etc/supervisor/supervisord.conf"};
}

Result<std::string> find_configuration(std::string_view argv0, const Host& host) {
  const std::vector<std::string> paths = search_paths(argv0);
  for (const std::string& path : paths) {
    if (host.exists(path)) {
      return path;
    }
  }
  return Error{"No config file found at default paths (" + text::join(paths, ", ") +
               "); use the -c option to specify a config file at a different path"};
}

std::string usage_error(const Error& error, std::string_view argv0) {
  std::string out = "Error: " + supervisor_text(error) + "\nFor help, use " + std::string(argv0) + " -h\n";
  if (const std::string place = place_text(error); !place.empty()) {
    out += "The error is at " + place + "\n";
  }
  return out;
}

std::string help_text(std::string_view argv0) {
  return "Usage: " + std::string(argv0) + R"( [options]

Keeps programs running, on this machine and with others as a cluster. Takes Supervisor's configuration file.

-c, --configuration FILE     the configuration file (looked for in the usual places if not given)
-n, --nodaemon               stay in the foreground
-s, --silent                 with -n: no log on standard output
-h, -?, --help               print this and exit
-v, --version                print the version and exit
-u, --user USER              run as this user (name or number)
-m, --umask MASK             umask of the daemon (octal, 022)
-d, --directory DIRECTORY    change to it when becoming a daemon
-l, --logfile FILE           the daemon's own log
-y, --logfile_maxbytes SIZE  rotate it at this size (KB, MB, GB)
-z, --logfile_backups COUNT  old logs to keep
-e, --loglevel LEVEL         critical, error, warn, info, debug, trace or blather
-j, --pidfile FILE           where to write the process id
-i, --identifier NAME        name of this instance
-q, --childlogdir DIRECTORY  where the programs' AUTO logs go
-k, --nocleanup              keep old AUTO logs at start
-a, --minfds COUNT           file descriptors that must be available
-t, --strip_ansi             strip ANSI escapes from the programs' logs
--minprocs COUNT             processes that must be available
-T, --test                   check the configuration, print what would run, start nothing
--profile_options OPTIONS    accepted for compatibility, without effect

Every option but -c, -h, -v, -T wins over the same key of [supervisord].
)";
}

}  // namespace holdfast::config
