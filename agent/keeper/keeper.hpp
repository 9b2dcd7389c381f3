// keeper.hpp: the keeper's loop: it starts the agent and starts it again when it dies, does what the agent
// asks (spawn, signal, hold), reaps, passes signals on, and ends the programs itself when it is told to stop
// while no agent runs. One thread, one poll() over four descriptors, nothing else to wait for. It writes no
// log and knows no names: what a child means stands in a blob that only agents read. What the agent is told
// goes through its outbox.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keeper/agent_outbox.hpp"
#include "keeper/agent_program.hpp"
#include "keeper/children.hpp"
#include "keeper/clock.hpp"
#include "keeper/handover.hpp"
#include "keeper/launch.hpp"
#include "keeper/protocol.hpp"
#include "keeper/socket.hpp"

namespace holdfast::keeper {

struct KeeperOptions {
  std::string own_path;           // this program's
  std::string agent;              // path of its program
  std::vector<std::string> args;  // its arguments: how the keeper was started, then what it was told
  LaunchSettings settings;
  Limits limits;
  int directory_errno = 0;
  Fd starter;  // of daemonise()
};

class Keeper {
 public:
  explicit Keeper(KeeperOptions options);
  /// Goes on as the keeper that this process was before it became this program.
  Keeper(KeeperOptions options, HandoverState state);
  /// Until everything is done; the keeper's exit status. Signals must be blocked (main.cpp).
  int run();

 private:
  Keeper(KeeperOptions options, Fd ran);

  // agent_start.cpp: an agent's start, and what does not come up.
  void start_agent();
  [[noreturn]] void exec_agent(int socket) const;
  void agent_failed();
  void note_trouble(TroubleWith with, const std::string& text);
  void refuse_agent();
  void become_new();

  // keeper.cpp: the agent's life, signals, time.
  void kill_agent() const;
  void agent_gone(int wait_status);
  void restart_agent(StartReason reason, std::int64_t delay_ns);
  std::int64_t crash_delay_ns(std::int64_t now);
  void end_programs(int exit_status);
  void finish(int exit_status);
  void reap();
  void note_endings();
  bool take_signals();
  void pass_signal(int signo);
  void act_on_time();
  [[nodiscard]] bool agent_has_read_all() const;
  void check_that_agent_reads(std::int64_t now);
  [[nodiscard]] std::int64_t next_deadline() const;
  void wait();

  // requests.cpp: what the agent asks.
  void read_requests();
  void handle(Packet& packet);
  void handle_spawn(Packet& packet);
  void handle_signal(const Signal& request);
  void handle_hold(Packet& packet, const Hold& request);
  void handle_hello(const Hello& hello);
  [[nodiscard]] Welcome welcome();
  bool keep_children();
  void handle_ready();
  void drop_connection();

  KeeperOptions options_;
  Fd signals_;
  Children children_;
  std::map<std::string, Fd, std::less<>> held_;
  Fd agent_blob_;

  // The agent that runs, if any.
  AgentProgram program_;
  pid_t agent_pid_ = -1;
  Fd socket_;
  AgentOutbox outbox_{{socket_, children_, held_, agent_blob_}};
  bool said_hello_ = false;  // stays true when the connection is gone
  std::int64_t ready_since_ = never;
  std::int64_t agent_started_at_ = 0;
  std::uint32_t agent_starts_ = 0;
  StartReason start_reason_ = StartReason::first;
  int last_wait_status_ = 0;
  bool was_ready_ = false;            // some agent was
  bool children_file_tried_ = false;  // STATE/children was tried
  bool refused_ = false;              // by us: another keeper has the state directory
  int handover_error_ = 0;            // of become_new()
  std::size_t crashes_ = 0;           // in a row
  std::string fail_text_;             // of this start

  int pidfile_errno_ = 0;
  bool unread_ = false;  // it died with words of ours unread

  // Deadlines: CLOCK_MONOTONIC nanoseconds, `never` for none.
  std::int64_t restart_at_ = never;
  std::int64_t stop_by_ = never;          // told to stop while the agent was not READY yet
  std::int64_t next_read_check_ = never;  // told to stop while it was READY: whether it reads that
  std::int64_t read_deadline_ = never;
  std::int64_t trial_ends_at_ = never;
  std::int64_t kill_at_ = never;  // while ending the programs
  std::int64_t spool_at_ = never;
  bool ending_ = false;
  bool stop_asked_ = false;  // TERM, INT or QUIT was passed on
  int ending_status_ = 0;
  std::optional<int> exit_status_;
};

}  // namespace holdfast::keeper
