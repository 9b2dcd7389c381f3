// help: the list of commands, or one command's text (contract supervisor.md 6.2).
#include "ctl/columns.hpp"
#include "ctl/command.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kWidth = 79;

void show_topics(Session& session, Command::Family family, const std::string& title) {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.family == family && !command.help.empty()) {
      names.emplace_back(command.name);
    }
  }
  const std::string header = title + " commands (type help <topic>):";
  session.console().problem(header);
  session.console().problem(std::string(header.size(), '='));
  for (const std::string& line : in_columns(names, kWidth)) {
    session.console().problem(line);
  }
  session.console().problem("");
}

}  // namespace

void run_help(Session& session, const Arguments& arguments) {
  if (arguments.text.empty()) {
    session.console().problem("");
    show_topics(session, Command::Family::supervisor, "default");
    show_topics(session, Command::Family::supvisors, "supvisors");
    show_topics(session, Command::Family::holdfast, "holdfast");
    return;
  }
  const Command* command = find_command(arguments.text);
  if (command == nullptr || command->help.empty()) {
    session.console().problem("*** No help on " + arguments.text);
    return;
  }
  session.console().problem(command->help);
}

}  // namespace holdfast::ctl
