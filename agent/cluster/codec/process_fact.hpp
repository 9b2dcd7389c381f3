// process_fact.hpp: what a node says about one of its own processes: a row of the replicated table. Only the
// node that supervises the process writes it. Plain values; comparable, so that an unchanged row publishes
// nothing.
#pragma once

#include <cstdint>
#include <string>

#include "base/process_id.hpp"
#include "base/process_state.hpp"
#include "cluster/codec/term.hpp"

namespace holdfast::cluster {

struct ProcessFact {
  ProcessId id;              // its group is the application
  std::string program_name;  // x of [program:x]
  std::int32_t process_index = 0;
  ProcessState state = ProcessState::stopped;
  bool expected_exit = true;
  bool disabled = false;
  bool has_stdout = false;
  bool has_stderr = false;
  bool awaits_restart = false;  // EXITED, and its node will start it again by itself
  std::int32_t pid = 0;
  std::int32_t exit_status = 0;
  std::int32_t startsecs = 1;
  std::int32_t stopwaitsecs = 10;
  std::int64_t start_us = 0;        // wall time of the last start, 0 = never started
  std::int64_t stop_us = 0;         // wall time of the last stop, 0 = never
  std::uint64_t since_mono_ms = 0;  // owner's monotonic clock at the last start
  std::int64_t event_us = 0;        // wall time of its last change of state, 0 = none, or its node does not tell
  std::uint64_t event_mono_ms = 0;  // the same, owner's monotonic clock
  std::string spawn_error;
  std::string ending;      // how the last child ended, in words; empty: none since the start
  std::string last_words;  // its last line on stderr
  std::string extra_args;  // behind the command, at its last start (contract supvisors.md CFG-E3)
  friend bool operator==(const ProcessFact&, const ProcessFact&) = default;

  /// Its key in the table.
  [[nodiscard]] std::string namespec() const { return full_namespec(id); }
};

}  // namespace holdfast::cluster
