// process_action.hpp: what tells start, stop, signal and clear apart: the methods they call, the word for success, the
// fault that is no failure, and the line for each outcome (contract supervisor.md 6.2). Pure: data and text; calls no
// server. Used by process_commands.cpp.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fault.hpp"

namespace holdfast::ctl {

/// What the server answered about one process; `code` is that of a Fault, Fault::success too.
struct ProcessOutcome {
  std::string group;
  std::string process;
  int code = 0;
  std::string description;
  std::string where;  // "NODE/" of a process elsewhere
};

struct ProcessAction {
  std::string all_method;
  std::string group_method;  // empty: a group's name is passed on as if it were a process's
  std::string one_method;
  std::string done;               // "started"
  std::optional<Fault> ignored;   // leaves the exit status 0
  int unknown_group_status;       // the exit status of a group that does not exist
  bool failed_shows_description;  // FAILED: the fault's text is the whole line
  std::vector<std::pair<Fault, std::string>> error_texts;
};

const ProcessAction& start_action();
const ProcessAction& stop_action();
const ProcessAction& signal_action();
const ProcessAction& clear_action();

/// "web: started", "web: ERROR (spawn error)"; nullopt for a code that the action does not know.
std::optional<std::string> outcome_text(const ProcessAction& action, const ProcessOutcome& outcome);

}  // namespace holdfast::ctl
