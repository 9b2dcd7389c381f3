#include "startup/launch.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstdlib>

#include "base/limits.hpp"
#include "config/settings_reader.hpp"
#include "startup/config_check.hpp"
#include "storage/state_dir.hpp"

namespace holdfast {
namespace {

constexpr std::string_view kStartedAs = "--started-as=";
constexpr std::string_view kStartedIn = "--started-in=";

/// supervisord's words (supervisor/options.py, default_configfile).
constexpr const char* kRootSearches =
    "Warning: Supervisord is running as root and it is searching for its configuration file in default "
    "locations (including its current working directory); you probably want to specify a \"-c\" argument "
    "specifying an absolute path to a configuration file for improved security.\n";

std::string variable(const config::Host& host, const std::string& name) {
  const auto found = host.environment().find(name);
  return found == host.environment().end() ? "" : found->second;
}

std::string real_path(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) == nullptr ? path : resolved;
}

void choose_state_dir(Launch& launch, const config::Host& host) {
  if (!launch.settings.holdfast.state_dir.empty()) {
    launch.state_dir = launch.settings.holdfast.state_dir;
    return;
  }
  const storage::StateDirPlace place{host.own_uid() == 0, variable(host, "XDG_STATE_HOME"), variable(host, "HOME")};
  auto chosen = storage::default_state_dir(place, real_path(launch.settings.file));
  if (chosen) {
    launch.state_dir = std::move(chosen).value();
  } else {
    launch.settings.messages.push_back({LogLevel::warn, chosen.error().message});
  }
}

std::string numbers(const std::vector<std::uint32_t>& values) {
  std::string text;
  for (const std::uint32_t value : values) {
    text += (text.empty() ? "" : ",") + std::to_string(value);
  }
  return text;
}

/// Supervisor's texts (supervisor/options.py set_rlimits_or_exit).
std::string too_low(bool files, int wanted, rlim_t hard) {
  const std::string number = std::to_string(wanted);
  const std::string allowed = std::to_string(hard);
  return files ? "The minimum number of file descriptors required to run this process is " + number +
                     " as per the \"minfds\" command-line argument or config file setting. The current "
                     "environment will only allow you to open " +
                     allowed +
                     " file descriptors.  Either raise the number of usable file descriptors in your "
                     "environment (see README.rst) or lower the minfds setting in the config file to allow "
                     "the process to start."
               : "The minimum number of available processes required to run this program is " + number +
                     " as per the \"minprocs\" command-line argument or config file setting. The current "
                     "environment will only allow you to open " +
                     allowed +
                     " processes.  Either raise the number of usable processes in your environment (see "
                     "README.rst) or lower the minprocs setting in the config file to allow the program to "
                     "start.";
}

/// Whether the keeper will be able to raise a limit as Supervisor does: tried on this process, which ends
/// soon.
Status try_limit(bool files, int wanted) {
  rlimit limit{};
  const auto which = files ? RLIMIT_NOFILE : RLIMIT_NPROC;
  if (::getrlimit(which, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
      limit.rlim_cur >= static_cast<rlim_t>(wanted)) {
    return {};
  }
  const rlim_t hard = limit.rlim_max;
  limit.rlim_cur = static_cast<rlim_t>(wanted);
  limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);  // RLIM_INFINITY is the largest number
  return ::setrlimit(which, &limit) == 0 ? Status() : Status(Error{too_low(files, wanted, hard)});
}

/// The keeper raises its own limit and the agent's to the hard one, whatever `minfds` is.
Status enough_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max >= limits::descriptors_min) {
    return {};
  }
  return Error{"The hard limit of file descriptors is " + std::to_string(limit.rlim_max) + ", and at least " +
               std::to_string(limits::descriptors_min) +
               " are needed to supervise anything: raise it (ulimit -Hn, LimitNOFILE=)"};
}

