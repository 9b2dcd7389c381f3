// supervisor_check.hpp: whether a server can be used by Supervisor's commands (contract supervisor.md 6.1). Asks only;
// called once a command by run_command.cpp.
#pragma once

#include "ctl/session.hpp"

namespace holdfast::ctl {

enum class ServerCheck {
  usable,
  unusable,  // it is down, or has no supervisor.* of our version
  broken,    // it answers in a way that no command expects
};

/// Whether the server answers and has supervisor.* of our version. What is wrong is printed, with its exit status.
ServerCheck check_supervisor(Session& session);

}  // namespace holdfast::ctl
