// pidproxy PIDFILE COMMAND [ARG...]: runs a command whose real work is done by another process, and passes the signals
// that its supervisor sends on to the process whose pid the command leaves in PIDFILE (contract supervisor.md 7,
// companion programs). Ends with status 0 after INT, QUIT or TERM and when the command ends, as Supervisor's does,
// whatever the command's own status was; with 127 if it cannot be run. Waits for signals and does nothing else.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>

namespace {

constexpr int kUsageError = 1;
constexpr int kCannotRun = 127;

void complain(const char* what, const char* subject, const char* why) {
  std::fprintf(stderr, "pidproxy: %s %s: %s\n", what, subject, why);
}

sigset_t passed_on() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2}) {
    sigaddset(&set, signal);
  }
  return set;
}

bool ends_the_proxy(int signal) {
  return signal == SIGINT || signal == SIGQUIT || signal == SIGTERM;
}

/// The command, or -1 if none could be started. Its name is a path; one that is no file here is looked for on PATH.
pid_t start(char** command, const sigset_t& mask) {
  std::array<int, 2> failure{};  // closed by a successful exec, else it carries errno
  if (pipe2(failure.data(), O_CLOEXEC) != 0) {
    complain("cannot run", *command, std::strerror(errno));
    return -1;
  }
  const pid_t child = fork();
  if (child == 0) {
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    execv(*command, command);
    if (errno == ENOENT) {
      execvp(*command, command);
    }
    const int error = errno;
    [[maybe_unused]] const ssize_t told = write(failure[1], &error, sizeof error);
    _exit(kCannotRun);
  }
  close(failure[1]);
  int error = child < 0 ? errno : 0;
  while (child > 0 && read(failure[0], &error, sizeof error) < 0 && errno == EINTR) {
  }
  close(failure[0]);
  if (error != 0) {
    complain("cannot run", *command, std::strerror(error));
    return -1;
  }
  return child;
}

std::optional<pid_t> pid_in(const char* path) {
  std::ifstream file(path);
  pid_t pid = 0;
  if (file >> pid && pid > 0) {
    return pid;
  }
  return std::nullopt;
}

void pass_on(int signal, const char* pidfile) {
  const std::optional<pid_t> pid = pid_in(pidfile);
  if (!pid) {
    complain("no pid to be read in", pidfile, "the signal was not passed on");
  } else if (kill(*pid, signal) != 0) {
    complain("the process of", pidfile, std::strerror(errno));
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::printf(
        "Runs a command and passes signals on to the process whose pid is in a file.\n"
        "Usage: %s <pidfile name> <command> [<cmdarg1> ...]\n",
        arguments[0]);
    return kUsageError;
  }
  const char* pidfile = arguments[1];
  sigset_t waited_for = passed_on();
  sigaddset(&waited_for, SIGCHLD);
  sigset_t inherited;
  sigprocmask(SIG_BLOCK, &waited_for, &inherited);
  const pid_t child = start(arguments + 2, inherited);
  if (child < 0) {
    return kCannotRun;
  }
  for (;;) {
    const int signal = sigwaitinfo(&waited_for, nullptr);
    if (signal == SIGCHLD) {
      if (waitpid(child, nullptr, WNOHANG) == child) {
        return 0;
      }
    } else if (signal > 0) {
      pass_on(signal, pidfile);
      if (ends_the_proxy(signal)) {
        return 0;
      }
    }
  }
}
