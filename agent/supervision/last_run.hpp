// last_run.hpp: what is known of the last run of a process: its times, how it ended and why. Part of ProcessRecord,
// which begins a new one with each start, and copied into each StateChanged: the process may be in its next run already
// when somebody looks at a change.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"

namespace holdfast::supervision {

struct LastRun {
  WallTime start_wall{};           // 0 = never started
  WallTime stop_wall{};            // of the last end; 0 = none seen. A start keeps it
  Instant started_at{};            // only this boot interprets it
  WallTime changed_wall{};         // of the last change of the process's state; 0 = none yet
  Instant changed_at{};            // the same; only this boot interprets it
  std::optional<int> exit_status;  // -1 = ended by a signal
  std::string spawnerr;            // Supervisor's text: why it did not start, or ended badly
  std::string ending;      // `exit status 3`, `terminated by SIGKILL`: how the child ended; empty: none since the start
  std::string last_words;  // its last line on stderr
  std::string extra_args;  // what stood behind the command. A start keeps it, unless it brings its own
  friend bool operator==(const LastRun&, const LastRun&) = default;
};

}  // namespace holdfast::supervision
