// help: the list of commands that this server has the methods for, or one command's text (contract
// supervisor.md 6.2).
#include "ctl/commands/supervisor_commands.hpp"
#include "ctl/format/columns.hpp"
#include "ctl/format/members.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kWidth = 79;

void show_topics(Session& session, const wire::Array& methods, Command::Family family, const std::string& title) {
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
  session.console().print_message(header);
  session.console().print_message(std::string(header.size(), '='));
  for (const std::string& line : in_columns(names, kWidth)) {
    session.console().print_message(line);
  }
  session.console().print_message("");
}

}  // namespace

void run_help(Session& session, const Arguments& arguments) {
  if (arguments.text.empty()) {
    const Reply known = session.call_without_login("system.listMethods");
    const wire::Array methods = known ? items_of(known.value()) : wire::Array{};
    session.console().print_message("");
    show_topics(session, methods, Command::Family::supervisor, "default");
    show_topics(session, methods, Command::Family::supvisors, "supvisors");
    show_topics(session, methods, Command::Family::holdfast, "holdfast");
    return;
  }
  const Command* command = find_command(arguments.text);
  if (command == nullptr || command->help.empty()) {
    session.console().print_message("*** No help on " + arguments.text);
    return;
  }
  session.console().print_message(command->help);
}

}  // namespace holdfast::ctl
