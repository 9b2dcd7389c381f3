#include "script.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace holdfast::transcripts {
namespace {

constexpr std::string_view kSeparator = "----";

bool is_empty(const Block& block) {
  return block.comments.empty() && block.commands.empty() && block.expected.empty();
}

/// Length of the longest common subsequence of the tails from (i, j), for all i and j.
std::vector<std::vector<std::size_t>> common_lengths(const std::vector<std::string>& a,
                                                     const std::vector<std::string>& b) {
  std::vector<std::vector<std::size_t>> length(a.size() + 1, std::vector<std::size_t>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i > 0; --i) {
    for (std::size_t j = b.size(); j > 0; --j) {
      length[i - 1][j - 1] = a[i - 1] == b[j - 1] ? length[i][j] + 1 : std::max(length[i][j - 1], length[i - 1][j]);
    }
  }
  return length;
}

}  // namespace

std::vector<Block> read_script(std::string_view text) {
  std::vector<Block> blocks;
  Block block;
  bool expecting = false;
  int number = 0;
  for (const std::string_view raw : text::split(text, '\n')) {
    ++number;
    const std::string line(raw);
    if (text::trim(line).empty()) {
      if (!is_empty(block)) {
        blocks.push_back(std::exchange(block, {}));
      }
      expecting = false;
    } else if (expecting) {
      block.expected.push_back(line);
    } else if (line == kSeparator) {
      expecting = true;
    } else if (line.front() == '#') {
      block.comments.push_back(line);
    } else {
      if (block.commands.empty()) {
        block.line = number;
      }
      block.commands.push_back(line);
    }
  }
  if (!is_empty(block)) {
    blocks.push_back(block);
  }
  return blocks;
}

std::string write_script(const std::vector<Block>& blocks) {
  std::string text;
  for (const Block& block : blocks) {
    text += text.empty() ? "" : "\n";
    for (const std::string& line : block.comments) {
      text += line + "\n";
    }
    for (const std::string& line : block.commands) {
      text += line + "\n";
    }
    if (!block.commands.empty()) {
      text += std::string(kSeparator) + "\n";
    }
    for (const std::string& line : block.expected) {
      text += line + "\n";
    }
  }
  return text;
}

std::string difference(const std::vector<std::string>& wanted, const std::vector<std::string>& got) {
  const auto length = common_lengths(wanted, got);
  std::string text;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < wanted.size() || j < got.size()) {
    if (i < wanted.size() && j < got.size() && wanted[i] == got[j]) {
      text += "  " + wanted[i] + "\n";
      ++i;
      ++j;
    } else if (i < wanted.size() && (j == got.size() || length[i + 1][j] >= length[i][j + 1])) {
      text += "- " + wanted[i++] + "\n";
    } else {
      text += "+ " + got[j++] + "\n";
    }
  }
  return text;
}

}  // namespace holdfast::transcripts
