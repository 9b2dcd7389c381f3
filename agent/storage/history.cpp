#include "storage/history.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace holdfast::storage {

HistoryOptions history_options(std::string path) {
  return {std::move(path), default_history_retention(), limits::history_queue_rows};
}

// What is shared by the callers (queue_ under mutex_) and the disk thread (the rest). The jobs hold it weakly
// or shared, so that it outlives whoever is last.
class History::Impl : public std::enable_shared_from_this<History::Impl> {
 public:
  Impl(DiskThread& disk, HistoryOptions options, Say say)
      : disk_(disk), options_(std::move(options)), say_(say), database_(options_.path, options_.retention, say) {}

  void start();
  void record(HistoryEntry entry);
  void query(HistoryQuery query, Answer answer);
  HistoryCounters counters() const;

 private:
  enum class Urgency { soon, now };
  void schedule(Urgency urgency);
  void arm();
  void flush();
  void flush_at(Duration wait);
  bool write_batch();
  void failed(const std::string& message);
  void succeeded();
  void prune();
  void finish();

  DiskThread& disk_;
  const HistoryOptions options_;
  const Say say_;

  mutable std::mutex mutex_;  // guards the next block
  std::vector<HistoryEntry> queue_;
  std::uint64_t gap_ = 0;   // rows lost since the last gap row
  bool scheduled_ = false;  // a job is posted, or a timer set, that will flush
  HistoryCounters counters_;

  // Disk thread only.
  HistoryDatabase database_;
  DiskThread::TimerId timer_ = 0;
  Duration retry_ = Duration::zero();  // zero: the last write went well
  Instant next_prune_{};
};

void History::Impl::start() {
  disk_.at_end([self = shared_from_this()] { self->finish(); });
  if (options_.path.empty()) {
    return;
  }
  // Opened at once rather than with the first row: trouble is to be said at the start.
  schedule(Urgency::now);
}

void History::Impl::record(HistoryEntry entry) {
  bool wake = false;
  bool full_batch = false;
  {
    const std::lock_guard lock(mutex_);
    if (options_.path.empty() || queue_.size() >= options_.queue_rows) {
      ++gap_;
      ++counters_.rows_lost;
      return;
    }
    queue_.push_back(std::move(entry));
    full_batch = queue_.size() == limits::history_batch_rows;
    wake = !scheduled_ || full_batch;
    scheduled_ = true;
  }
  if (wake) {
    schedule(full_batch ? Urgency::now : Urgency::soon);
  }
}

void History::Impl::schedule(Urgency urgency) {
  const bool accepted = disk_.post(
      [weak = weak_from_this(), urgency] {
        const auto self = weak.lock();
        if (!self) {
          return;
        }
        if (urgency == Urgency::now && self->retry_ == Duration::zero()) {
          self->flush();
        } else {
          self->arm();
        }
      },
      0);
  if (!accepted) {  // the queue of the disk thread is full: the next row tries again; stopped: finish() has
                    // been
    const std::lock_guard lock(mutex_);
    scheduled_ = false;
  }
}

void History::Impl::arm() {
  if (timer_ == 0) {
    flush_at(limits::history_batch_wait);
  }
}

void History::Impl::flush_at(Duration wait) {
  disk_.cancel(timer_);
  timer_ = disk_.at(monotonic_now() + wait, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->timer_ = 0;
      self->flush();
    }
  });
}

void History::Impl::flush() {
  disk_.cancel(timer_);
  timer_ = 0;
  if (options_.path.empty()) {
    return;
  }
  const Status opened = database_.open(wall_now());
  if (!opened) {
    failed(opened.error().message);
    return;
  }
  {
    // Rows that come from now on ask for their own flush.
    const std::lock_guard lock(mutex_);
    scheduled_ = false;
  }
  while (write_batch()) {
  }
  if (retry_ == Duration::zero()) {
    prune();
  }
}

