// command_table.hpp: the rows of each family, in files of their own. Data only; joined by commands() in
// command_table.cpp, the only caller.
#pragma once

#include <span>

#include "ctl/commands/command.hpp"

namespace holdfast::ctl {

std::span<const Command> supervisor_command_table();
std::span<const Command> supvisors_command_table();
std::span<const Command> own_command_table();

}  // namespace holdfast::ctl
