// line_reader.hpp: lines that a person or a pipe gives: commands, answers, input for a program in the foreground.
// PlainLineReader takes them from a pipe or from a terminal in its usual mode; edited_line_reader.hpp lets a person
// edit. Knows no command. Called through session.hpp. Single-threaded; blocks.
#pragma once

#include <optional>
#include <ostream>
#include <string>

namespace holdfast::ctl {

class LineReader {
 public:
  enum class Outcome { line, end, interrupted };
  struct Answer {
    Outcome outcome = Outcome::end;
    std::string text;  // without the line's end; of the end of the input Python's text for it
  };

  virtual ~LineReader() = default;
  /// Shows `prompt`, then waits for a line. interrupted: Ctrl-C.
  virtual Answer read(const std::string& prompt) = 0;
  /// Waits for a line without prompt, editing and history: for input that is passed on to a program.
  virtual Answer read_unedited() = 0;
  /// As read(), from the terminal if there is one, without echo.
  virtual Answer read_secret(const std::string& prompt) = 0;
};

class PlainLineReader final : public LineReader {
 public:
  /// `fd` stays the caller's; prompts go to `prompts`.
  PlainLineReader(int fd, std::ostream& prompts) : fd_(fd), prompts_(prompts) {}

  Answer read(const std::string& prompt) override;
  Answer read_unedited() override;
  Answer read_secret(const std::string& prompt) override;

 private:
  int fd_;
  std::ostream& prompts_;
  std::string rest_;  // bytes that were read beyond the last line
};

/// A line that is typed without echo at this process's terminal; nullopt when it has none.
std::optional<LineReader::Answer> read_secret_at_terminal(const std::string& prompt);

}  // namespace holdfast::ctl
