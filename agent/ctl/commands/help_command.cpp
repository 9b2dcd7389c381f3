// help: the list of commands that this server has the methods for, or one command's text (contract
// supervisor.md 6.2).
#include "ctl/format/columns.hpp"
#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kWidth = 79;

void show_topics(Session& session, const wire::Array& methods, Command::Family family,
                 const std::string& title) {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    if (command.family == family && is_offered(command, methods)) {
      names.emplace_back(command.name);
    }
  }
  if (names.empty()) {
    return;
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
    const Reply known = session.ask_quietly("system.listMethods");
    const wire::Array methods = known ? items_of(known.value()) : wire::Array{};
    session.console().problem("");
    show_topics(session, methods, Command::Family::supervisor, "default");
    show_topics(session, methods, Command::Family::supvisors, "supvisors");
    show_topics(session, methods, Command::Family::holdfast, "holdfast");
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
