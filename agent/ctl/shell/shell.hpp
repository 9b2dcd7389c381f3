// shell.hpp: the interactive shell: `status`, then a command for each line, until quit, the input's end or
// Ctrl-C (contract supervisor.md 6.1). Its exit status is always 0. Single-threaded; blocks.
#pragma once

#include <functional>
#include <string>

#include "ctl/session.hpp"

namespace holdfast::ctl {

/// `after_command`: what was remembered of the server is to be forgotten.
void run_shell(Session& session, const std::string& prompt, const std::function<void()>& after_command);

}  // namespace holdfast::ctl
