// completion.hpp: what may stand at the cursor of a command line: commands, then what the command's row in
// the table says it takes (contract supervisor.md 6.2: actions, groups, processes). Names are asked of the
// server at most once between two commands; a server that does not answer has none. For the shell and for
// bash (the command `completions`). Single-threaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/commands/command.hpp"
#include "ctl/shell/edited_line_reader.hpp"

namespace holdfast::ctl {

class Completer {
 public:
  explicit Completer(Session& session) : session_(session) {}

  /// For the word before the end of `line`; words that end something end in a blank. Sorted.
  Completions complete(std::string_view line);
  /// A command has run: names may have changed.
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
