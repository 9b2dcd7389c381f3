// launch.hpp: from a command line to loaded settings, for both lives of the agent's program:
// `--launch-settings` answers the keeper (numbers only, or the error with status 2), the other becomes the
// agent. Prints as supervisord does (contract supervisor.md 1.2). Blocks on files and the name service:
// before the loop runs.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/command_line.hpp"
#include "config/posix_host.hpp"
#include "config/settings.hpp"

namespace holdfast {

/// Exit statuses of `--launch-settings`.
inline constexpr int kLaunchOk = 0;
inline constexpr int kLaunchRefused = 2;
inline constexpr int kLaunchPrinted = 3;  // help or version: there is nothing to start

/// How the keeper was started (keeper/main.cpp passes it on before the arguments it got).
struct Invocation {
  std::string started_as = "holdfastd";  // its argv[0]: messages carry it, its folder is searched
  std::string started_in;                // the folder that relative paths belong to; empty: ours
  std::vector<std::string> arguments;    // without the program's name
  std::string program;                   // this one's path, as the keeper has it
  std::vector<std::string> words;        // all that the keeper gave it besides
};
Invocation split_arguments(std::vector<std::string> arguments);

/// What was loaded. `program`: the name that messages carry.
struct Launch {
  std::string program;
  std::string warning;  // for stderr, once, at the start; empty: none
  config::CommandLine command_line;
  config::Settings settings;
  std::string state_dir;  // empty: no place for one was found; said in settings.messages
};

/// Loads the configuration that the arguments ask for. The error is ready for stderr; code kLaunchPrinted:
/// `message` is for stdout, and there is nothing to start.
Result<Launch> load_launch(const Invocation& invocation, const config::Host& host);

/// `holdfast-agent --launch-settings …`: prints key=value lines for keeper/launch.hpp. Returns the exit
/// status.
int print_launch_settings(const Invocation& invocation);

}  // namespace holdfast
