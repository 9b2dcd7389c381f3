// supvisors_text.hpp: how Supvisors' commands show a server's answers (contract supvisors.md 6): a value as Python's
// str() gives it, and tables of left-aligned columns. Pure but for the time zone of clock_cell().
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "wire/xmlrpc_value.hpp"

namespace holdfast::ctl {

/// As Python's str() shows it: True, 7, text, ['a', 'list'].
std::string python_str(const wire::Value& value);

/// A member as a table shows it; "n/a" when there is none.
std::string cell(const wire::Value& value, std::string_view name);
std::vector<std::string> cells(const wire::Value& value, std::initializer_list<std::string_view> names);
/// A member that is a point in time, as the time of day: "04:54:42"; "0" when there is none.
std::string clock_cell(const wire::Value& value, std::string_view name);

struct SupvisorsColumn {
  static constexpr std::size_t kFit = 0;          // as wide as its widest cell, and two blanks
  static constexpr std::size_t kFree = SIZE_MAX;  // of a last column: never filled up

  std::string title;
  std::size_t width = kFit;
};

/// A line for the titles and one for each row; each row has a cell for each column.
std::vector<std::string> supvisors_table_lines(std::vector<SupvisorsColumn> columns,
                                               const std::vector<std::vector<std::string>>& rows);

}  // namespace holdfast::ctl
