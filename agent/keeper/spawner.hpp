// spawner.hpp: makes one child process of a SpawnRequest: pipes, fork, and in the child everything up to
// execve, in Supervisor's order and with its texts (contract supervisor.md 2.4). Waits for nothing: exec runs
// on while the keeper goes on; a set-up failure is an exit with status 127 whose stage and errno stand in a
// page shared with the child.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "keeper/launch.hpp"
#include "keeper/socket.hpp"
#include "keeper/spawn_request.hpp"

namespace holdfast::keeper {

/// Where a child says why it did not become its program. In memory shared by fork; exec unmaps it from the
/// child.
struct SetupFailure {
  Stage stage = Stage::none;
  std::int32_t error = 0;
};

/// The parent's ends; what a request does not ask for is invalid.
struct ChildEnds {
  Fd stdin_write;
  Fd stdout_read;
  Fd stderr_read;
};

struct SpawnOutcome {
  Stage stage = Stage::none;  // none = a process exists
  int error = 0;
  pid_t pid = -1;
  ChildEnds ends;
};

SpawnOutcome spawn_child(const SpawnRequest& request, int passed_stdin, const Limits& limits,
                         SetupFailure& failure);

/// Field 22 of /proc/PID/stat; 0 when it cannot be read.
std::uint64_t start_time_ticks(pid_t pid);

}  // namespace holdfast::keeper
