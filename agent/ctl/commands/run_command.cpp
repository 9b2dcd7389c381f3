// How a command line becomes one command: Python's cmd module's way of taking a line apart.
#include "base/text.hpp"
#include "config/python_text.hpp"
#include "ctl/commands/command.hpp"
#include "ctl/format/names.hpp"

namespace holdfast::ctl {
namespace {

bool in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void unknown(Session& session, const std::string& line) {
  session.console().problem("*** Unknown syntax: " + line);
  session.set_status(exit_status::generic);
  for (const config::ForeignPlugin& plugin : session.foreign_plugins()) {
    session.console().complain("[" + plugin.section + "] names the Python factory " + plugin.factory +
                               ", which holdfastctl does not run: its commands are not here");
  }
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
  while (end < line.size() && in_name(line[end])) {
    ++end;
  }
  const std::string name = line.substr(0, end);
  const Command* command = find_command(name);
  if (command == nullptr) {
    unknown(session, line);
    return;
  }
  Arguments arguments{std::string(config::strip(std::string_view(line).substr(end))), {}};
  const bool shell_words = !words.empty() && words.front() == name;
  arguments.words =
      shell_words ? std::vector<std::string>(words.begin() + 1, words.end()) : split_words(arguments.text);
  command->run(session, arguments);
}

}  // namespace holdfast::ctl
