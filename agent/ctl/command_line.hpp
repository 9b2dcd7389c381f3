// command_line.hpp: holdfastctl's options: those of supervisorctl with their spelling and error texts (contract
// supervisor.md 1.2, 1.10), and -o. What the line leaves out comes from the configuration file. Pure but for the Host;
// knows no command. Called by main.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/ctl_settings.hpp"
#include "config/host.hpp"
#include "ctl/format/console.hpp"

namespace holdfast::ctl {

struct CtlOptions {
  bool help = false;  // print and exit 0; nothing else counts
  bool interactive = false;
  Format format = Format::text;
  std::string server_url;
  std::string username;
  std::string password;
  std::string prompt;
  std::string history_file;                            // empty: none
  std::vector<config::ForeignPlugin> foreign_plugins;  // of supervisorctl, whose commands holdfastctl does not have
  std::vector<std::string> words;                      // the command; none: the shell
};

/// Options, then the configuration file: the one of -c, else the first found, else defaults.
Result<CtlOptions> read_options(const std::vector<std::string>& arguments, std::string_view argv0,
                                const config::Host& host);

/// What -h prints.
std::string usage_text(std::string_view argv0);

}  // namespace holdfast::ctl
