// crash_outlet.hpp: a place for the last lines of a process that dies by a signal: a descriptor that is set while all
// is well and written to from the signal's handler. Everything here that a handler calls is async-signal-safe, takes no
// lock and waits for a bounded time only. Part of MainLog; set() by its disk thread, write() from any.
#pragma once

#include <atomic>
#include <string_view>

#include "base/limits.hpp"
#include "storage/log_file.hpp"

namespace holdfast::storage {

/// Lets limits::main_log_crash_look_every pass.
void rest_at_crash() noexcept;

/// Asks `done` again and again, at most limits::main_log_crash_looks times. False: it never was.
template <typename Done>
bool wait_at_crash(Done done) noexcept {
  bool is_done = done();
  for (int i = 0; i < limits::main_log_crash_looks && !is_done; ++i) {
    rest_at_crash();
    is_done = done();
  }
  return is_done;
}

class CrashOutlet {
 public:
  /// The log is open in `file` now (after each rotation another descriptor).
  void set(const LogFile& file);
  /// A reader that is slow is waited for as by wait_at_crash; then the rest is given up.
  void write(std::string_view lines) noexcept;

 private:
  std::atomic<int> fd_{-1};
  std::atomic<bool> shared_{false};  // cannot be made non-blocking
};

}  // namespace holdfast::storage
