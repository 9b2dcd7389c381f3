// signal_names.hpp: signals as Supervisor's log lines name them (contract supervisor.md 2.8). Reading a name
// from a request is config/value_types' parse_signal. Pure; the numbers are Linux's.
#pragma once

#include <string>

namespace holdfast::supervision {

/// `SIGTERM`; `signal 35` when it has no name.
std::string signal_name(int signo);

}  // namespace holdfast::supervision
