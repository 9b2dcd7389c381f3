// children.hpp: the keeper's table of the programs it started: alive, or ended and not yet acknowledged.
// Holds their pipe ends and blobs, and keeps their pipes from filling up while no agent reads them. Used by
// keeper.cpp only; one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "keeper/log_spool.hpp"
#include "keeper/protocol.hpp"
#include "keeper/spawner.hpp"

namespace holdfast::keeper {

/// What of a channel was moved to the spool file while no agent was there.
struct Spool {
  Fd file;
  std::uint64_t bytes = 0;  // after the header
};

struct ManagedChild {
  pid_t pid = -1;
  std::uint64_t start_time_ticks = 0;
  ChildEnds ends;
  Spool spools[2];  // by Channel
  std::string blob;
  std::size_t failure_slot = 0;
  bool ended = false;
  bool known = false;  // the present agent was told of it: its exit is told as it happens, else by List
  ExitFacts exit;
};

class Children {
 public:
  Children();

  /// Starts a child under `start_id`. The outcome's ends stay in the table.
  SpawnOutcome start(std::uint64_t start_id, const SpawnRequest& request, int passed_stdin,
                     const Limits& limits);
  /// Marks the end of the process `pid`; its start id, or 0 when it is none of ours.
  std::uint64_t note_exit(pid_t pid, int wait_status);
  /// An ended child's pipes and spools go, its record stays. A living one is not touched.
  void let_go(std::uint64_t start_id, const std::string& state_dir);
  /// An ended child goes altogether.
  void forget(std::uint64_t start_id, const std::string& state_dir);
  [[nodiscard]] ManagedChild* find(std::uint64_t start_id);
  [[nodiscard]] std::map<std::uint64_t, ManagedChild>& all() { return children_; }
  [[nodiscard]] std::size_t alive() const { return by_pid_.size(); }
  /// To every process group with a living leader.
  void signal_all(int signo) const;

  /// Moves output into STATE/spool from every pipe that is above three quarters of what it is sure to hold.
  void spool_full_pipes(const std::string& state_dir);
  void drop_spool(std::uint64_t start_id, Channel channel, const std::string& state_dir);

 private:
  void spool_pipe(std::uint64_t start_id, ManagedChild& child, Channel channel, const std::string& state_dir);

  std::map<std::uint64_t, ManagedChild> children_;
  std::map<pid_t, std::uint64_t> by_pid_;  // living ones
  SetupFailure* failures_ = nullptr;       // shared with children between fork and exec
  std::vector<std::size_t> free_slots_;
  std::size_t slots_used_ = 0;
  std::uint64_t spooled_total_ = 0;
};

}  // namespace holdfast::keeper