/// Writes up to one transaction's worth; true when there may be more and all went well.
bool History::Impl::write_batch() {
  std::vector<HistoryEntry> batch;
  std::uint64_t gap = 0;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t size = std::min(queue_.size(), limits::history_batch_rows);
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(size);
    batch.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    gap = queue_.empty() ? gap_ : 0;  // the gap lies after what was queued
  }
  if (batch.empty() && gap == 0) {
    succeeded();
    return false;
  }
  const std::size_t rows = batch.size();
  if (gap > 0) {
    batch.emplace_back(Gap{wall_now(), gap, "the history's queue was full"});
  }
  const Status written = database_.write(batch, wall_now());
  if (!written) {
    const std::lock_guard lock(mutex_);  // back to the front; the newest give way when the queue filled meanwhile
    queue_.insert(queue_.begin(), std::make_move_iterator(batch.begin()),
                  std::make_move_iterator(batch.begin() + static_cast<std::ptrdiff_t>(rows)));
    const std::size_t surplus = queue_.size() > options_.queue_rows ? queue_.size() - options_.queue_rows : 0;
    queue_.resize(queue_.size() - surplus);
    gap_ += surplus;
    counters_.rows_lost += surplus;
  }
  if (!written) {
    failed(written.error().message);
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    gap_ -= gap;
    counters_.rows_written += rows;
    ++counters_.transactions;
  }
  succeeded();
  return true;
}

void History::Impl::failed(const std::string& message) {
  if (retry_ == Duration::zero()) {
    say_(LogLevel::warn, message + "; supervision goes on, the history is tried again and keeps what fits in memory");
  }
  retry_ = retry_ == Duration::zero() ? limits::history_retry : std::min(retry_ * 2, limits::history_retry_max);
  bool rows_wait = false;
  {
    const std::lock_guard lock(mutex_);
    ++counters_.failures;
    rows_wait = !queue_.empty();
    scheduled_ = rows_wait;
  }
  if (rows_wait) {  // nothing to write: no wake-up; the next row arms the timer
    flush_at(retry_);
  }
}

void History::Impl::succeeded() {
  if (retry_ != Duration::zero()) {
    retry_ = Duration::zero();
    say_(LogLevel::info, "history " + options_.path + " is written again");
  }
}

void History::Impl::prune() {
  const Instant now = monotonic_now();
  if (now < next_prune_) {
    return;
  }
  const Result<bool> more = database_.prune(wall_now());
  if (!more) {
    failed(more.error().message);
    return;
  }
  if (!more.value()) {
    next_prune_ = now + limits::history_prune_every;
    return;
  }
  // Small deletes with pauses, so that log files get their turns.
  if (timer_ == 0) {
    flush_at(limits::history_batch_wait);
  }
}

void History::Impl::query(HistoryQuery query, Answer answer) {
  const bool accepted = disk_.ask(
      [self = shared_from_this(), query = std::move(query), answer]() -> DiskThread::Job {
        if (self->options_.path.empty()) {
          return [answer] { answer(Error{"there is no history: the state directory is not writable"}); };
        }
        self->flush();
        auto page = std::make_shared<Result<HistoryPage>>(self->database_.read(query, wall_now()));
        return [answer, page] { answer(std::move(*page)); };
      },
      0);
  if (!accepted) {
    answer(Error{"the history cannot be read now: too much is waiting for the disk; try again"});
  }
}

HistoryCounters History::Impl::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void History::Impl::finish() {
  flush();
  database_.close();
}

History::History(DiskThread& disk, HistoryOptions options, Say say)
    : impl_(std::make_shared<Impl>(disk, std::move(options), std::move(say))) {
  impl_->start();
}

History::~History() = default;

void History::record(HistoryEntry entry) {
  impl_->record(std::move(entry));
}
void History::query(HistoryQuery query, Answer answer) {
  impl_->query(std::move(query), std::move(answer));
}

void History::why(std::string name, std::size_t limit, Answer answer) {
  HistoryQuery query;
  query.name = std::move(name);
  query.limit = limit;
  query.causes_only = true;
  impl_->query(std::move(query), std::move(answer));
}

HistoryCounters History::counters() const {
  return impl_->counters();
}

}  // namespace holdfast::storage
