#include "ctl/format/supvisors_text.hpp"

#include <algorithm>
#include <charconv>

#include "config/python_text.hpp"
#include "ctl/format/members.hpp"
#include "ctl/format/text_layout.hpp"
#include "ctl/format/time_text.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kCellGap = 2;

}  // namespace

std::string python_str(const wire::Value& value) {
  if (const std::string* text = value.as_string()) {
    return one_line(*text);
  }
  if (const bool* truth = value.as_bool()) {
    return *truth ? "True" : "False";
  }
  if (const std::int64_t* number = value.as_int()) {
    return std::to_string(*number);
  }
  if (const double* number = value.as_double()) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, *number).ptr;
    const std::string text(digits, end);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
  }
  std::string list;
  for (const wire::Value& item : items_of(value)) {
    const std::string* text = item.as_string();
    list += (list.empty() ? "" : ", ") + (text != nullptr ? config::repr(*text) : python_str(item));
  }
  return "[" + list + "]";
}

std::string cell(const wire::Value& value, std::string_view name) {
  const wire::Value* member = value.find(name);
  return member == nullptr ? "n/a" : python_str(*member);
}

std::vector<std::string> cells(const wire::Value& value, std::initializer_list<std::string_view> names) {
  std::vector<std::string> row;
  for (const std::string_view name : names) {
    row.push_back(cell(value, name));
  }
  return row;
}

std::string clock_cell(const wire::Value& value, std::string_view name) {
  const std::int64_t seconds = int_member(value, name);
  constexpr std::size_t date_width = 11;  // "2026-11-21 "
  return seconds == 0 ? "0" : local_time_text(WallTime::from_seconds(seconds)).substr(date_width);
}

std::vector<std::string> supvisors_table_lines(std::vector<SupvisorsColumn> columns,
                                               const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::string> titles;
  for (std::size_t at = 0; at < columns.size(); ++at) {
    titles.push_back(columns[at].title);
    if (columns[at].width == SupvisorsColumn::kFit) {
      std::size_t widest = width_of(titles.back());
      for (const auto& row : rows) {
        widest = std::max(widest, width_of(row[at]));
      }
      columns[at].width = widest + kCellGap;
    } else if (columns[at].width == SupvisorsColumn::kFree) {
      columns[at].width = 0;
    }
  }
  std::vector<std::string> lines;
  const auto add = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t at = 0; at < columns.size(); ++at) {
      line += padded(row[at], columns[at].width);
    }
    lines.push_back(std::move(line));
  };
  add(titles);
  std::ranges::for_each(rows, add);
  return lines;
}

}  // namespace holdfast::ctl
