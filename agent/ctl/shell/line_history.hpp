// line_history.hpp: the lines of earlier shells in a file, one a line, as readline keeps them, so that supervisorctl
// and holdfastctl may share it (contract supervisor.md 1.10 history_file). Each line is added at once, so that a shell
// that is killed loses none. A file that cannot be read or written is never an error. Called by edited_line_reader.hpp.
#pragma once

#include <string>
#include <vector>

namespace holdfast::ctl {

class LineHistory {
 public:
  /// `path` empty: nothing is kept.
  explicit LineHistory(std::string path) : path_(std::move(path)) {}

  /// The lines of the file, oldest first. A file with more than limits::ctl_kept_lines_max is cut.
  std::vector<std::string> load();
  /// Adds a line; one that is too long is not kept.
  void add(const std::string& line);

 private:
  std::string path_;
};

}  // namespace holdfast::ctl
