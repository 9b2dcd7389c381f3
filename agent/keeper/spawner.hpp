// spawner.hpp: makes one child process of a SpawnRequest: pipes, fork, and in the child everything up to
// execve, in Supervisor's order and with its texts (contract supervisor.md 2.4). Waits for nothing: exec runs
// on while the keeper goes on; a set-up failure is an exit with status 127 whose stage and errno stand in a
// page shared with the child. Used by Children only; one thread.
//
// The keeper holds two or three descriptors for each program. A fork copies all of them and the exec closes all of them
// again, which makes the start of many programs quadratic. So the ends that the keeper keeps are moved to numbers from
// `first_kept` on, the child is cloned with the keeper's table, and its first act is to leave that table with a copy of
// what lies below (close_range with CLOSE_RANGE_UNSHARE). Until it says that it has, the keeper leaves open what
// it has given to it. Where the numbers do not suffice, it is a fork as ever.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "keeper/launch.hpp"
#include "keeper/socket.hpp"
#include "keeper/spawn_request.hpp"

namespace holdfast::keeper {

/// What a child says before it becomes its program, and why it did not. In memory shared by fork; exec unmaps it from
/// the child.
struct SetupReport {
  std::atomic<bool> apart{false};  // it has a table of descriptors of its own, or is no more
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
  std::uint64_t start_time_ticks = 0;  // as start_time_ticks() below reads it
  ChildEnds ends;
};

class Spawner {
 public:
  Spawner();

  /// `report` stays in use until the child has ended. `passed_stdin` is given to the child when the request says so.
  SpawnOutcome spawn(const SpawnRequest& request, Fd passed_stdin, const Limits& limits, SetupReport& report);

  /// To be polled: readable when drain_events() has something to do. -1 where no table is ever shared.
  [[nodiscard]] int events() const { return events_.get(); }
  void drain_events();
  /// Closes what was given to children that have said that they are apart.
  void close_given();
  /// Waits until no child shares the table any more, for at most `most_ms`: before descriptors are made to survive an
  /// exec.
  void wait_apart(int most_ms);

 private:
  struct Given {
    const SetupReport* to;
    Fd in;
    Fd out;
    Fd err;
  };
  /// The start time of `pid`, cloned between two readings of the clock it is taken from. When both say the same it
  /// needs no look into /proc, which costs a third of what the keeper does for a start.
  std::uint64_t start_time(pid_t pid, std::uint64_t ticks_before, std::uint64_t ticks_after);

  enum class Clock : std::uint8_t { unproved, agrees, differs };
  Clock clock_ = Clock::unproved;  // with what /proc says: looked at once, a sandbox may have times of its own
  std::vector<Given> given_;       // at most as many as have numbers below first_kept
  Fd events_;                      // eventfd
};

/// Field 22 of /proc/PID/stat; 0 when it cannot be read.
std::uint64_t start_time_ticks(pid_t pid);

}  // namespace holdfast::keeper
