#include "storage/fatal_signals.hpp"

#include <atomic>
#include <csignal>

namespace holdfast::storage {

namespace {

constexpr int kFatalSignals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
std::atomic<LastCall> last_call{nullptr};
std::atomic<void*> last_context{nullptr};

extern "C" void on_fatal_signal(int signal) {
  // SA_RESETHAND: the second time kills. Taken out first, so that a crash in here does not come back.
  if (const LastCall call = last_call.exchange(nullptr); call != nullptr) {
    call(last_context);
  }
  ::raise(signal);
}

}  // namespace

void set_last_call(LastCall call, void* context) {
  last_context = context;
  last_call = call;
  struct sigaction action {};
  action.sa_handler = on_fatal_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  sigemptyset(&action.sa_mask);
  for (const int signal : kFatalSignals) {
    ::sigaction(signal, &action, nullptr);
  }
}

bool last_call_is(const void* context) {
  return last_call.load() != nullptr && last_context.load() == context;
}

void clear_last_call() {
  last_call = nullptr;
  for (const int signal : kFatalSignals) {
    ::signal(signal, SIG_DFL);
  }
}

}  // namespace holdfast::storage
