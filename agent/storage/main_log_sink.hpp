// main_log_sink.hpp: one place where the daemon's own lines go: its file, the copy on standard output, syslog. MainLog
// gives each of its sinks the same lines and knows no more of them than this; one sink more is a class here and a line
// in MainLog's start. Disk thread only (or while that does not run), but for write_at_crash.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "storage/crash_outlet.hpp"
#include "storage/line_outlet.hpp"

namespace holdfast::storage {

class MainLogSink {
 public:
  virtual ~MainLogSink() = default;
  /// Whole lines, in the form that MainLog was opened for (main_log.cpp, add).
  virtual void write(std::string_view lines) = 0;
  /// Whether nothing waits for a reader.
  [[nodiscard]] virtual bool idle() const = 0;
  /// As it is named in the line that says how many lines were dropped here.
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// Lines dropped since this was asked last.
  [[nodiscard]] virtual std::uint64_t take_dropped() = 0;
  /// Batches that were refused.
  [[nodiscard]] virtual std::uint64_t errors() const = 0;
  /// Nothing is waited for any more.
  virtual void give_up() = 0;
  /// The last lines of a process that dies by a signal; async-signal-safe, waits for a bounded time.
  virtual void write_at_crash(std::string_view lines) noexcept = 0;
};

/// A file, or whatever else is written to by a descriptor.
class FileSink final : public MainLogSink {
 public:
  /// `on_idle` when everything that had to wait is written. `disk` outlives it.
  FileSink(DiskThread& disk, LogFile file, std::string name, std::function<void()> on_idle)
      : name_(std::move(name)), outlet_(disk, std::move(file), [this, on_idle = std::move(on_idle)] {
          crash_.set(outlet_.file());
          on_idle();
        }) {
    crash_.set(outlet_.file());
  }

  Status reopen() { return then_at_crash(outlet_.reopen()); }
  Status clear() { return then_at_crash(outlet_.clear()); }

  void write(std::string_view lines) override {
    outlet_.write(lines);
    crash_.set(outlet_.file());
  }
  [[nodiscard]] bool idle() const override { return outlet_.idle(); }
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::uint64_t take_dropped() override { return outlet_.take_dropped(); }
  [[nodiscard]] std::uint64_t errors() const override { return outlet_.errors(); }
  void give_up() override { outlet_.give_up(); }
  void write_at_crash(std::string_view lines) noexcept override { crash_.write(lines); }

 private:
  /// A rotation or another file is another descriptor.
  Status then_at_crash(Status status) {
    crash_.set(outlet_.file());
    return status;
  }
  std::string name_;
  CrashOutlet crash_;
  LineOutlet outlet_;
};

/// The system's log daemon. A line is one byte of its level, the text, and a zero in place of the newline: lines may
/// hold newlines, syslog gets each whole. A process that dies has no safe way to it.
class SystemLogSink final : public MainLogSink {
 public:
  explicit SystemLogSink(std::string ident);
  void write(std::string_view lines) override;
  [[nodiscard]] bool idle() const override { return true; }
  [[nodiscard]] const std::string& name() const override { return ident_; }
  [[nodiscard]] std::uint64_t take_dropped() override { return 0; }
  [[nodiscard]] std::uint64_t errors() const override { return 0; }
  void give_up() override {}
  void write_at_crash(std::string_view) noexcept override {}

 private:
  const std::string ident_;  // openlog keeps a pointer to it
};

}  // namespace holdfast::storage
