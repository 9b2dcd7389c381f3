// How an agent is started, what becomes of one that does not come up, and how the keeper itself becomes
// another program (a part of keeper.hpp).
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <climits>

#include "keeper/keeper.hpp"
#include "keeper/limits.hpp"

namespace holdfast::keeper {
namespace {

using limits::ms;

/// An agent that is not given a processor must not be kept from one by what it asked for: when some 12
/// answers are unread, the next child is not started. Children that start and end at once would else go
/// before it.
void limit_unread(int socket) {
  constexpr int half = limits::unread_bytes / 2;  // the kernel doubles it
  setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &half, sizeof half);
}

/// One line of what may be several.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char letter : text) {
    const bool blank = letter == '\n' || letter == '\r' || letter == '\t';
    if (!blank) {
      line += letter;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  line.resize(line.find_last_not_of(' ') + 1);
  return line;
}

/// To standard error; not when its reader has stopped: this process waits for nobody.
void say_if_heard(std::string_view text) {
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0) {
    [[maybe_unused]] const ssize_t wrote =
        ::write(STDERR_FILENO, text.data(), std::min(text.size(), std::size_t{PIPE_BUF}));
  }
}

}  // namespace

void Keeper::start_agent() {
  restart_at_ = never;
  fail_text_.clear();
  said_hello_ = false;
  outbox_.repeat_troubles();
  program_.choose();
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
    socket_ = Fd(ends[0]);
    limit_unread(ends[0]);
    const Fd theirs(ends[1]);
    agent_pid_ = fork();
    if (agent_pid_ == 0) {
      exec_agent(theirs.get());
    }
  }
  agent_started_at_ = monotonic_now();
  trial_ends_at_ = program_.is_on_trial() ? agent_started_at_ + options_.settings.trial_ms * ms : never;
  unread_ = false;
  children_.file().save_agent_starts(++agent_starts_);
  spool_at_ = agent_started_at_ + limits::spool_after;
  if (agent_pid_ < 0) {
    const std::string why = "cannot start " + options_.agent + ": " + strerror(errno);
    last_wait_status_ = 0;
    drop_connection();
    restart_agent(StartReason::crashed, options_.settings.restart_delays_ms.back() * ms);
    if (!was_ready_) {
      tell_starter(options_.starter, 1, "holdfastd: " + why + "\n");
      finish(1);
    } else {
      note_trouble(TroubleWith::agent, why);
    }
  }
}

void Keeper::exec_agent(int socket) const {
  setpgid(0, 0);  // a Ctrl-C at the keeper's terminal is the keeper's to pass on
  if (socket == agent_socket_fd) {
    fcntl(socket, F_SETFD, 0);
  } else {
    dup2(socket, agent_socket_fd);
  }
  std::vector<char*> argv{const_cast<char*>(options_.agent.c_str())};  // NOLINT: execv writes to none of them
  for (const std::string& arg : options_.args) {
    argv.push_back(const_cast<char*>(arg.c_str()));  // NOLINT
  }
  argv.push_back(nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int error = program_.exec(argv.data());
  Fail fail;
  set_tail(fail, std::string("it cannot be run: ") + strerror(error));
  send_record(agent_socket_fd, fail);
  _exit(1);
}

/// An agent ended before it was READY, though one has been before.
void Keeper::agent_failed() {
  const std::string name = program_.name();
  const std::string why = fail_text_.empty() ? "it " + end_text(last_wait_status_) : one_line(fail_text_);
  const bool refused = WIFEXITED(last_wait_status_) && WEXITSTATUS(last_wait_status_) == agent_refused;
  const bool another = program_.failed(said_hello_ && !refused);
  note_trouble(TroubleWith::agent, name + " did not become ready: " + why +
                                       (another ? "; the program that ran before it is started again" : ""));
  if (another) {
    return restart_agent(StartReason::crashed, 0);
  }
  if (refused && children_.alive() == 0) {
    return refuse_agent();
  }
  restart_agent(StartReason::crashed, crash_delay_ns(monotonic_now()));
}

/// Kept for the log of the next agent; for whoever sees our stderr at once.
void Keeper::note_trouble(TroubleWith with, const std::string& text) {
  say_if_heard("holdfastd: " + text + "\n");
  outbox_.note_trouble(with, text);
}

/// The agent ended without having been READY, and nothing runs that would be worth another try.
void Keeper::refuse_agent() {
  const bool said_so = WIFEXITED(last_wait_status_) && WEXITSTATUS(last_wait_status_) == agent_refused;
  const int status = said_so || refused_ ? 2 : 1;
  if (!was_ready_) {
    children_.leave_found();  // programs of an earlier keeper are not ours to end before we supervise them
  }
  if (status == 1) {
    const std::string why = "it " + end_text(last_wait_status_) + " before it was ready";
    fail_text_ = "holdfastd: " + program_.name() + ": " + (fail_text_.empty() ? why : fail_text_) + "\n";
  }
  tell_starter(options_.starter, status, fail_text_);
  end_programs(status);
}

/// The process goes on as the program that is installed now; only when that fails as this one.
void Keeper::become_new() {
  children_.spawner().wait_apart(limits::table_left_within_ms);
  HandoverState state;
  state.settings = options_.settings;
  state.limits = options_.limits;
  state.agent_starts = agent_starts_;
  state.last_wait_status = last_wait_status_;
  state.pidfile_errno = pidfile_errno_;
  state.held = std::move(held_);
  state.agent_blob = std::move(agent_blob_);
  state.ran = std::move(program_.ran());
  state.children = children_.release();
  state.children_file = children_.file().release();
  std::string reason;
  handover_error_ = become(options_.own_path, options_.args, state, reason);
  held_ = std::move(state.held);
  agent_blob_ = std::move(state.agent_blob);
  program_.ran() = std::move(state.ran);
  children_.take_over(std::move(state.children), std::move(state.children_file));
  note_trouble(TroubleWith::keeper, "the keeper could not become the installed " + options_.own_path +
                                        " and goes on as it was: " + one_line(reason));
}

}  // namespace holdfast::keeper
