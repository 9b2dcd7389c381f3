// launch.hpp: everything between main() and the keeper's loop: where the agent's program is, what it answers
// to
// --launch-settings, becoming a daemon, limits, ids, the pid file. Plain functions that run once, in this
// order; their errors are texts for stderr. The keeper reads no configuration: the agent did, and answers
// numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keeper/socket.hpp"

namespace holdfast::keeper {

/// The agent's answer: `key=value` lines; unknown keys are ignored (an agent may be newer).
struct LaunchSettings {
  bool nodaemon = false;
  std::string pidfile;                 // empty = none
  std::optional<std::uint32_t> umask;  // octal; applied only when daemonising (contract supervisor.md 1.9)
  std::string directory;               // likewise
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::vector<std::uint32_t> groups;                                       // comma-separated, primary first
  std::uint64_t nofile = 0;                                                // minfds
  std::uint64_t nproc = 0;                                                 // minprocs
  std::string state_dir;                                                   // empty = no spool is kept
  std::vector<std::uint32_t> restart_delays_ms{0, 100, 500, 2000, 10000};  // of the agent after crashes in a row
  // For an agent's program that has not been READY yet to be so, while there is one that was.
  std::uint32_t trial_ms = 30'000;
};

/// Parses the lines; false and `error` when a value is not what its key needs.
bool parse_launch_settings(std::string_view text, LaunchSettings& out, std::string& error);

/// The path that this program was started from (not a deleted one's: asked before any upgrade). Empty: /proc
/// is missing.
std::string own_path();

/// holdfast-agent beside `own`, else in ../libexec/holdfast; empty and `error` when it is in neither.
std::string find_agent(const std::string& own, std::string& error);

/// Whether the ids that this process has now may run the agent: it is started again after each of its ends, so
/// a folder that only root may enter would make the first crash the last. False and `error` when not.
bool may_run(const std::string& agent, std::string& error);

/// What `agent --launch-settings args…` came to. `exit_status` set: the keeper is to end with it at once,
/// having passed on what was printed (2: refused; 0: only something to show, as for --help, which the agent
/// says by status 3).
struct LaunchAnswer {
  std::optional<int> exit_status;
  LaunchSettings settings;
};
LaunchAnswer ask_agent(const std::string& agent, const std::vector<std::string>& args);

/// Soft limits as found, and as raised for programs (never lowered).
struct Limits {
  std::uint64_t nofile_before = 0;
  std::uint64_t nproc_before = 0;
  std::uint64_t nofile_programs = 0;
  std::uint64_t nproc_programs = 0;
};
/// Raises this process's own descriptor limit as far as it goes: it holds three per program. Failure is not
/// fatal.
Limits raise_limits(const LaunchSettings& settings);

/// Drops to the ids of the settings; false and `error` when it may not.
bool drop_privileges(const LaunchSettings& settings, std::string& error);

/// Becomes a daemon. The starting process waits in here for what tell_starter() says, and exits with it.
/// Returns in the daemon only: the descriptor for tell_starter(), invalid when no process could be made.
/// `directory_errno` is of chdir.
Fd daemonise(const LaunchSettings& settings, int& directory_errno);
void tell_starter(Fd& starter, int exit_status, std::string_view text);

/// Writes "<pid>\n"; 0 or an errno. Never waits: a FIFO that nobody reads is ENXIO.
int write_pidfile(const std::string& path);
/// Removes it, if it is a regular file that holds what write_pidfile() writes. Anything else is somebody's: a
/// device, a FIFO, a link, what another daemon has written since.
void remove_pidfile(const std::string& path);

}  // namespace holdfast::keeper
