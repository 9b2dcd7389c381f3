#include "storage/disk_thread.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"

namespace holdfast::storage {

namespace {

constexpr std::uint64_t kWakeId = 0;            // watches count from 1
constexpr unsigned long kTimerSlackNs = 5'000;  // the shortest rests (output_pace.hpp) are as long as the usual slack

void ring(int event_fd) {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the reader is awake anyway.
  [[maybe_unused]] const ssize_t written = ::write(event_fd, &one, sizeof one);
}

void silence(int event_fd) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(event_fd, &count, sizeof count);
}

}  // namespace

DiskQueueLimits default_disk_queue_limits() {
  return {limits::disk_queue_jobs, limits::disk_queue_bytes, limits::disk_results};
}

DiskThread::DiskThread(DiskQueueLimits limits)
    : limits_(limits),
      epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      result_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  // Three descriptors at the very start: without them there is no agent.
  CHECK(epoll_fd_.valid() && wake_fd_.valid() && result_fd_.valid());
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kWakeId;
  CHECK(::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, wake_fd_.get(), &event) == 0);
  // Signals belong to the loop: the thread starts with all of them blocked, but those that mean a crash.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  for (const int fatal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    sigdelset(&all, fatal);
  }
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

DiskThread::~DiskThread() {
  stop();
}

bool DiskThread::enqueue(Job job, std::size_t bytes, std::size_t reserved_results) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    const bool fits = job_count_ < limits_.jobs && job_bytes_ + bytes <= limits_.bytes;
    const bool answerable =
        reserved_results == 0 || results_.size() + reserved_results_ + reserved_results <= limits_.results;
    if (stopping_ || !fits || !answerable) {
      ++jobs_refused_;
      return false;
    }
    was_empty = jobs_.empty();
    jobs_.push_back({std::move(job), bytes});
    ++job_count_;
    job_bytes_ += bytes;
    reserved_results_ += reserved_results;
  }
  if (was_empty) {
    ring(wake_fd_.get());
  }
  return true;
}

bool DiskThread::post(Job job, std::size_t bytes) {
  return enqueue(std::move(job), bytes, 0);
}

bool DiskThread::ask(Question question, std::size_t bytes) {
  return enqueue(
      [this, question = std::move(question)] {
        Job answer = question();
        {
          const std::lock_guard lock(mutex_);
          --reserved_results_;
        }
        if (answer) {
          push_result(std::move(answer));
        }
      },
      bytes, 1);
}

void DiskThread::push_result(Job on_loop) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = results_.empty();
    results_.push_back(std::move(on_loop));
  }
  if (was_empty) {
    ring(result_fd_.get());
  }
}

bool DiskThread::report(Job on_loop) {
  {
    const std::lock_guard lock(mutex_);
    if (results_.size() + reserved_results_ >= limits_.results) {
      ++results_refused_;
      return false;
    }
  }
  push_result(std::move(on_loop));
  return true;
}

std::size_t DiskThread::drain(std::size_t most) {
  silence(result_fd_.get());
  std::size_t ran = 0;
  while (ran < most) {
    Job job;
    {
      const std::lock_guard lock(mutex_);
      if (results_.empty()) {
        return ran;
      }
      job = std::move(results_.front());
      results_.pop_front();
    }
    job();
    ++ran;
  }
  const std::lock_guard lock(mutex_);
  if (!results_.empty()) {
    ring(result_fd_.get());
  }
  return ran;
}

bool DiskThread::watch(int fd, std::uint32_t epoll_events, Watcher watcher) {
  CHECK(on_disk_thread());
  CHECK(!watch_of_fd_.contains(fd));
  const std::uint64_t id = next_id_++;
  epoll_event event{};
  event.events = epoll_events;
  event.data.u64 = id;
  if (::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return false;
  }
  watches_.emplace(id, Watch{fd, std::move(watcher)});
  watch_of_fd_.emplace(fd, id);
  return true;
}

void DiskThread::unwatch(int fd) {
  CHECK(on_disk_thread());
  const auto found = watch_of_fd_.find(fd);
  if (found == watch_of_fd_.end()) {
    return;
  }
  ::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_DEL, fd, nullptr);
  watches_.erase(found->second);
  watch_of_fd_.erase(found);
}

DiskThread::TimerId DiskThread::at(Instant deadline, Job job) {
  CHECK(on_disk_thread());
  const TimerId id = next_id_++;
  timers_.emplace(std::pair{deadline, id}, std::move(job));
  deadline_of_timer_.emplace(id, deadline);
  return id;
}

