#include "storage/main_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "storage/line_outlet.hpp"
#include "storage/log_reader.hpp"
#include "storage/main_log_line.hpp"

namespace holdfast::storage {

namespace {

/// Held for a copy of one line, also by a signal handler that tries: therefore no mutex.
class SpinLock {
 public:
  void lock() noexcept {
    while (!try_lock()) {
      ::sched_yield();
    }
  }
  bool try_lock() noexcept { return !flag_.test_and_set(std::memory_order_acquire); }
  void unlock() noexcept { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag flag_ = ATOMIC_FLAG_INIT;
};

constexpr int kNaps = 100;
constexpr long kNapMs = 2;

void nap_ms(long ms) noexcept {
  const timespec span{0, ms * 1'000'000};
  ::nanosleep(&span, nullptr);
}

}  // namespace

class MainLog::Impl : public std::enable_shared_from_this<MainLog::Impl> {
 public:
  Impl(DiskThread& disk, MainLogOptions options)
      : disk_(disk), options_(std::move(options)) {
    filling_.reserve(limits::main_log_buffer_bytes);
    writing_.reserve(limits::main_log_buffer_bytes);
  }

  Status start();
  void log(LogLevel level, std::string_view message);
  void take(const spdlog::details::log_msg& message);
  void reopen();
  void clear(std::function<void(Status)> done);
  bool flush();
  void crash_flush() noexcept;

  DiskThread& disk_;
  const MainLogOptions options_;
  std::shared_ptr<spdlog::logger> logger_;
  std::shared_ptr<spdlog::logger> blather_;
  std::atomic<std::uint64_t> lines_lost_{0};
  std::atomic<std::uint64_t> write_errors_{0};

 private:
  /// A descriptor for the last words of a process that dies.
  struct CrashOutlet {
    std::atomic<int> fd{-1};
    std::atomic<bool> shared{false};  // cannot be made non-blocking
    void set(const LogFile& file) {
      fd = file.fd();
      shared = file.inherited() && !file.seekable();
    }
    void write(std::string_view lines) noexcept;
  };
  struct Barrier {
    std::mutex mutex;
    std::condition_variable reached;
    bool done = false;
    void reach();
  };

  void schedule();
  void write_out();
  void write_syslog();
  void write_last();
  void after_write();
  void say_dropped(LineOutlet& outlet, const std::string& name);
  [[nodiscard]] bool idle() const { return (!file_ || file_->idle()) && (!copy_ || copy_->idle()); }
  std::optional<LineOutlet>& make(std::optional<LineOutlet>& outlet, LogFile file);

  std::optional<LineOutlet> file_;  // disk thread, after start(); so is what follows
  std::optional<LineOutlet> copy_;  // on standard output
  std::vector<std::shared_ptr<Barrier>> flushes_;  // that wait for a slow reader
  CrashOutlet crash_file_;
  CrashOutlet crash_copy_;

  // The buffers hold finished lines; for syslog each is one byte of level, the text, and a zero instead of
  // its newline.
  SpinLock lock_;  // guards the next three
  std::string filling_;
  bool scheduled_ = false;
  std::uint64_t lost_unsaid_ = 0;

