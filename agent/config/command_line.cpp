#include "config/command_line.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/error_text.hpp"
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
};

struct OptionName {
  char letter;  // 0: none
  std::string_view name;
  bool takes_value;
  Option option;
};

constexpr std::array<OptionName, 21> kOptions{{
    {'h', "help", false, Option::help},
    {'?', "", false, Option::help},
    {'c', "configuration", true, Option::configuration},
    {'v', "version", false, Option::version},
    {'n', "nodaemon", false, Option::nodaemon},
    {'u', "user", true, Option::user},
    {'m', "umask", true, Option::umask},
    {'d', "directory", true, Option::directory},
    {'l', "logfile", true, Option::logfile},
    {'y', "logfile_maxbytes", true, Option::logfile_maxbytes},
    {'z', "logfile_backups", true, Option::logfile_backups},
    {'e', "loglevel", true, Option::loglevel},
    {'j', "pidfile", true, Option::pidfile},
    {'i', "identifier", true, Option::identifier},
    {'q', "childlogdir", true, Option::childlogdir},
    {'a', "minfds", true, Option::minfds},
    {'\0', "minprocs", true, Option::minprocs},
    {'k', "nocleanup", false, Option::nocleanup},
    {'t', "strip_ansi", false, Option::strip_ansi},
    {'\0', "profile_options", true, Option::profile_options},
    {'s', "silent", false, Option::silent},
}};

/// One option as it stood on the line: `-n` or `--nodaemon`.
struct Given {
  Option option;
  std::string spelling;
  std::string value;
};

/// What Python's getopt makes of the arguments: options up to the first other word, then the rest.
class Getopt {
 public:
  explicit Getopt(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Result<std::vector<Given>> run() {
    while (at_ < arguments_.size()) {
      const std::string& word = arguments_[at_];
      if (word == "--") {
        ++at_;
        break;
      }
      if (word.size() < 2 || word.front() != '-') {
        break;
      }
      ++at_;
      if (Status status = word[1] == '-' ? take_long(word.substr(2)) : take_short(word.substr(1)); !status) {
        return status.error();
      }
    }
    return std::move(given_);
  }

  /// What is left: arguments that are no options.
  [[nodiscard]] std::vector<std::string> rest() const {
    return {arguments_.begin() + static_cast<std::ptrdiff_t>(at_), arguments_.end()};
  }

 private:
  Status take_long(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    std::vector<const OptionName*> matches;
    for (const OptionName& option : kOptions) {
      if (option.name == name && !name.empty()) {
        matches.assign(1, &option);
        break;
      }
      if (!option.name.empty() && option.name.starts_with(name)) {
        matches.push_back(&option);
      }
    }
    if (matches.empty()) {
      return Error{"option --" + name + " not recognized"};
    }
    if (matches.size() > 1) {
      return Error{"option --" + name + " not a unique prefix"};
    }
    const OptionName& option = *matches.front();
    const std::string spelling = "--" + std::string(option.name);
    std::string value;
    if (equals != std::string::npos) {
      if (!option.takes_value) {
        return Error{"option " + spelling + " must not have an argument"};
      }
      value = word.substr(equals + 1);
    } else if (option.takes_value) {
      if (at_ == arguments_.size()) {
        return Error{"option " + spelling + " requires argument"};
      }
      value = arguments_[at_++];
    }
    given_.push_back({option.option, spelling, value});
    return {};
  }

  Status take_short(std::string_view letters) {
    while (!letters.empty()) {
      const char letter = letters.front();
      letters.remove_prefix(1);
      const auto* option = std::find_if(kOptions.begin(), kOptions.end(),
                                        [letter](const OptionName& known) { return known.letter == letter; });
      if (option == kOptions.end() || letter == '\0') {
        return Error{std::string("option -") + letter + " not recognized"};
      }
      std::string value;
      if (option->takes_value) {
        if (letters.empty() && at_ == arguments_.size()) {
          return Error{std::string("option -") + letter + " requires argument"};
        }
        value = letters.empty() ? arguments_[at_++] : std::string(letters);
        letters = {};
      }
      given_.push_back({option->option, std::string("-") + letter, value});
    }
    return {};
  }

  const std::vector<std::string>& arguments_;
  std::size_t at_ = 0;
  std::vector<Given> given_;
};

/// Puts a value into its place; twice the same option is an error, as in Supervisor.
template <typename Target>
Status put(std::optional<Target>& place, Result<Target> value, const Given& given) {
  if (!value) {
    return Error{"invalid value for " + given.spelling + " " + repr(given.value) + ": " +
                 value.error().message};
  }
  if (place) {
    return Error{"conflicting command line option " + repr(given.spelling)};
  }
  place = std::move(value).value();
  return {};
}

Status put_flag(bool& place, const Given& given) {
  if (place) {
    return Error{"conflicting command line option " + repr(given.spelling)};
  }
  place = true;
  return {};
}

Status apply(CommandLine& line, const Given& given, const Host& host) {
  using Text = Result<std::string>;
  switch (given.option) {
    case Option::help:
      line.action = CommandLine::Action::help;
      return {};
    case Option::version:
      line.action = CommandLine::Action::version;
      return {};
    case Option::configuration:
      return put(line.configuration, Text(given.value), given);
    case Option::nodaemon:
      return put_flag(line.nodaemon, given);
    case Option::silent:
      return put_flag(line.silent, given);
    case Option::nocleanup:
      return put_flag(line.nocleanup, given);
    case Option::strip_ansi:
      return put_flag(line.strip_ansi, given);
    case Option::user:
      return put(line.user, Text(given.value), given);
    case Option::umask:
      return put(line.umask, parse_octal(given.value), given);
    case Option::directory:
      return put(line.directory, parse_existing_directory(given.value, host), given);
    case Option::logfile:
      return put(line.logfile, parse_existing_dirpath(given.value, host), given);
    case Option::logfile_maxbytes:
      return put(line.logfile_maxbytes, parse_byte_size(given.value), given);
    case Option::logfile_backups:
      return put(line.logfile_backups, parse_integer(given.value), given);
    case Option::loglevel:
      return put(line.loglevel, parse_log_level(given.value), given);
    case Option::pidfile:
      return put(line.pidfile, parse_existing_dirpath(given.value, host), given);
    case Option::identifier:
      return put(line.identifier, Text(given.value), given);
    case Option::childlogdir:
      return put(line.childlogdir, parse_existing_directory(given.value, host), given);
    case Option::minfds:
      return put(line.minfds, parse_integer(given.value), given);
    case Option::minprocs:
      return put(line.minprocs, parse_integer(given.value), given);
    case Option::profile_options:
      return {};  // accepted and without effect: it profiles supervisord's Python
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
  Getopt getopt(arguments);
  const auto given = getopt.run();
  if (!given) {
    return given.error();
  }
  if (const auto rest = getopt.rest(); !rest.empty()) {
    return Error{"positional arguments are not supported: " + repr_list(rest)};
  }
  CommandLine line;
  for (const Given& option : given.value()) {
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
--profile_options OPTIONS    accepted for compatibility, without effect

Every option but -c, -h, -v wins over the same key of [supervisord].
)";
}

}  // namespace holdfast::config
