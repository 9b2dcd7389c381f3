// holdfastd: the keeper. Asks the agent for its launch settings, becomes what they say, and keeps the agent
// and every program (keeper.hpp). No option of its own: the arguments are the agent's, after two that say how
// this program was started.
#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "keeper/handover.hpp"
#include "keeper/keeper.hpp"
#include "keeper/launch.hpp"

namespace {

using namespace holdfast::keeper;  // NOLINT: one file, one purpose

/// The first three descriptors must be there, so that no pipe gets their numbers; none of the others reaches
/// a child.
void settle_descriptors() {
  int fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd < 3) {
    fd = open("/dev/null", O_RDWR);
  }
  close(fd);
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

/// All signals become data (signalfd). SIGPIPE and SIGXFSZ are ignored, also by programs, as they are under
/// Supervisor (contract supervisor.md 2.4); what a shell may have made us ignore (nohup) is undone for those
/// it would hide.
void settle_signals() {
  for (const int signo : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR2, SIGCHLD}) {
    signal(signo, SIG_DFL);
  }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  sigset_t all;
  sigfillset(&all);
  for (const int signo : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) {
    sigdelset(&all, signo);
  }
  sigprocmask(SIG_SETMASK, &all, nullptr);
}

/// What the agent cannot see by itself, also when it starts again after we have become a daemon elsewhere:
/// the name we were called by (its folder is where a configuration file is looked for first, and messages
/// have it) and the folder that relative paths of the command line and of the configuration belong to.
/// A keeper that takes over from another (handover.hpp) has these words among its arguments already.
std::vector<std::string> how_started(int argc, char** argv) {
  constexpr std::string_view started_as = "--started-as=";
  std::vector<std::string> words;
  if (argc < 2 || !std::string_view(argv[1]).starts_with(started_as)) {
    words.push_back(std::string(started_as) + (argc > 0 ? argv[0] : "holdfastd"));
    char folder[4096];
    if (getcwd(folder, sizeof folder) != nullptr) {
      words.push_back(std::string("--started-in=") + folder);
    }
  }
  words.insert(words.end(), argv + (argc > 0 ? 1 : 0), argv + argc);
  return words;
}

}  // namespace

int main(int argc, char** argv) {
  settle_descriptors();
  KeeperOptions options;
  options.args = how_started(argc, argv);
  std::string error;
  options.own_path = own_path();
  options.agent = find_agent(options.own_path, error);
  if (options.agent.empty()) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 1;
  }
  HandoverState state;
  switch (inherit(state)) {
    case Inherited::nothing:
      close_range(3, ~0U, 0);  // what a shell or a script happened to have open is not held for ever
      break;
    case Inherited::state: {
      settle_signals();
      Keeper keeper(std::move(options), std::move(state));
      return keeper.run();
    }
    case Inherited::question: {
      [[maybe_unused]] const ssize_t wrote = write(STDERR_FILENO, state_understood.data(), state_understood.size());
      _exit(0);  // without an end in order: the numbers in the state are the asker's descriptors
    }
    case Inherited::trouble:
      std::fprintf(stderr, "holdfastd: the state of the keeper before is not understood\n");
      return 1;
  }
  LaunchAnswer answer = ask_agent(options.agent, options.args);
  if (answer.exit_status) {
    return *answer.exit_status;
  }
  options.settings = std::move(answer.settings);
  options.limits = raise_limits(options.settings);
  if (!drop_privileges(options.settings, error) || !may_run(options.agent, error)) {
    std::fprintf(stderr, "Error: %s\n", error.c_str());
    return 2;
  }
  settle_signals();
  if (!options.settings.nodaemon && getpid() != 1) {  // PID 1 must stay: its end is the end of all
    options.starter = daemonise(options.settings, options.directory_errno);
    if (!options.starter.valid()) {
      std::fprintf(stderr, "holdfastd: no process to become a daemon with\n");
      return 1;
    }
  }
  Keeper keeper(std::move(options));
  return keeper.run();
}