  std::string writing_;  // disk thread
  bool ended_ = false;   // disk thread: nothing is said about what was dropped any more
  std::atomic<bool> in_flight_{false};
  std::mutex format_mutex_;
  std::unique_ptr<spdlog::formatter> formatter_ = line_formatter();
};

namespace {

/// spdlog hands each accepted message to this; it belongs to both loggers.
class BufferSink : public spdlog::sinks::sink {
 public:
  using Take = std::function<void(const spdlog::details::log_msg&)>;
  explicit BufferSink(Take take) : take_(std::move(take)) {}
  void log(const spdlog::details::log_msg& message) override { take_(message); }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  Take take_;
};

}  // namespace

std::optional<LineOutlet>& MainLog::Impl::make(std::optional<LineOutlet>& outlet, LogFile file) {
  outlet.emplace(disk_, std::move(file), [this] { after_write(); });
  return outlet;
}

Status MainLog::Impl::start() {
  if (!options_.path.empty()) {
    auto opened = LogFile::open({options_.path, kNamedLogMode, options_.max_bytes, options_.backups});
    if (!opened) {
      return opened.error();
    }
    make(file_, std::move(opened).value());
  }
  if (options_.copy_to_stdout) {
    if (auto output = standard_output()) {  // closed, or nothing: no copy
      make(copy_, LogFile({}, std::move(output).value()));
    }
  }
  after_write();
  if (options_.to_syslog) {
    ::openlog(options_.syslog_ident.c_str(), LOG_PID, LOG_USER);
  }
  auto sink =
      std::make_shared<BufferSink>([this](const spdlog::details::log_msg& message) { take(message); });
  logger_ = std::make_shared<spdlog::logger>("main", sink);
  blather_ = std::make_shared<spdlog::logger>(kBlatherLogger, sink);
  disk_.at_end([weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->write_last();
    }
  });
  return {};
}

void MainLog::Impl::log(LogLevel level, std::string_view message) {
  const auto& logger = level == LogLevel::blather ? blather_ : logger_;
  if (!options_.prefix.empty()) {
    const std::string line = options_.prefix + " " + std::string(message);
    return logger->log(spdlog_level(level), spdlog::string_view_t(line));
  }
  logger->log(spdlog_level(level), spdlog::string_view_t(message.data(), message.size()));
}

void MainLog::Impl::take(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  {
    const std::lock_guard guard(format_mutex_);  // the formatter caches the second it last wrote
    formatter_->format(message, line);
  }
  if (line.size() > limits::main_log_line_bytes) {
    line.resize(limits::main_log_line_bytes - 1);
    line.push_back('\n');
  }
  bool wake = false;
  lock_.lock();
  // All or nothing, and never a reallocation: crash_flush may read the buffer at any instant.
  if (filling_.size() + line.size() + 1 > limits::main_log_buffer_bytes) {
    ++lost_unsaid_;
    lines_lost_.fetch_add(1, std::memory_order_relaxed);
  } else {
    if (options_.to_syslog) {
      filling_.push_back(static_cast<char>(level_of(message)));
    }
    filling_.append(line.data(), line.size());
    if (options_.to_syslog) {
      filling_.back() = '\0';  // lines may hold newlines; syslog gets each line whole
    }
    wake = !scheduled_;
    scheduled_ = true;
  }
  lock_.unlock();
  if (wake) {
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
    lock_.lock();
    scheduled_ = false;
    lock_.unlock();
  }
}

void MainLog::Impl::write_out() {
  std::uint64_t lost = 0;
  lock_.lock();
  writing_.clear();
  writing_.swap(filling_);
  in_flight_.store(!writing_.empty(), std::memory_order_release);
  scheduled_ = false;
  lost = std::exchange(lost_unsaid_, 0);
  lock_.unlock();
  if (options_.to_syslog) {
    write_syslog();
  } else {
    for (auto* outlet : {&copy_, &file_}) {
      if (*outlet) {
        (*outlet)->write(writing_);
      }
    }
  }
  after_write();
  in_flight_.store(false, std::memory_order_release);
  if (lost > 0) {
    log(LogLevel::warn, std::to_string(lost) + " log lines lost: the disk was too slow for them");
  }
}

/// What is due when something was written: rotation may have changed the descriptors, and who waits is told.
void MainLog::Impl::after_write() {
  std::uint64_t errors = 0;
  if (file_) {
    crash_file_.set(file_->file());
    errors += file_->errors();
    say_dropped(*file_, options_.path);
  }
  if (copy_) {
    crash_copy_.set(copy_->file());
    errors += copy_->errors();
    say_dropped(*copy_, "standard output");
  }
  write_errors_ = errors;
  if (idle()) {
    for (const auto& flush : std::exchange(flushes_, {})) {
      flush->reach();
    }
  }
}

/// When its reader goes on.
void MainLog::Impl::say_dropped(LineOutlet& outlet, const std::string& name) {
  if (!outlet.idle() || ended_) {
    return;
  }
  if (const std::uint64_t dropped = outlet.take_dropped(); dropped > 0) {
    lines_lost_.fetch_add(dropped, std::memory_order_relaxed);
    log(LogLevel::warn, std::to_string(dropped) + " log lines lost on " + name + ": its reader was too slow for them");
  }
}

/// The end of the disk thread: who does not read now is not waited for. The other outlet hears what was dropped.
void MainLog::Impl::write_last() {
  write_out();
  for (auto* outlet : {&copy_, &file_}) {
    if (*outlet) {
      (*outlet)->give_up();
    }
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

void MainLog::Impl::write_syslog() {
  std::size_t at = 0;
  while (at < writing_.size()) {
    const auto level = static_cast<LogLevel>(writing_[at]);
    const char* text = writing_.data() + at + 1;
    const std::size_t size = std::strlen(text);
    ::syslog(syslog_priority(level), "%s", text);
    at += size + 2;
  }
}

void MainLog::Impl::reopen() {
  const bool accepted = disk_.post(
      [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self || self->options_.path.empty()) {
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
        if (self->options_.path.empty() || ::access(self->options_.path.c_str(), F_OK) != 0) {
          status = Error{"no log file " + self->options_.path, kNoFile};
        } else {
          self->write_out();
          status = self->file_->clear();
          self->after_write();
          if (!status) {
            status = Error{status.error().message, kReadFailed};
          }
        }
        return [done, status] { done(status); };
      },
      0);
  if (!accepted) {
    done(Error{"log file not cleared: too much is waiting for the disk", kReadFailed});
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

/// A reader that is slow gets a fifth of a second.
void MainLog::Impl::CrashOutlet::write(std::string_view lines) noexcept {
  for (int i = 0; i < kNaps && fd >= 0 && !lines.empty(); ++i) {
    const AppendResult result = write_now(fd, shared, lines);
    lines.remove_prefix(result.written);
    if (!result.full()) {
      return;
    }
    nap_ms(kNapMs);
  }
}

void MainLog::Impl::crash_flush() noexcept {
  for (int i = 0; i < kNaps && in_flight_.load(std::memory_order_acquire) && !disk_.on_disk_thread(); ++i) {
    nap_ms(kNapMs);
  }
  bool locked = lock_.try_lock();
  for (int i = 0; i < kNaps && !locked; ++i) {
    nap_ms(kNapMs);
    locked = lock_.try_lock();
  }
  if (locked && !options_.to_syslog) {
    crash_file_.write(filling_);
    crash_copy_.write(filling_);
    filling_.clear();
    lock_.unlock();
  }
}

namespace {

std::atomic<MainLog*> crashing_log{nullptr};
constexpr int kFatalSignals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

extern "C" void on_fatal_signal(int signal) {
  // SA_RESETHAND: the second time kills. Taken out first, so that a crash in here does not come back.
  if (MainLog* log = crashing_log.exchange(nullptr); log != nullptr) {
    log->crash_flush();
  }
  ::raise(signal);
}

}  // namespace

void MainLog::install_crash_flush(MainLog& log) {
  crashing_log = &log;
  struct sigaction action {};
  action.sa_handler = on_fatal_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  sigemptyset(&action.sa_mask);
  for (const int signal : kFatalSignals) {
    ::sigaction(signal, &action, nullptr);
  }
}

void MainLog::remove_crash_flush() {
  crashing_log = nullptr;
  for (const int signal : kFatalSignals) {
    ::signal(signal, SIG_DFL);
  }
}

MainLog::MainLog(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<MainLog>> MainLog::open(DiskThread& disk, MainLogOptions options) {
  const LogLevel level = options.level;
  auto log = std::unique_ptr<MainLog>(new MainLog(std::make_shared<Impl>(disk, std::move(options))));
  const Status started = log->impl_->start();
  if (!started) {
    return started.error();
  }
  log->set_level(level);
  return log;
}

MainLog::~MainLog() {
  if (crashing_log.load() == this) {
    remove_crash_flush();
  }
  // The disk thread has stopped (see open): what came after its last look is written here.
  impl_->crash_flush();
}

void MainLog::log(LogLevel level, std::string_view message) {
  impl_->log(level, message);
}

bool MainLog::enabled(LogLevel level) const {
  const auto& logger = level == LogLevel::blather ? impl_->blather_ : impl_->logger_;
  return logger->should_log(spdlog_level(level));
}

void MainLog::set_level(LogLevel level) {
  impl_->logger_->set_level(spdlog_level(level));
  impl_->blather_->set_level(level == LogLevel::blather ? spdlog::level::trace : spdlog::level::off);
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
