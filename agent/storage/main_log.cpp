#include "storage/main_log.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <ranges>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/fault.hpp"
#include "base/limits.hpp"
#include "storage/fatal_signals.hpp"
#include "storage/line_buffer.hpp"
#include "storage/log_line.hpp"
#include "storage/log_reader.hpp"
#include "storage/main_log_sink.hpp"

namespace holdfast::storage {

class MainLog::Impl : public std::enable_shared_from_this<MainLog::Impl> {
 public:
  Impl(DiskThread& disk, MainLogOptions options)
      : disk_(disk),
        options_(std::move(options)),
        prefix_(options_.prefix.empty() ? std::string() : options_.prefix + " "),
        level_(options_.level) {}

  Status start();
  void log(LogLevel level, std::string_view message);
  void reopen();
  void clear(std::function<void(Status)> done);
  bool flush();
  void crash_flush() noexcept;
  [[nodiscard]] bool enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }

  DiskThread& disk_;
  const MainLogOptions options_;
  const std::string prefix_;
  std::atomic<LogLevel> level_;
  std::atomic<std::uint64_t> lines_lost_{0};
  std::atomic<std::uint64_t> write_errors_{0};

 private:
  struct Barrier {
    std::mutex mutex;
    std::condition_variable reached;
    bool done = false;
    void reach();
  };

  void add(LogLevel level, std::string_view message);
  void schedule();
  void write_out();
  void write_last();
  void after_write();
  void say_dropped(MainLogSink& sink);
  Status make_sinks();
  std::unique_ptr<FileSink> make_file_sink(LogFile file, std::string name);

  LogLineHeads heads_;
  LineBuffer buffer_{limits::main_log_buffer_bytes};

  std::vector<std::unique_ptr<MainLogSink>> sinks_;  // disk thread, after start(), and the end; so is what follows
  FileSink* file_ = nullptr;                         // the one of `path`
  std::vector<std::shared_ptr<Barrier>> flushes_;    // that wait for a slow reader
  bool ended_ = false;                               // nothing is said about what was dropped any more
};

std::unique_ptr<FileSink> MainLog::Impl::make_file_sink(LogFile file, std::string name) {
  return std::make_unique<FileSink>(disk_, std::move(file), std::move(name), [this] { after_write(); });
}

Status MainLog::Impl::make_sinks() {
  if (options_.to_syslog) {
    sinks_.push_back(std::make_unique<SystemLogSink>(options_.syslog_ident));
    return {};
  }
  if (!options_.path.empty()) {
    auto opened = LogFile::open({options_.path, kNamedLogMode, options_.max_bytes, options_.backups});
    if (!opened) {
      return opened.error();
    }
    auto sink = make_file_sink(std::move(opened).value(), options_.path);
    file_ = sink.get();
    sinks_.push_back(std::move(sink));
  }
  if (options_.copy_to_stdout) {
    if (auto output = standard_output()) {  // closed, or nothing: no copy
      sinks_.push_back(make_file_sink(LogFile({}, std::move(output).value()), "standard output"));
    }
  }
  return {};
}

Status MainLog::Impl::start() {
  if (Status made = make_sinks(); !made) {
    return made;
  }
  disk_.at_end([weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->write_last();
    }
  });
  return {};
}

void MainLog::Impl::log(LogLevel level, std::string_view message) {
  if (enabled(level)) {
    add(level, message);
  }
}

void MainLog::Impl::add(LogLevel level, std::string_view message) {
  const LogLineHead head = heads_.head(level, wall_now());
  const std::string_view start(head.data(), head.size());
  const std::size_t around = start.size() + prefix_.size() + 1;
  const std::string_view text =
      message.substr(0, limits::main_log_line_bytes - std::min(limits::main_log_line_bytes, around));
  LineBuffer::Added added{};
  if (options_.to_syslog) {
    // One byte of level, and a zero instead of the newline: lines may hold newlines, syslog gets each line whole.
    const std::array<char, 1> level_byte{static_cast<char>(level)};
    added = buffer_.add({{level_byte.data(), 1}, start, prefix_, text, std::string_view("", 1)});
  } else {
    added = buffer_.add({start, prefix_, text, "\n"});
  }
  if (added == LineBuffer::Added::refused) {
    lines_lost_.fetch_add(1, std::memory_order_relaxed);
  } else if (added == LineBuffer::Added::schedule) {
    schedule();
  }
}

void MainLog::Impl::schedule() {
  const bool accepted = disk_.post(
      [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
          self->write_out();
        }
      },
      0);
  if (!accepted) {  // queue full: the next line tries again; stopped: at_end or the destructor writes
    buffer_.unscheduled();
  }
}

void MainLog::Impl::write_out() {
  const LineBuffer::Taken taken = buffer_.take();
  for (const auto& sink : std::views::reverse(sinks_)) {  // the copy first: somebody watches it
    sink->write(taken.lines);
  }
  after_write();
  buffer_.written();
  if (taken.refused > 0) {
    log(LogLevel::warn, std::to_string(taken.refused) + " log lines lost: the disk was too slow for them");
  }
}

