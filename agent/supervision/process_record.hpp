// process_record.hpp: what must survive the agent about one process, and the agent about itself; and their
// blobs, which the keeper holds without reading them (DESIGN section 4). A blob is a list of tagged fields: a
// newer agent reads an older one (missing fields keep their defaults), an older agent a newer one (unknown
// fields are skipped). Decoding trusts nothing. Used by Process and Supervisor.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/process_id.hpp"
#include "base/process_state.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "supervision/daemon_state.hpp"
#include "supervision/last_run.hpp"

namespace holdfast::supervision {

/// One process, as far as it outlives the agent.
struct ProcessRecord {
  ProcessId key;
  std::uint64_t fingerprint = 0;  // of the settings it was spawned with (config/fingerprint.hpp); 0 = never spawned
  ProcessState state = ProcessState::stopped;
  int tries = 0;  // Supervisor's backoff counter
  LastRun last_run;
  std::optional<Instant> restarted_at;  // the last start after an end by itself
  std::optional<Instant> timer;         // BACKOFF: try again; EXITED: start again; STOPPING: kill
  bool stop_wanted = false;             // asked to stop while the keeper had not yet answered the spawn
  config::LifecyclePolicy lifecycle;    // of those settings
  std::string stdout_path;              // of automatic logs
  std::string stderr_path;
  friend bool operator==(const ProcessRecord&, const ProcessRecord&) = default;
};

/// At most limits::process_blob_bytes; what can be missed (last words, log paths, long error texts) is left
/// out first.
std::string encode(const ProcessRecord& record);
Result<ProcessRecord> decode_process_record(std::string_view blob);

/// The agent's own part: whether the daemon is stopping, and the processes for which the keeper holds no
/// record.
struct AgentRecord {
  DaemonState daemon_state = DaemonState::running;
  std::set<std::string, std::less<>> disabled;  // programs
  std::vector<ProcessRecord> processes;
};

/// At most limits::agent_blob_bytes; processes beyond that are left out, and will be started as if new.
std::string encode(const AgentRecord& record);
Result<AgentRecord> decode_agent_record(std::string_view blob);

}  // namespace holdfast::supervision
