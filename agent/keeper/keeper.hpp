// keeper.hpp: the keeper's loop: it starts the agent and starts it again when it dies, does what the agent
// asks (spawn, signal, hold), reaps, passes signals on, and ends the programs itself when it is told to stop
// while no agent runs. One thread, one poll() over four descriptors, nothing else to wait for. It writes no
// log and knows no names: what a child means stands in a blob that only agents read. What cannot be sent now
// is not queued but known from the tables (a reply, a list's position, exits to tell), so that a stalled
// agent costs the keeper nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keeper/agent_program.hpp"
#include "keeper/children.hpp"
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
  Keeper(KeeperOptions options, KeptState state);
  /// Until everything is done; the keeper's exit status. Signals must be blocked (main.cpp).
  int run();

 private:
  // Times are CLOCK_MONOTONIC nanoseconds; `never` for none.
  static constexpr std::int64_t never = INT64_MAX;

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
  [[nodiscard]] bool agent_hears() const;
  void look_whether_it_hears(std::int64_t now);
  [[nodiscard]] std::int64_t next_deadline() const;
  void wait();

  // requests.cpp: what the agent asks, what it is told.
  void read_requests();
  void handle(Packet& packet);
  void handle_spawn(Packet& packet);
  void handle_signal(const Signal& request);
  void handle_hold(Packet& packet, const Hold& request);
  void handle_hello(const Hello& hello);
  bool keep_children();
  void handle_ready();
  void flush();
  void flush_welcome();
  bool flush_troubles();
  bool flush_reply();
  bool flush_list();
  bool flush_held();
  bool flush_fetch();
  bool flush_news();
  template <typename R>
  bool tell(const R& record, const FdList& fds = {});
  [[nodiscard]] bool busy() const {
    return reply_.has_value() || list_from_.has_value() || held_from_.has_value() || fetch_.has_value();
  }
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
  bool greeted_ = false;  // it said hello: from now on it reads the pipes
  bool said_hello_ = false;  // the same, but it stays true when the connection is gone
  bool blocked_ = false;  // the socket took no more
  bool gone_ = false;     // the socket takes nothing any more
  std::int64_t ready_since_ = never;
  std::int64_t agent_started_at_ = 0;
  std::uint32_t agent_starts_ = 0;
  StartReason start_reason_ = StartReason::first;
  int last_wait_status_ = 0;
  bool was_ready_ = false;   // some agent was
  bool kept_ = false;        // STATE/children was tried
  bool refused_ = false;     // by us: another keeper has the state directory
  int handover_error_ = 0;   // of become_new()
  std::size_t crashes_ = 0;  // in a row
  std::string fail_text_;    // of this start

  struct KeptTrouble {
    TroubleWith with;
    std::string text;
  };
  std::deque<KeptTrouble> troubles_;  // until an agent is READY, which writes them down
  std::size_t troubles_told_ = 0;     // to this agent

  // What this agent is still to be told.
  struct Reply {
    std::uint64_t start_id = 0;
    Stage stage = Stage::none;  // none = Spawned
    int error = 0;
  };
  std::optional<Reply> reply_;
  std::optional<std::uint64_t> list_from_;  // start ids above this one are to be listed
  bool list_blob_due_ = false;
  std::uint32_t listed_ = 0;
  std::optional<std::string> held_from_;  // likewise, by name
  std::optional<std::uint64_t> fetch_;    // whose descriptors are asked for again
  bool welcome_due_ = false;
  bool started_due_ = false;
  int pidfile_errno_ = 0;
  std::deque<std::uint64_t> exits_;  // of children it knows
  std::deque<Reaped> reaped_;
  std::deque<SignalFailed> signal_failures_;
  std::deque<HoldFailed> hold_failures_;
  std::uint32_t signals_pending_ = 0;  // bit = signal number
  std::uint32_t signals_told_ = 0;     // what of them this agent was told
  std::int64_t signals_told_at_ = 0;
  bool unread_ = false;  // it died with words of ours unread

  // Deadlines.
  std::int64_t restart_at_ = never;
  std::int64_t stop_by_ = never;  // told to stop while the agent was not READY yet
  std::int64_t hears_look_at_ = never;  // told to stop while it was READY: whether it reads that
  std::int64_t hears_by_ = never;
  std::int64_t trial_ends_at_ = never;
  std::int64_t kill_at_ = never;  // while ending the programs
  std::int64_t spool_at_ = never;
  std::int64_t resend_at_ = never;  // the kernel had no room for descriptors in flight
  bool ending_ = false;
  bool stop_asked_ = false;  // TERM, INT or QUIT was passed on
  int ending_status_ = 0;
  std::optional<int> exit_status_;
};

}  // namespace holdfast::keeper
