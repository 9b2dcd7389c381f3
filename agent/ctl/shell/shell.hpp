// shell.hpp: the interactive shell: `status`, then a command for each line, until `quit`, the end of the input or
// Ctrl-C (contract supervisor.md 6.1). The process's exit status is always 0. Knows no command: main says how a line is
// run. Single-threaded; blocks.
#pragma once

#include <functional>
#include <string>

#include "ctl/session.hpp"

namespace holdfast::ctl {

/// `run_line` runs the command that a line holds.
void run_shell(Session& session, const std::string& prompt,
               const std::function<void(const std::string& line)>& run_line);

}  // namespace holdfast::ctl
