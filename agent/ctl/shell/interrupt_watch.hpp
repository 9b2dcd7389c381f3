// interrupt_watch.hpp: Ctrl-C as something to wait for. While one of these lives, SIGINT does not end the process: it
// makes `fd` readable. For what Ctrl-C ends in an orderly way: a prompt, a log that is followed, fg. Threads that are
// started meanwhile inherit the blocked signal. Watches may nest: each sees the signal until the inner one ends. Calls
// nothing back. Single-threaded.
#pragma once

#include <signal.h>

#include "base/unique_fd.hpp"

namespace holdfast::ctl {

class InterruptWatch {
 public:
  InterruptWatch();
  /// Forgets a Ctrl-C that nobody asked for; then the signal does again what it did before.
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// Whether Ctrl-C was pressed; waits for nothing.
  [[nodiscard]] bool happened() const;
  /// Waits until `other` is readable (or at its end) or Ctrl-C was pressed; true: Ctrl-C.
  [[nodiscard]] bool wait_for(int other) const;

 private:
  sigset_t before_{};
  UniqueFd fd_;
};

}  // namespace holdfast::ctl
