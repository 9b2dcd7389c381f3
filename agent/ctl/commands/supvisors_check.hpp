// supvisors_check.hpp: what is checked before any of Supvisors' commands acts (contract supvisors.md 6): the version
// first, then the words. What is wrong is printed: an ERROR line with its exit status. Called by run_command.cpp, and
// where a command finds a word wrong that it alone understands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strategies.hpp"
#include "ctl/session.hpp"

namespace holdfast::ctl {

/// Whether the server answers and has supvisors.* of our version.
bool check_supvisors(Session& session);

/// The strategy that the first word names; nullopt: it names none, which was printed.
std::optional<StartingStrategy> strategy_argument(Session& session, std::string_view command,
                                                  const std::vector<std::string>& words);

}  // namespace holdfast::ctl
