// line_outlet.hpp: one place where the daemon's own lines go: its file, or the copy on standard output. What
// a slow reader does not take waits here, bounded, until it can be written; lines beyond are dropped and
// counted. Part of MainLog, which says how many were dropped. Disk thread only (or while that does not run).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "storage/disk_thread.hpp"
#include "storage/log_file.hpp"

namespace holdfast::storage {

class LineOutlet {
 public:
  /// `on_idle` when everything that had to wait is written. `disk` outlives it.
  LineOutlet(DiskThread& disk, LogFile file, std::function<void()> on_idle)
      : disk_(disk), file_(std::move(file)), on_idle_(std::move(on_idle)) {}
  LineOutlet(const LineOutlet&) = delete;
  LineOutlet& operator=(const LineOutlet&) = delete;

  /// Whole lines.
  void write(std::string_view lines);
  /// Whether nothing waits.
  [[nodiscard]] bool idle() const { return waiting_.empty(); }
  /// Lines dropped since this was asked last.
  [[nodiscard]] std::uint64_t take_dropped() { return std::exchange(dropped_, 0); }
  /// Batches that the file refused (a full disk ...).
  [[nodiscard]] std::uint64_t errors() const { return errors_; }

  Status reopen();
  Status clear();
  /// Nothing is waited for any more: what does not fit now is dropped.
  void give_up();

  [[nodiscard]] const LogFile& file() const { return file_; }

 private:
  /// What is left of `lines`; all are dealt with when the file refuses them.
  std::string_view try_write(std::string_view lines);
  void keep(std::string_view lines);
  void wait_for_reader();
  /// Neither waits for readiness nor looks again.
  void stop_waiting();
  void go_on();

  DiskThread& disk_;
  LogFile file_;
  std::function<void()> on_idle_;
  std::string waiting_;
  std::uint64_t dropped_ = 0;
  std::uint64_t errors_ = 0;
  int watched_fd_ = -1;
  DiskThread::TimerId retry_ = 0;
  int in_vain_ = 0;  // how often it seemed to have room
  bool given_up_ = false;
};

}  // namespace holdfast::storage
