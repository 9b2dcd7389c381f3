// edited_line_reader.hpp: lines that a person types at a terminal, with libedit: editing, history, and
// completion by Tab. The only file that knows libedit. A second Tab shows what is possible, as in a shell.
// ~/.editrc is obeyed. Single-threaded; blocks; one per process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/shell/line_history.hpp"
#include "ctl/shell/line_reader.hpp"

namespace holdfast::ctl {

/// What may stand instead of the word before the cursor.
struct Completions {
  std::size_t word_bytes = 0;      // of that word
  std::vector<std::string> words;  // whole ones; those that end something end in a blank
};

class EditedLineReader final : public LineReader {
 public:
  using Complete = std::function<Completions(std::string_view line_to_cursor)>;

  /// At the terminal of standard input; what is shown goes to `out` (stdout or stderr).
  EditedLineReader(std::FILE* out, LineHistory history, Complete complete);
  ~EditedLineReader() override;

  Answer read(const std::string& prompt) override;
  Answer read_plainly() override;
  Answer read_secret(const std::string& prompt) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The longest text that all of `words` begin with.
std::string common_beginning(const std::vector<std::string>& words);

}  // namespace holdfast::ctl
