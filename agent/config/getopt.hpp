// getopt.hpp: what Python's getopt makes of a command line, with its error texts: options up to the first
// other word, long ones by unique prefix, then the rest (contract supervisor.md 1.2). What an option means is
// the caller's matter. Pure; called by the command lines of the daemon and of holdfastctl.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "config/python_text.hpp"

namespace holdfast::config {

/// An option that a program knows. `id` is the program's own number for it.
struct KnownOption {
  char letter;            // 0: none
  std::string_view name;  // of the long form; empty: none
  bool takes_value;
  int id;
};

/// One option as it stood on the line: `-n` or `--nodaemon`, spelt out.
struct GivenOption {
  int id = 0;
  std::string spelling;
  std::string value;
};

struct SplitCommandLine {
  std::vector<GivenOption> options;
  std::vector<std::string> rest;  // from the first word that is no option
};

Result<SplitCommandLine> split_command_line(const std::vector<std::string>& arguments,
                                            std::span<const KnownOption> known);

/// Puts a checked value into its place. A second value for the same place is an error, as in Supervisor.
template <typename Target>
Status put_option(std::optional<Target>& place, Result<Target> value, const GivenOption& given) {
  if (!value) {
    return Error{"invalid value for " + given.spelling + " " + repr(given.value) + ": " + value.error().message};
  }
  if (place) {
    return Error{"conflicting command line option " + repr(given.spelling)};
  }
  place = std::move(value).value();
  return {};
}
Status put_option_flag(bool& place, const GivenOption& given);

}  // namespace holdfast::config