/// `holdfastd -T`. Returns the exit status.
int print_test(const Launch& launch, const config::Host& host) {
  const auto cluster = check_cluster(launch.settings, host);
  if (!cluster) {
    std::fputs(config::usage_error(cluster.error(), launch.program).c_str(), stderr);
    return kLaunchRefused;
  }
  std::fputs(describe_configuration(launch.settings, cluster.value()).c_str(), stdout);
  return kLaunchPrinted;
}

}  // namespace

Invocation split_arguments(std::vector<std::string> arguments) {
  Invocation invocation;
  invocation.words = arguments;
  const auto take = [&](std::string_view option, std::string& out) {
    if (!arguments.empty() && arguments.front().starts_with(option)) {
      out = arguments.front().substr(option.size());
      arguments.erase(arguments.begin());
    }
  };
  take(kStartedAs, invocation.started_as);
  take(kStartedIn, invocation.started_in);
  invocation.arguments = std::move(arguments);
  return invocation;
}

Result<Launch> load_launch(const Invocation& invocation, const config::Host& host) {
  Launch launch;
  launch.program = invocation.started_as;
  const auto refuse = [&](const Error& error) {
    return Error{launch.warning + config::usage_error(error, launch.program), kLaunchRefused};
  };
  auto command_line = config::parse_command_line(invocation.arguments, host);
  if (!command_line) {
    return refuse(command_line.error());
  }
  launch.command_line = std::move(command_line).value();
  switch (launch.command_line.action) {
    case config::CommandLine::Action::help:
      return Error{config::help_text(launch.program), kLaunchPrinted};
    case config::CommandLine::Action::version:
      return Error{HOLDFAST_VERSION "\n", kLaunchPrinted};
    case config::CommandLine::Action::run:
      break;
  }
  std::string path;
  if (launch.command_line.configuration) {
    path = *launch.command_line.configuration;
  } else {
    launch.warning = host.own_uid() == 0 ? kRootSearches : "";
    auto found = config::find_configuration(launch.program, host);
    if (!found) {
      return refuse(found.error());
    }
    path = std::move(found).value();
  }
  auto settings = config::read_settings(path, launch.command_line, host);
  if (!settings) {
    return refuse(settings.error());
  }
  launch.settings = std::move(settings).value();
  if (const Status allowed = config::check_user(launch.settings, host); !allowed) {
    return refuse(allowed.error());
  }
  choose_state_dir(launch, host);
  return launch;
}

int print_launch_settings(const Invocation& invocation) {
  const config::PosixHost host(invocation.started_in);
  const auto loaded = load_launch(invocation, host);
  if (!loaded) {
    const bool printed = loaded.error().code == kLaunchPrinted;
    std::fputs(loaded.error().message.c_str(), printed ? stdout : stderr);
    return loaded.error().code;
  }
  const Launch& launch = loaded.value();
  std::fputs(launch.warning.c_str(), stderr);
  const config::DaemonSettings& daemon = launch.settings.daemon;
  for (const bool files : {true, false}) {
    if (const Status raised = try_limit(files, files ? daemon.minfds : daemon.minprocs); !raised) {
      std::fputs(config::usage_error(raised.error(), launch.program).c_str(), stderr);
      return kLaunchRefused;
    }
  }
  if (const Status enough = enough_descriptors(); !enough) {
    std::fputs(config::usage_error(enough.error(), launch.program).c_str(), stderr);
    return kLaunchRefused;
  }
  if (launch.command_line.test) {
    return print_test(launch, host);
  }
  std::printf("nodaemon=%d\npidfile=%s\numask=%o\nnofile=%d\nnproc=%d\n", daemon.nodaemon ? 1 : 0,
              daemon.pidfile.c_str(), daemon.umask, daemon.minfds, daemon.minprocs);
  if (daemon.directory) {
    std::printf("directory=%s\n", daemon.directory->c_str());
  }
  if (daemon.user && host.own_uid() == 0) {
    std::printf("uid=%u\ngid=%u\ngroups=%s\n", daemon.user->uid, daemon.user->gid,
                numbers(daemon.user->groups).c_str());
  }
  std::printf("state_dir=%s\n", launch.state_dir.c_str());
  return kLaunchOk;
}

}  // namespace holdfast
