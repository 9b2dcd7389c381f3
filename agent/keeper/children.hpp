// children.hpp: the keeper's table of the programs it started, or found from a keeper that was killed: alive,
// or ended and not yet acknowledged. Holds their pipe ends and blobs, keeps STATE/children, and keeps their
// pipes from filling up while no agent reads them. Used by keeper.cpp only; one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "keeper/children_file.hpp"
#include "keeper/protocol.hpp"
#include "keeper/spawner.hpp"
#include "keeper/spool_store.hpp"

namespace holdfast::keeper {

struct ManagedChild {
  pid_t pid = -1;
  std::uint64_t start_time_ticks = 0;
  ChildEnds ends;
  Spool spools[2];  // by Channel
  std::string blob;
  std::size_t slot = 0;  // while it lives: in the page of reports and in STATE/children
  bool ended = false;
  bool known = false;  // the present agent was told of it: its exit is told as it happens, else by List
  bool found = false;  // the child of a keeper that was killed: watched by pidfd, its status stays unknown
  Fd pidfd;
  ExitFacts exit;
};

class Children {
 public:
  using Table = std::map<std::uint64_t, ManagedChild>;  // by start id
  Children();

  /// Opens STATE/children and takes over the living of a killed keeper, and those that ended since.
  ChildrenFile::Opened keep_in(const std::string& state_dir);
  [[nodiscard]] ChildrenFile& file() { return file_; }
  /// Gives the table away, for the program that this process becomes, or back.
  Table release() { return std::move(children_); }
  void take_over(Table children, Fd file);
  /// Forgets, without a trace here, whom this keeper only found: they live on, and can be found again.
  void leave_found();

  /// Starts a child under `start_id`. The outcome's ends stay in the table.
  SpawnOutcome start(std::uint64_t start_id, const SpawnRequest& request, Fd passed_stdin, const Limits& limits);
  [[nodiscard]] Spawner& spawner() { return spawner_; }
  void set_blob(std::uint64_t start_id, std::string_view blob);
  /// To a living child or its group; 0 or an errno.
  static int send_signal(const ManagedChild& child, int signo, SignalTo to);

  /// Marks the end of the process `pid`; its start id, or 0 when it is none of ours.
  std::uint64_t note_exit(pid_t pid, int wait_status);
  /// To be polled: readable when a found child has ended. -1 without any.
  [[nodiscard]] int endings() const { return endings_.get(); }
  /// The found child that has ended, marked as such; 0: none (any more).
  std::uint64_t next_ending();

  /// An ended child's pipes are closed and its spools removed, its record stays. A living one is not touched.
  void release_pipes(std::uint64_t start_id, const std::string& state_dir);
  /// An ended child goes altogether.
  void forget(std::uint64_t start_id, const std::string& state_dir);
  [[nodiscard]] ManagedChild* find(std::uint64_t start_id);
  [[nodiscard]] Table& all() { return children_; }
  [[nodiscard]] std::size_t alive() const { return by_pid_.size(); }
  /// To every process group with a living leader.
  void signal_all(int signo);

  /// Moves output into STATE/spool from every pipe that is above three quarters of what it is sure to hold.
  void spool_full_pipes(const std::string& state_dir);
  void drop_spool(std::uint64_t start_id, Channel channel, const std::string& state_dir);

 private:
  void adopt(std::size_t slot, const SavedChild& saved, const std::string& state_dir);
  void reopen_pipes(ManagedChild& child);
  void watch(std::uint64_t start_id, ManagedChild& child);
  void note_end(ManagedChild& child);
  void save(std::uint64_t start_id, const ManagedChild& child);

  Table children_;
  std::map<pid_t, std::uint64_t> by_pid_;  // living ones
  Spawner spawner_;
  SetupReport* reports_ = nullptr;  // shared with children between fork and exec
  std::vector<std::size_t> free_slots_;
  std::size_t slots_used_ = 0;
  SpoolStore spools_;
  ChildrenFile file_;
  Fd endings_;  // epoll of the found ones' pidfds; made with the first
};

}  // namespace holdfast::keeper
