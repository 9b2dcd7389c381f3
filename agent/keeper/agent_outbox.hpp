// agent_outbox.hpp: what the agent that runs is still to be told, in this order: welcome, troubles, the answers to what
// it asked, ends of programs, signals. What the socket does not take now is not queued but known from the tables (a
// reply, a list's position, whose exits to tell), so that a stalled agent costs the keeper nothing. It decides nothing
// and reads nothing from the socket. Used by Keeper only; one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "keeper/children.hpp"
#include "keeper/clock.hpp"
#include "keeper/protocol.hpp"
#include "keeper/socket.hpp"

namespace holdfast::keeper {

class AgentOutbox {
 public:
  /// What is looked up at the moment of telling; all outlive this object.
  struct Tables {
    const Fd& socket;
    Children& children;
    const std::map<std::string, Fd, std::less<>>& held;
    const Fd& agent_blob;
  };
  /// The outcome of a Spawn.
  struct Reply {
    std::uint64_t start_id = 0;
    Stage stage = Stage::none;  // none = Spawned
    int error = 0;
  };

  explicit AgentOutbox(const Tables& tables) : tables_(tables) {}

  /// The agent said hello: nothing is told before.
  void greet(const Welcome& welcome);
  [[nodiscard]] bool greeted() const { return greeted_; }
  /// The agent is READY: from now on signals are told; `pidfile_errno` answers it.
  void started(int pidfile_errno);
  /// The connection is gone: the next agent is told what is left of signals, orphans and troubles only.
  void disconnect();

  void reply(const Reply& reply) { reply_ = reply; }
  void list();
  void list_held() { held_from_ = ""; }
  void fetch(std::uint64_t start_id) { fetch_ = start_id; }
  void exited(std::uint64_t start_id) { exits_.push_back(start_id); }
  void reaped(const Reaped& orphan);
  void signal_failed(const SignalFailed& failed);
  void hold_failed(const HoldFailed& failed);
  /// True: an answer is still to be sent; requests wait until it is.
  [[nodiscard]] bool busy() const {
    return reply_.has_value() || list_from_.has_value() || held_from_.has_value() || fetch_.has_value();
  }

  /// What went wrong, for the log of the next agent that is READY; each agent is told all of it.
  void note_trouble(TroubleWith with, std::string_view text);
  void forget_troubles() { troubles_.clear(); }
  void repeat_troubles() { troubles_told_ = 0; }

  /// A signal to be passed on, to this agent or the next.
  void pass_signal(int signo) { signals_pending_ |= 1U << signo; }
  [[nodiscard]] bool signal_pending(int signo) const { return (signals_pending_ & (1U << signo)) != 0; }
  void forget_signals() { signals_pending_ = 0; }
  /// The agent ended. `unread`: perhaps without having seen the last ones, which are told to the next one again.
  void end_of_agent(bool unread);

  /// Sends what the socket takes.
  void flush();
  /// The socket took not all: to be called again when it is writable ...
  [[nodiscard]] bool waits_for_room() const { return blocked_ && resend_at_ == never; }
  /// ... or at this time: the kernel had no room for descriptors in flight.
  [[nodiscard]] std::int64_t resend_at() const { return resend_at_; }
  void resend() { resend_at_ = never; }

 private:
  bool flush_troubles();
  bool flush_reply();
  bool flush_list();
  bool flush_held();
  bool flush_fetch();
  bool flush_news();
  bool flush_signals();
  template <typename R>
  bool tell(const R& record, const FdList& fds = {});
  template <typename R>
  bool tell_all(std::deque<R>& records);

  Tables tables_;
  bool greeted_ = false;
  bool blocked_ = false;  // the socket took no more
  bool gone_ = false;     // the socket takes nothing any more
  std::int64_t resend_at_ = never;

  std::optional<Welcome> welcome_;
  std::optional<Started> started_;
  bool ready_ = false;
  std::optional<Reply> reply_;
  std::optional<std::uint64_t> list_from_;  // start ids above this one are to be listed
  bool list_blob_due_ = false;
  std::uint32_t listed_ = 0;
  std::optional<std::string> held_from_;  // likewise, by name
  std::optional<std::uint64_t> fetch_;    // whose descriptors are asked for again
  std::deque<std::uint64_t> exits_;       // of children it knows
  std::deque<Reaped> reaped_;
  std::deque<SignalFailed> signal_failures_;
  std::deque<HoldFailed> hold_failures_;

  struct KeptTrouble {
    TroubleWith with;
    std::string text;
  };
  std::deque<KeptTrouble> troubles_;  // until an agent is READY, which writes them down
  std::size_t troubles_told_ = 0;     // to this agent

  std::uint32_t signals_pending_ = 0;  // bit = signal number
  std::uint32_t signals_told_ = 0;     // what of them this agent was told
  std::int64_t signals_told_at_ = 0;
};

}  // namespace holdfast::keeper
