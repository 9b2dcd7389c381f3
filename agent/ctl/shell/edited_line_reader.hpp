// edited_line_reader.hpp: lines that a person types at a terminal, with libedit: editing, history, and completion by
// Tab (a second Tab lists what is possible, as in bash). ~/.editrc is obeyed. The only file that knows libedit; knows
// no command. Made by main for the shell. Single-threaded; blocks; one per process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/shell/completions.hpp"
#include "ctl/shell/line_history.hpp"
#include "ctl/shell/line_reader.hpp"

namespace holdfast::ctl {

class EditedLineReader final : public LineReader {
 public:
  using Complete = std::function<Completions(std::string_view line_to_cursor)>;

  /// At the terminal of standard input; what is shown goes to `out` (stdout or stderr).
  EditedLineReader(std::FILE* out, LineHistory history, Complete complete);
  ~EditedLineReader() override;

  Answer read(const std::string& prompt) override;
  Answer read_unedited() override;
  Answer read_secret(const std::string& prompt) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The longest text that all of `words` begin with.
std::string common_beginning(const std::vector<std::string>& words);

}  // namespace holdfast::ctl
