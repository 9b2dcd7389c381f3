// status_lines.hpp: the lines of `status` and `status --cluster`, in supervisorctl's columns (contract
// supervisor.md 6.2). Pure. Used by those two commands.
#pragma once

#include <string>
#include <vector>

namespace holdfast::ctl {

struct StatusRow {
  std::string namespec;
  std::string state;
  std::string nodes;  // where every row has none, there is no such column
  std::string description;
};

std::vector<std::string> status_lines(const std::vector<StatusRow>& rows);

}  // namespace holdfast::ctl
