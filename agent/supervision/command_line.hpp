// command_line.hpp: the command of a start as it is run: what the configuration says, and behind it the arguments that
// the start brings (contract supvisors.md CFG-E3). Pure; used by Supervisor, which asks whether it could be run, and by
// the driver, which runs it.
#pragma once

#include <string>

namespace holdfast::supervision {

inline std::string command_line(const std::string& command, const std::string& extra_args) {
  return extra_args.empty() ? command : command + " " + extra_args;
}

}  // namespace holdfast::supervision
