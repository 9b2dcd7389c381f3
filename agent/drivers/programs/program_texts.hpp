// program_texts.hpp: how what happens to programs is worded: Supervisor's texts for failed starts (contract
// supervisor.md 2.3) and for ends, and the words of the history. Pure functions; used by ProgramDriver and the
// agent.
#pragma once

#include <string>
#include <string_view>

#include "keeper/protocol.hpp"
#include "supervision/effect.hpp"
#include "supervision/input.hpp"

namespace holdfast {

/// The kind of a command's problem, from its text.
supervision::SpawnProblem problem_of(const std::string& text);

/// Contract 2.3's text for a failure that leaves no process.
std::string spawn_failure_text(const std::string& name, keeper::Stage stage, int error);

/// Contract 2.8's line for an orphan that the keeper has reaped as PID 1.
std::string reaped_text(std::int64_t pid, int wait_status);

/// Why a process is in its new state; empty when there is nothing to tell.
std::string exit_text(const supervision::StateChanged& change);

/// What a request is called in the history.
struct Asked {
  std::string action;
  std::string application;
  std::string process;
};
Asked asked_of(const supervision::Input& input);

std::string outcome_of(const supervision::Completed& completed);

}  // namespace holdfast
