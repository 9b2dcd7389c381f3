#include "supervision/signal_names.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace holdfast::supervision {
namespace {

/// By number; of two names for one number the one that Supervisor 4.2.5 prints.
constexpr std::array<std::string_view, 32> kNames{
    "",          "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGPOLL", "SIGPWR",  "SIGSYS"};
constexpr int kFirstRealtime = 34;
constexpr int kLastRealtime = 64;

}  // namespace

std::string signal_name(int signo) {
  if (signo > 0 && static_cast<std::size_t>(signo) < kNames.size()) {
    return std::string(kNames[static_cast<std::size_t>(signo)]);
  }
  if (signo == kFirstRealtime) {
    return "SIGRTMIN";
  }
  if (signo == kLastRealtime) {
    return "SIGRTMAX";
  }
  return "signal " + std::to_string(signo);
}

}  // namespace holdfast::supervision
