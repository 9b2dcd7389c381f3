#include "ctl/shell/line_history.hpp"

#include <fcntl.h>

#include <fstream>

#include "base/limits.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::ctl {
namespace {

constexpr mode_t kMode = 0600;  // commands may hold what only their owner may know

void append(const std::string& path, const std::string& text, int more_flags) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | more_flags, kMode));
  if (file.valid()) {
    (void)!::write(file.get(), text.data(), text.size());
  }
}

}  // namespace

std::vector<std::string> LineHistory::load() {
  std::vector<std::string> lines;
  std::ifstream file(path_);
  for (std::string line; !path_.empty() && std::getline(file, line);) {
    if (!line.empty() && line.size() <= limits::ctl_kept_line_bytes_max) {
      lines.push_back(std::move(line));
    }
    if (lines.size() >= 2 * limits::ctl_kept_lines_max) {
      lines.erase(lines.begin(), lines.begin() + limits::ctl_kept_lines_max);
    }
  }
  if (lines.size() > limits::ctl_kept_lines_max) {
    lines.erase(lines.begin(), lines.end() - limits::ctl_kept_lines_max);
    std::string all;
    for (const std::string& line : lines) {
      all += line + '\n';
    }
    append(path_, all, O_TRUNC);
  }
  return lines;
}

void LineHistory::add(const std::string& line) {
  if (!path_.empty() && line.size() <= limits::ctl_kept_line_bytes_max) {
    append(path_, line + '\n', 0);
  }
}

}  // namespace holdfast::ctl
