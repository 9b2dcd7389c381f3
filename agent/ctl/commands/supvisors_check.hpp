// supvisors_check.hpp: what Supvisors' commands do alike (contract supvisors.md 6): the version is checked
// first, a fault is one line `ERROR (text)` with status 1, a wrong call an ERROR line, the help and status 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strategies.hpp"
#include "ctl/session.hpp"

namespace holdfast::ctl {

/// Whether the server speaks Supvisors' interface of our version; what is wrong was said, with its status.
bool supvisors_up(Session& session);

/// `ERROR (text)`, or `subject: ERROR (text)`, with status 1. Anything but a fault is shown as unexpected.
void supvisors_failed(Session& session, const std::string& subject, const Failure& failure);

/// The answer of a method without arguments about everything; what failed was said.
std::optional<wire::Value> supvisors_ask(Session& session, const std::string& method);

/// An ERROR line, the help of `command`, status 2.
void supvisors_wrong(Session& session, std::string_view command, const std::string& text);

/// The strategy that the first word names; else that was said as a wrong call.
std::optional<StartingStrategy> strategy_argument(Session& session, std::string_view command,
                                                  const std::vector<std::string>& words);

/// As Python's str() shows it: True, 7, text, ['a', 'list'].
std::string python_str(const wire::Value& value);

/// A column of the tables of Supvisors' commands: of a width, as wide as its widest cell and two blanks, or (a
/// last one) never filled up.
struct SupvisorsColumn {
  static constexpr std::size_t kFit = 0;
  static constexpr std::size_t kFree = SIZE_MAX;

  std::string title;
  std::size_t width = kFit;
};

/// A line for the titles and one for each row, left-aligned; each row has a cell for each column.
std::vector<std::string> supvisors_table(std::vector<SupvisorsColumn> columns,
                                         const std::vector<std::vector<std::string>>& rows);

}  // namespace holdfast::ctl
