// columns.hpp: words in columns, down then across, in as few lines as fit a width (what Python's cmd module does with
// help topics), and tables whose columns line up. Pure. Used by help, the completion at a terminal and `nodes`;
// Supvisors' tables, whose widths are part of a contract, are in supvisors_text.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace holdfast::ctl {

std::vector<std::string> in_columns(const std::vector<std::string>& words, std::size_t width);

/// Each column as wide as its widest cell, two blanks between; no blanks at a line's end.
std::vector<std::string> table_lines(const std::vector<std::vector<std::string>>& rows);

}  // namespace holdfast::ctl