/// What is due when something was written: what was dropped is said, and who waits is told.
void MainLog::Impl::after_write() {
  std::uint64_t errors = 0;
  for (const auto& sink : sinks_) {
    errors += sink->errors();
    say_dropped(*sink);
  }
  write_errors_ = errors;
  if (std::ranges::all_of(sinks_, [](const auto& sink) { return sink->idle(); })) {
    for (const auto& flush : std::exchange(flushes_, {})) {
      flush->reach();
    }
  }
}

/// When its reader goes on.
void MainLog::Impl::say_dropped(MainLogSink& sink) {
  if (!sink.idle() || ended_) {
    return;
  }
  if (const std::uint64_t dropped = sink.take_dropped(); dropped > 0) {
    lines_lost_.fetch_add(dropped, std::memory_order_relaxed);
    log(LogLevel::warn,
        std::to_string(dropped) + " log lines lost on " + sink.name() + ": its reader was too slow for them");
  }
}

/// The end of the disk thread: who does not read now is not waited for. The other sinks hear what was dropped.
void MainLog::Impl::write_last() {
  write_out();
  for (const auto& sink : std::views::reverse(sinks_)) {
    sink->give_up();
  }
  after_write();
  ended_ = true;
  write_out();
}

void MainLog::Impl::Barrier::reach() {
  const std::lock_guard guard(mutex);
  done = true;
  reached.notify_all();
}

void MainLog::Impl::reopen() {
  const bool accepted = disk_.post(
      [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self || self->file_ == nullptr) {
          return;
        }
        self->write_out();
        const Status reopened = self->file_->reopen();
        self->after_write();
        if (!reopened) {
          self->log(LogLevel::critical, reopened.error().message + "; the old file stays in use");
        }
      },
      0);
  if (!accepted) {
    log(LogLevel::error, "log file not reopened: too much is waiting for the disk");
  }
}

void MainLog::Impl::clear(std::function<void(Status)> done) {
  const bool accepted = disk_.ask(
      [self = shared_from_this(), done]() -> DiskThread::Job {
        Status status;
        if (self->file_ == nullptr || ::access(self->options_.path.c_str(), F_OK) != 0) {
          status = Error{"no log file " + self->options_.path, code_of(Fault::no_file)};
        } else {
          self->write_out();
          status = self->file_->clear();
          self->after_write();
          if (!status) {
            status = Error{status.error().message, code_of(Fault::failed)};
          }
        }
        return [done, status] { done(status); };
      },
      0);
  if (!accepted) {
    done(Error{"log file not cleared: too much is waiting for the disk", code_of(Fault::failed)});
  }
}

bool MainLog::Impl::flush() {
  const auto barrier = std::make_shared<Barrier>();
  const bool accepted = disk_.post(
      [weak = weak_from_this(), barrier] {
        if (const auto self = weak.lock()) {
          self->write_out();
          self->flushes_.push_back(barrier);
          self->after_write();
        }
      },
      0);
  if (!accepted) {
    return false;
  }
  std::unique_lock guard(barrier->mutex);
  return barrier->reached.wait_for(guard, limits::main_log_flush, [&] { return barrier->done; });
}

void MainLog::Impl::crash_flush() noexcept {
  wait_at_crash([this] { return !buffer_.in_flight() || disk_.on_disk_thread(); });
  buffer_.drain_at_crash([this](std::string_view lines) {
    for (const auto& sink : sinks_) {
      sink->write_at_crash(lines);
    }
  });
}

void MainLog::install_crash_flush(MainLog& log) {
  set_last_call([](void* of) { static_cast<MainLog*>(of)->crash_flush(); }, &log);
}

void MainLog::remove_crash_flush() {
  clear_last_call();
}

MainLog::MainLog(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<MainLog>> MainLog::open(DiskThread& disk, MainLogOptions options) {
  auto log = std::unique_ptr<MainLog>(new MainLog(std::make_shared<Impl>(disk, std::move(options))));
  const Status started = log->impl_->start();
  if (!started) {
    return started.error();
  }
  return log;
}

MainLog::~MainLog() {
  if (last_call_is(this)) {
    clear_last_call();
  }
  // The disk thread has stopped (see open): what came after its last look is written here.
  impl_->crash_flush();
}

void MainLog::log(LogLevel level, std::string_view message) {
  impl_->log(level, message);
}

bool MainLog::enabled(LogLevel level) const {
  return impl_->enabled(level);
}

void MainLog::set_level(LogLevel level) {
  impl_->level_ = level;
}

Say MainLog::say() {
  return [this](LogLevel level, std::string_view message) { log(level, message); };
}

void MainLog::reopen() {
  impl_->reopen();
}
void MainLog::clear(std::function<void(Status)> done) {
  impl_->clear(std::move(done));
}
bool MainLog::flush() {
  return impl_->flush();
}
void MainLog::crash_flush() noexcept {
  impl_->crash_flush();
}

MainLogCounters MainLog::counters() const {
  return {impl_->lines_lost_.load(), impl_->write_errors_.load()};
}

const std::string& MainLog::path() const {
  return impl_->options_.path;
}

}  // namespace holdfast::storage
