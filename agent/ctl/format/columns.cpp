#include "ctl/format/columns.hpp"

#include <algorithm>
#include <numeric>

#include "ctl/format/text_layout.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kColumnGap = 2;

/// The widths of the columns when `words` stand in `rows` lines.
std::vector<std::size_t> widths_of(const std::vector<std::string>& words, std::size_t rows) {
  std::vector<std::size_t> widths((words.size() + rows - 1) / rows, 0);
  for (std::size_t at = 0; at < words.size(); ++at) {
    widths[at / rows] = std::max(widths[at / rows], width_of(words[at]));
  }
  return widths;
}

bool fits(const std::vector<std::size_t>& widths, std::size_t width) {
  return std::accumulate(widths.begin(), widths.end(), kColumnGap * (widths.size() - 1)) <= width;
}

}  // namespace

std::vector<std::string> in_columns(const std::vector<std::string>& words, std::size_t width) {
  std::size_t rows = 1;
  while (rows < words.size() && !fits(widths_of(words, rows), width)) {
    ++rows;
  }
  std::vector<std::string> lines;
  const std::vector<std::size_t> widths = words.empty() ? std::vector<std::size_t>() : widths_of(words, rows);
  for (std::size_t row = 0; row < std::min(rows, words.size()); ++row) {
    std::string line;
    for (std::size_t at = row; at < words.size(); at += rows) {
      line += (at == row ? "" : std::string(kColumnGap, ' ')) +
              (widths.size() == 1 ? words[at] : padded(words[at], widths[at / rows]));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> table_lines(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], width_of(row[column]));
    }
  }
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      line += padded(row[column], widths[column] + kColumnGap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace holdfast::ctl
