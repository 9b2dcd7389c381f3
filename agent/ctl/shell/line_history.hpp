// line_history.hpp: the lines of former shells in a file, one a line, as readline keeps them, so that
// supervisorctl and holdfastctl may share it (contract supervisor.md 1.10 history_file). Each line is added
// at once: a shell that ends badly has lost none. A file that cannot be read or written is no reason to stop.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace holdfast::ctl {

class LineHistory {
 public:
  static constexpr std::size_t kLinesMax = 1000;  // kept; older ones go
  static constexpr std::size_t kLineBytesMax = 4096;

  /// `path` empty: nothing is kept.
  explicit LineHistory(std::string path) : path_(std::move(path)) {}

  /// The lines of the file, oldest first. A file with too many is cut.
  std::vector<std::string> load();
  void add(const std::string& line);

 private:
  std::string path_;
};

}  // namespace holdfast::ctl
