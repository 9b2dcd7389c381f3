// completion.hpp: what may stand at the cursor of a command line: the name of a command, then what the command's row in
// the table says it takes (contract supervisor.md 6.2: actions, groups, processes). Names are asked of the server at
// most once between two commands; of a server that does not answer there are none. Runs no command. Called by the line
// editor of the shell, and for bash by the command `completions`. Single-threaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/commands/command.hpp"
#include "ctl/shell/completions.hpp"

namespace holdfast::ctl {

class Completer {
 public:
  explicit Completer(Session& session) : session_(session) {}

  /// For the word at the end of `line`.
  Completions complete(std::string_view line);
  /// Forgets the server's names: a command has run, which may have changed them.
  void forget() { answers_.clear(); }

 private:
  using Words = std::vector<std::string>;

  Words candidates(const Words& before, std::string_view word);
  Words of_subject(Command::Subject subject, std::size_t index, std::string_view word);
  Words actions();
  Words groups();
  Words processes(std::string_view word);
  Words processes_elsewhere();
  Words nodes(std::string_view behind);
  const wire::Array& ask(const std::string& method);

  Session& session_;
  std::vector<std::pair<std::string, wire::Value>> answers_;  // by method
};

}  // namespace holdfast::ctl
