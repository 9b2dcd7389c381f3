#include "ctl/format/status_lines.hpp"

#include <algorithm>

#include "ctl/format/text_layout.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kNameWidth = 30;
constexpr std::size_t kStateWidth = 10;
constexpr std::size_t kGap = 3;

}  // namespace

std::vector<std::string> status_lines(const std::vector<StatusRow>& rows) {
  std::size_t name_width = kNameWidth;
  std::size_t node_width = 0;
  for (const StatusRow& row : rows) {
    name_width = std::max(name_width, width_of(row.namespec));
    node_width = std::max(node_width, width_of(row.nodes));
  }
  std::vector<std::string> lines;
  for (const StatusRow& row : rows) {
    lines.push_back(padded(row.namespec, name_width + kGap) + padded(row.state, kStateWidth) +
                    (node_width == 0 ? "" : padded(row.nodes, node_width + kGap)) + row.description);
  }
  return lines;
}

}  // namespace holdfast::ctl