void DiskThread::cancel(TimerId timer) {
  CHECK(on_disk_thread());
  const auto found = deadline_of_timer_.find(timer);
  if (found == deadline_of_timer_.end()) {
    return;
  }
  timers_.erase({found->second, timer});
  deadline_of_timer_.erase(found);
}

void DiskThread::at_end(Job job) {
  const std::lock_guard lock(mutex_);
  at_end_.push_back(std::move(job));
}

void DiskThread::stop() {
  CHECK(!on_disk_thread());
  const std::lock_guard join_lock(join_mutex_);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ring(wake_fd_.get());
  if (thread_.joinable()) {
    thread_.join();
  }
}

DiskThreadCounters DiskThread::counters() const {
  const std::lock_guard lock(mutex_);
  return {jobs_run_, jobs_refused_, results_refused_, wakeups_.load(std::memory_order_relaxed)};
}

/// Waits for descriptors until the first timer is due. To the nanosecond where the kernel can (5.11; some
/// containers forbid it), else to the millisecond, rounded up: waking early would only turn the loop once more.
int DiskThread::wait(epoll_event* ready, int most) {
  if (timers_.empty()) {
    return ::epoll_wait(epoll_fd_.get(), ready, most, -1);
  }
  const Duration left = std::max(timers_.begin()->first.first - monotonic_now(), Duration::zero());
  if (precise_wait_) {
    const timespec limit{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    const int count = ::epoll_pwait2(epoll_fd_.get(), ready, most, &limit, nullptr);
    if (count >= 0 || errno == EINTR) {
      return count;
    }
    precise_wait_ = false;
  }
  const std::int64_t ms = std::min<std::int64_t>((left.count() + 999'999) / 1'000'000, std::numeric_limits<int>::max());
  return ::epoll_wait(epoll_fd_.get(), ready, most, static_cast<int>(ms));
}

void DiskThread::run_timers() {
  const Instant now = monotonic_now();
  // A job may add timers that are due at once; they wait for the next turn, so that descriptors get theirs.
  const TimerId newest = next_id_;
  while (!timers_.empty()) {
    const auto first = timers_.begin();
    if (first->first.first > now || first->first.second >= newest) {
      return;
    }
    Job job = std::move(first->second);
    deadline_of_timer_.erase(first->first.second);
    timers_.erase(first);
    job();
  }
}

void DiskThread::run_jobs() {
  std::deque<Posted> batch;
  {
    const std::lock_guard lock(mutex_);
    batch.swap(jobs_);
  }
  for (Posted& posted : batch) {
    posted.job();
    posted.job = nullptr;  // what it kept alive goes before its room is given back
    const std::lock_guard lock(mutex_);
    --job_count_;
    job_bytes_ -= posted.bytes;
    ++jobs_run_;
  }
}

void DiskThread::dispatch(std::uint64_t id, std::uint32_t events) {
  if (id == kWakeId) {
    silence(wake_fd_.get());
    run_jobs();
    const std::lock_guard lock(mutex_);
    ending_ = stopping_ && jobs_.empty();
    if (stopping_ && !ending_) {
      ring(wake_fd_.get());
    }
    return;
  }
  const auto found = watches_.find(id);
  if (found == watches_.end()) {
    return;  // unwatched by an earlier callback of the same turn
  }
  const int fd = found->second.fd;
  Watcher watcher = std::move(found->second.watcher);  // it may unwatch itself, or watch the same number anew
  watcher(events);
  const auto again = watches_.find(id);
  if (again != watches_.end() && again->second.fd == fd) {
    again->second.watcher = std::move(watcher);
  }
}

void DiskThread::run() {
  pthread_setname_np(pthread_self(), "holdfast-disk");
  (void)::prctl(PR_SET_TIMERSLACK, kTimerSlackNs, 0, 0, 0);
  std::array<epoll_event, limits::disk_events_per_turn> ready{};
  while (!ending_) {
    const int count = wait(ready.data(), static_cast<int>(ready.size()));
    wakeups_.fetch_add(1, std::memory_order_relaxed);
    for (int i = 0; i < count && !ending_; ++i) {
      const auto index = static_cast<std::size_t>(i);
      dispatch(ready[index].data.u64, ready[index].events);
    }
    if (!ending_) {
      run_timers();
    }
  }
  for (;;) {
    Job job;
    {
      const std::lock_guard lock(mutex_);
      if (at_end_.empty()) {
        break;
      }
      job = std::move(at_end_.back());
      at_end_.pop_back();
    }
    job();
  }
  watches_.clear();
  watch_of_fd_.clear();
  timers_.clear();
}

}  // namespace holdfast::storage
