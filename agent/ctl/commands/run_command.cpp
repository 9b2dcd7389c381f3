#include "ctl/commands/run_command.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/text.hpp"
#include "config/python_text.hpp"
#include "ctl/commands/supervisor_check.hpp"
#include "ctl/commands/supvisors_check.hpp"
#include "ctl/format/text_layout.hpp"

namespace holdfast::ctl {
namespace {

using Family = Command::Family;

bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void show_unknown_command(Session& session, const std::string& line) {
  session.console().print_message("*** Unknown syntax: " + line);
  session.set_status(exit_status::generic);
  for (const config::ForeignPlugin& plugin : session.foreign_plugins()) {
    session.console().print_error("[" + plugin.section + "] names the Python factory " + plugin.factory +
                                  ", which holdfastctl does not run: its commands are not here");
  }
}

/// Whether the first word must name a starting strategy.
bool takes_strategy(const Command& command) {
  return command.subject == Command::Subject::strategy_and_applications ||
         command.subject == Command::Subject::strategy_and_processes;
}

/// What is wrong is printed, with its exit status.
bool is_server_usable(Session& session, const Command& command) {
  switch (command.family) {
    case Family::supervisor: {
      const ServerCheck check = command.asks_server_first ? check_supervisor(session) : ServerCheck::usable;
      if (check == ServerCheck::unusable && command.unusable_status) {
        session.set_status(*command.unusable_status);
      }
      return check == ServerCheck::usable;
    }
    case Family::supvisors:
      return check_supvisors(session);
    case Family::holdfast:
      return true;
  }
  return false;
}

/// What is wrong is printed, with its exit status.
bool passes_checks(Session& session, const Command& command, const Arguments& arguments) {
  if (command.words.max == 0 && !arguments.words.empty()) {
    show_wrong_words(session, command.name, std::string(command.name) + " accepts no arguments");
    return false;
  }
  if (!is_server_usable(session, command)) {
    return false;
  }
  if (takes_strategy(command) && !strategy_argument(session, command.name, arguments.words)) {
    return false;
  }
  if (arguments.words.size() < command.words.min || arguments.words.size() > command.words.max) {
    show_required_words(session, command.name);
    return false;
  }
  return true;
}

const Command& command_named(std::string_view name) {
  const Command* command = find_command(name);
  CHECK(command != nullptr);
  return *command;
}

}  // namespace

void run_command_line(Session& session, const std::vector<std::string>& words) {
  std::string line(config::strip(text::join(words, " ")));
  if (line.empty()) {
    return;
  }
  if (line.front() == '?') {
    line.replace(0, 1, "help ");
  }
  std::size_t end = 0;
  while (end < line.size() && is_of_name(line[end])) {
    ++end;
  }
  const std::string name = line.substr(0, end);
  const Command* command = find_command(name);
  if (command == nullptr) {
    return show_unknown_command(session, line);
  }
  Arguments arguments;
  arguments.text = config::strip(std::string_view(line).substr(end));
  arguments.words = split_words(arguments.text);
  const bool shell_words = !words.empty() && words.front() == name;
  arguments.shell_words = shell_words ? std::vector<std::string>(words.begin() + 1, words.end()) : arguments.words;
  run_command(session, *command, arguments);
}

void run_command(Session& session, const Command& command, const Arguments& arguments) {
  if (command.run_of_cluster != nullptr &&
      std::ranges::find(arguments.shell_words, "--cluster") != arguments.shell_words.end()) {
    return command.run_of_cluster(session, arguments);
  }
  if (passes_checks(session, command, arguments)) {
    command.run(session, arguments);
  }
}

void show_wrong_words(Session& session, std::string_view name, const std::string& error) {
  const Command& command = command_named(name);
  const bool of_supvisors = command.family == Family::supvisors;
  session.console().print_message((of_supvisors ? "ERROR: " : "Error: ") + error);
  session.set_status(
      command.wrong_words_status.value_or(of_supvisors ? exit_status::invalid_arguments : exit_status::generic));
  session.console().print_message(command.help);
}

void show_required_words(Session& session, std::string_view name) {
  show_wrong_words(session, name, std::string(name) + " requires " + std::string(command_named(name).words.required));
}

void show_help(Session& session, std::string_view name) {
  session.console().print_message(command_named(name).help);
}

}  // namespace holdfast::ctl
