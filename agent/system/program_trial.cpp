#include "system/program_trial.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace holdfast::system {
namespace {

constexpr int kPassedFd = 3;
constexpr Duration kReapEvery = 5ms;  // of a program that has closed its output

struct FileActions {
  posix_spawn_file_actions_t value;
  FileActions() { ::posix_spawn_file_actions_init(&value); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&value); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
};

struct Attributes {
  posix_spawnattr_t value;
  Attributes() {
    ::posix_spawnattr_init(&value);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&value, &none);
    ::posix_spawnattr_setsigdefault(&value, &all);
    ::posix_spawnattr_setpgroup(&value, 0);  // to be killed with what it has started
    ::posix_spawnattr_setflags(&value, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&value); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
};

void kill_all(pid_t pid) {
  ::kill(-pid, SIGKILL);
  ::kill(pid, SIGKILL);
}

}  // namespace

ProgramTrial::~ProgramTrial() {
  if (pid_ > 0) {
    kill_all(pid_);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

Status ProgramTrial::start(const std::string& program, std::vector<std::string> arguments, int fd, Duration within,
                           Done done) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return Error{std::strerror(errno), errno};
  }
  UniqueFd read_end(ends[0]);
  const UniqueFd write_end(ends[1]);
  FileActions actions;
  ::posix_spawn_file_actions_addopen(&actions.value, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions.value, write_end.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions.value, write_end.get(), STDERR_FILENO);
  if (fd >= 0) {
    ::posix_spawn_file_actions_adddup2(&actions.value, fd, kPassedFd);
  } else {
    ::posix_spawn_file_actions_addopen(&actions.value, kPassedFd, "/dev/null", O_RDONLY,
                                       0);  // not what we have there
  }
  const Attributes attributes;
  std::vector<char*> argv{const_cast<char*>(program.c_str())};  // NOLINT: nobody writes to them
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  pid_t pid = -1;
  if (const int error = ::posix_spawn(&pid, program.c_str(), &actions.value, &attributes.value, argv.data(), environ);
      error != 0) {
    return Error{std::strerror(error), error};
  }
  pid_ = pid;
  words_.clear();
  done_ = std::move(done);
  until_ = monotonic_now() + within;
  ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
  output_.assign(read_end.release());
  timer_.set(until_, [this] { reap(); });
  wait_readable();
  return {};
}

void ProgramTrial::wait_readable() {
  output_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (!error) {
      read();
    }
  });
}

void ProgramTrial::read() {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(output_.native_handle(), buffer.data(), buffer.size());
  if (got > 0) {
    const std::size_t room = limits::program_trial_words_bytes - words_.size();
    words_.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
  }
  if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) {
    wait_readable();
  } else {
    reap();  // its end, or nearly so
  }
}

/// Who keeps its output open is waited for until its time is over.
void ProgramTrial::reap() {
  int status = 0;
  const Instant now = monotonic_now();
  if (::waitpid(pid_, &status, WNOHANG) == pid_) {
    return finish(true, status);
  }
  if (now < until_) {
    return timer_.set(std::min(until_, now + kReapEvery), [this] { reap(); });
  }
  kill_all(pid_);
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  finish(false, status);
}

void ProgramTrial::finish(bool in_time, int wait_status) {
  pid_ = -1;
  timer_.cancel();
  output_.close();
  const Done done = std::exchange(done_, nullptr);
  done(TrialEnd{in_time, wait_status, std::move(words_)});
}

}  // namespace holdfast::system
