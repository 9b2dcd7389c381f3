// main_log.hpp: the daemon's own log. A line gets its head (contract supervisor.md 3.1) and is copied into a bounded
// buffer; the disk thread gives the buffer to the log's sinks (main_log_sink.hpp): the file (rotating as child logs do)
// and a copy on stdout, or syslog.
// A caller never waits for a disk, and the disk thread for no reader of a pipe: what that does not take waits, bounded.
// When a buffer is full lines are dropped, counted, and the log says how many as soon as there is room. Threading: log,
// enabled, set_level and the counters from any thread. open before the loop runs; flush at exit, from any thread but
// the disk thread; crash_flush from a signal handler.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/log_level.hpp"
#include "base/result.hpp"
#include "storage/disk_thread.hpp"

namespace holdfast::storage {

struct MainLogOptions {
  std::string path;  // empty: no file
  std::int64_t max_bytes = 50LL * 1024 * 1024;
  int backups = 10;
  LogLevel level = LogLevel::info;
  std::string prefix;           // before each line's text, with a blank between; empty: none
  bool copy_to_stdout = false;  // nodaemon and not silent
  bool to_syslog = false;       // logfile=syslog
  std::string syslog_ident = "holdfast";
};

struct MainLogCounters {
  std::uint64_t lines_lost = 0;    // a buffer was full
  std::uint64_t write_errors = 0;  // the file refused (full disk ...)
};

class MainLog {
 public:
  /// Opens the file. Error: it cannot be opened (name, reason; code = errno); the caller decides whether that
  /// ends the start. The disk thread must outlive the log, and be stopped before the log is destroyed.
  static Result<std::unique_ptr<MainLog>> open(DiskThread& disk, MainLogOptions options);
  MainLog(const MainLog&) = delete;
  MainLog& operator=(const MainLog&) = delete;
  ~MainLog();

  /// One line; newlines inside stay (Supervisor's debug copies of output have them).
  void log(LogLevel level, std::string_view message);
  void critical(std::string_view message) { log(LogLevel::critical, message); }
  void error(std::string_view message) { log(LogLevel::error, message); }
  void warn(std::string_view message) { log(LogLevel::warn, message); }
  void info(std::string_view message) { log(LogLevel::info, message); }
  void debug(std::string_view message) { log(LogLevel::debug, message); }

  [[nodiscard]] bool enabled(LogLevel level) const;
  void set_level(LogLevel level);
  /// For the other parts of this folder and for adapters.
  [[nodiscard]] Say say();

  /// Closes and opens the file again (USR2), after the lines so far.
  void reopen();
  /// clearLog: removes the file and opens it anew; `done` runs on the loop (by drain) with NO_FILE's 20 or 30
  /// as Error.code when it could not.
  void clear(std::function<void(Status)> done);

  /// Waits until every line logged so far is with the kernel, at most `limits::main_log_flush`. False: not
  /// all.
  bool flush();

  /// The last lines of a process that is dying by a signal: waits shortly for the disk thread's write, then
  /// writes what is buffered itself. Async-signal-safe. install_crash_flush arranges that fatal signals call
  /// it first.
  void crash_flush() noexcept;
  /// SIGABRT, SEGV, BUS, FPE, ILL: flush `log`, then die by the same signal as before. One log per process.
  static void install_crash_flush(MainLog& log);
  static void remove_crash_flush();

  [[nodiscard]] MainLogCounters counters() const;
  [[nodiscard]] const std::string& path() const;

 private:
  class Impl;
  explicit MainLog(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace holdfast::storage
