// run_command.hpp: from a line to the function of a command: takes the line apart, checks what the command's family and
// row say, in the order of the contracts (supervisor.md 6, supvisors.md 6), and calls the function if nothing is wrong.
// The only caller of the functions in the table. Called by main, the shell, and `open`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/commands/command.hpp"

namespace holdfast::ctl {

/// Runs the command that `words` (of the shell) are; its exit status is left in the session.
void run_command_line(Session& session, const std::vector<std::string>& words);

/// Runs `command` of the table, checks included.
void run_command(Session& session, const Command& command, const Arguments& arguments);

/// For a command that cannot use its words: prints an error line and its help text, and sets the exit status of its
/// family or row.
void show_wrong_words(Session& session, std::string_view name, const std::string& error);
/// The same; the error line says what its row requires.
void show_required_words(Session& session, std::string_view name);

/// Prints the help text of the command `name` of the table.
void show_help(Session& session, std::string_view name);

}  // namespace holdfast::ctl
