#include "keeper/keeper.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>

#include "keeper/limits.hpp"

namespace holdfast::keeper {
namespace {

using limits::ms;

constexpr std::array stop_signals = {SIGTERM, SIGINT, SIGQUIT};

bool asks_to_stop(int signo) {
  return std::find(stop_signals.begin(), stop_signals.end(), signo) != stop_signals.end();
}

}  // namespace

Keeper::Keeper(KeeperOptions options) : Keeper(std::move(options), Fd()) {}

Keeper::Keeper(KeeperOptions options, Fd ran) : options_(std::move(options)), program_(options_.agent, std::move(ran)) {
  sigset_t all;
  sigfillset(&all);
  signals_ = Fd(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
}

Keeper::Keeper(KeeperOptions options, HandoverState state) : Keeper(std::move(options), std::move(state.ran)) {
  options_.settings = std::move(state.settings);
  options_.limits = state.limits;
  agent_starts_ = state.agent_starts;
  last_wait_status_ = state.last_wait_status;
  pidfile_errno_ = state.pidfile_errno;
  held_ = std::move(state.held);
  agent_blob_ = std::move(state.agent_blob);
  children_.take_over(std::move(state.children), std::move(state.children_file));
  start_reason_ = StartReason::handed_over;
  was_ready_ = children_file_tried_ = true;
}

int Keeper::run() {
  if (!signals_.valid()) {
    tell_starter(options_.starter, 1, "holdfastd: no signalfd is to be had\n");
    return 1;
  }
  reap();  // what ended while this process became this program
  start_agent();
  while (!exit_status_) {
    wait();
    if (take_signals()) {
      reap();
    }
    note_endings();
    read_requests();
    act_on_time();
    outbox_.flush();
  }
  return *exit_status_;
}

// ---- the agent's life ----

void Keeper::kill_agent() const {
  if (agent_pid_ > 0) {  // never kill(-1)
    kill(agent_pid_, SIGKILL);
  }
}

void Keeper::agent_gone(int wait_status) {
  agent_pid_ = -1;
  stop_by_ = trial_ends_at_ = next_read_check_ = never;
  last_wait_status_ = wait_status;
  read_requests();  // what it still said counts: an acknowledged exit is not told again
  drop_connection();
  // What has not said hello is no agent: its status means nothing.
  const int status = WIFEXITED(wait_status) && (said_hello_ || !was_ready_) ? WEXITSTATUS(wait_status) : -1;
  if (ending_) {
    return;
  }
  if (status == agent_done) {
    end_programs(0);
  } else if (stop_asked_) {
    end_programs(0);  // it died while it was stopping them, or had a restart in hand: the stop wins
  } else if (status == agent_restart) {
    restart_agent(StartReason::asked, 0);
  } else if (was_ready_ && (status == agent_hand_over || status == agent_hand_over_keeper)) {
    handover_error_ = 0;
    if (status == agent_hand_over_keeper) {
      become_new();
    }
    restart_agent(StartReason::handed_over, 0);
  } else if (!was_ready_) {
    refuse_agent();
  } else if (ready_since_ == never) {
    agent_failed();
  } else {
    restart_agent(StartReason::crashed, crash_delay_ns(monotonic_now()));
  }
}

void Keeper::restart_agent(StartReason reason, std::int64_t delay_ns) {
  start_reason_ = reason;
  ready_since_ = never;
  if (reason == StartReason::asked) {
    outbox_.forget_signals();  // HUP and USR2: this agent reads everything anew
  }
  outbox_.end_of_agent(unread_ && reason != StartReason::asked);
  restart_at_ = monotonic_now() + delay_ns;
  spool_at_ = restart_at_ > monotonic_now() ? monotonic_now() : spool_at_;
}

std::int64_t Keeper::crash_delay_ns(std::int64_t now) {
  if (ready_since_ != never && now - ready_since_ >= limits::steady_after) {
    crashes_ = 0;
  }
  const std::vector<std::uint32_t>& delays = options_.settings.restart_delays_ms;
  return delays[std::min(crashes_++, delays.size() - 1)] * ms;
}

void Keeper::end_programs(int exit_status) {
  if (ending_) {
    return;
  }
  ending_ = true;
  ending_status_ = exit_status;
  restart_at_ = never;
  if (children_.alive() == 0) {
    finish(exit_status);
    return;
  }
  children_.signal_all(SIGTERM);
  kill_at_ = monotonic_now() + limits::kill_after;
}

void Keeper::finish(int exit_status) {
  exit_status_ = exit_status;
  if (was_ready_ && !options_.settings.pidfile.empty() && pidfile_errno_ == 0) {
    remove_pidfile(options_.settings.pidfile);
  }
}

void Keeper::drop_connection() {
  socket_.close();
  outbox_.disconnect();
  for (auto& [start_id, child] : children_.all()) {
    child.known = false;
  }
}

// ---- processes, signals, time ----

void Keeper::reap() {
  int status = 0;
  pid_t pid = 0;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    if (pid == agent_pid_) {
      agent_gone(status);
      continue;
    }
    const std::uint64_t start_id = children_.note_exit(pid, status);
    if (start_id == 0) {
      Reaped orphan;
      orphan.pid = pid;
      orphan.wait_status = status;
      outbox_.reaped(orphan);
    } else if (children_.find(start_id)->known) {
      outbox_.exited(start_id);
    }
  }
}

/// Of the processes that a keeper before this one started.
void Keeper::note_endings() {
  while (const std::uint64_t start_id = children_.next_ending()) {
    if (children_.find(start_id)->known) {
      outbox_.exited(start_id);
    }
  }
  if (ending_ && children_.alive() == 0) {
    finish(ending_status_);
  }
}

/// Whether a child may have ended. To ask the kernel without need is not free: it looks at each child in turn.
bool Keeper::take_signals() {
  bool child_ended = false;
  signalfd_siginfo info{};
  while (read(signals_.get(), &info, sizeof info) == ssize_t{sizeof info}) {
    const int signo = static_cast<int>(info.ssi_signo);
    if (asks_to_stop(signo) || signo == SIGHUP || signo == SIGUSR2) {
      pass_signal(signo);
    }
    child_ended = child_ended || signo == SIGCHLD;
  }
  return child_ended;
}

void Keeper::pass_signal(int signo) {
  if (agent_pid_ <= 0 && asks_to_stop(signo)) {
    end_programs(0);
    return;
  }
  outbox_.pass_signal(signo);  // told to an agent that is READY, this one or the next
  if (!asks_to_stop(signo) || stop_asked_) {
    return;
  }
  stop_asked_ = true;
  if (ready_since_ == never && children_.alive() == 0) {
    kill_agent();
  } else if (ready_since_ == never) {
    stop_by_ = monotonic_now() + limits::ready_within;
  } else {
    read_deadline_ = monotonic_now() + limits::agent_reads_within;
    next_read_check_ = monotonic_now() + limits::agent_read_check_every;
  }
}

/// Whether the agent has read all that it was told, a stop included.
bool Keeper::agent_has_read_all() const {
  int unread = 0;
  const bool told = std::none_of(stop_signals.begin(), stop_signals.end(),
                                 [this](int signo) { return outbox_.signal_pending(signo); });
  return told && (ioctl(socket_.get(), SIOCOUTQ, &unread) != 0 || unread == 0);
}

/// A stop was passed on to an agent that is READY. One whose loop is stuck would keep everything for ever.
void Keeper::check_that_agent_reads(std::int64_t now) {
  next_read_check_ = agent_has_read_all() ? never : now + limits::agent_read_check_every;
  if (next_read_check_ != never && now >= read_deadline_) {
    next_read_check_ = never;
    note_trouble(TroubleWith::agent, program_.name() + " has not heard a stop signal for " +
                                         std::to_string(limits::agent_reads_within / (1000 * ms)) +
                                         " s and is killed; the keeper ends the programs");
    kill_agent();
  }
}

void Keeper::act_on_time() {
  const std::int64_t now = monotonic_now();
  if (now >= restart_at_) {
    start_agent();
  }
  if (now >= stop_by_) {
    stop_by_ = never;
    kill_agent();
  }
  if (now >= next_read_check_) {
    check_that_agent_reads(now);
  }
  if (now >= trial_ends_at_) {
    trial_ends_at_ = never;
    fail_text_ = "it was not ready in time, and was killed";
    kill_agent();
  }
  if (now >= kill_at_) {
    children_.signal_all(SIGKILL);
    kill_at_ = now + limits::kill_after;
  }
  if (now >= spool_at_) {
    const bool unread = !outbox_.greeted() && children_.all().size() > 0;
    if (unread) {
      children_.spool_full_pipes(options_.settings.state_dir);
    }
    spool_at_ = unread ? now + limits::spool_every : never;
  }
  if (now >= outbox_.resend_at()) {
    outbox_.resend();
  }
}

std::int64_t Keeper::next_deadline() const {
  return std::min({restart_at_, stop_by_, next_read_check_, trial_ends_at_, kill_at_, spool_at_, outbox_.resend_at()});
}

void Keeper::wait() {
  std::array<pollfd, 4> watched{pollfd{signals_.get(), POLLIN, 0}, pollfd{socket_.get(), 0, 0},
                                pollfd{children_.endings(), POLLIN, 0},
                                pollfd{children_.spawner().events(), POLLIN, 0}};
  if (!outbox_.busy()) {
    watched[1].events |= POLLIN;
  }
  if (outbox_.waits_for_room()) {
    watched[1].events |= POLLOUT;
  }
  const std::int64_t deadline = next_deadline();
  timespec left{};
  if (deadline != never) {
    const std::int64_t ns = std::max<std::int64_t>(0, deadline - monotonic_now());
    left = {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  }
  ppoll(watched.data(), watched.size(), deadline == never ? nullptr : &left, nullptr);
  if ((watched[3].revents & POLLIN) != 0) {
    children_.spawner().drain_events();
  }
}

}  // namespace holdfast::keeper
