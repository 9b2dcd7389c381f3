// command_search.hpp: from a program's command line to what execve is given, as Supervisor does it (contract
// supervisor.md 2.3; supervisor/process.py get_execv_args): POSIX shell words, then the search along PATH,
// with Supervisor's texts as errors. Looks at the file system, runs nothing. Called at each start of a
// program, on the loop.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace holdfast::system {

struct Command {
  std::string filename;           // for execve
  std::vector<std::string> argv;  // argv[0] as written
};

/// The words of a command line, as Python's shlex.split(posix=True). Errors: `No closing quotation`,
/// `No escaped character`.
Result<std::vector<std::string>> split_words(std::string_view line);

/// The command ready to run. `environment_path` is PATH of the program's own environment= when it sets one,
/// else the daemon's PATH counts, else /bin:/usr/bin:/usr/local/bin. An error's message is the spawnerr text.
Result<Command> find_command(std::string_view line, const std::optional<std::string>& environment_path);

/// `text` as Python's repr() shows a str; Supervisor's texts contain it.
std::string python_repr(std::string_view text);

}  // namespace holdfast::system
