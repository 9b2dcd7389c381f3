// disk_thread.hpp: the one thread of the agent that may block on a disk. It runs jobs in the order they were
// posted, watches file descriptors (drivers/output reads child pipes here) and fires
// timers; when there is nothing to do it sleeps in epoll without any periodic wake-up. It never touches the
// loop's state: answers go back through a bounded queue that the loop empties (`drain`) when `result_fd` is
// readable. Threading: post, ask, report, stop and the counters from any thread; watch, unwatch, at and
// cancel only on the disk thread itself (post a job that calls them); drain only on the loop. Started by the
// constructor, joined by stop().
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::storage {

/// How much may wait; what comes on top is refused and counted.
struct DiskQueueLimits {
  std::size_t jobs;     // posted and not yet run
  std::size_t bytes;    // sum of what the posters declared
  std::size_t results;  // answers not yet drained by the loop
};

/// The limits of base/limits.hpp.
DiskQueueLimits default_disk_queue_limits();

struct DiskThreadCounters {
  std::uint64_t jobs_run = 0;
  std::uint64_t jobs_refused = 0;
  std::uint64_t results_refused = 0;
  std::uint64_t wakeups = 0;  // returns from epoll_wait: does not grow while idle
};

class DiskThread {
 public:
  using Job = std::function<void()>;
  using Watcher = std::function<void(std::uint32_t epoll_events)>;
  /// Work that ends in something to be done on the loop (an empty function: nothing).
  using Question = std::function<Job()>;
  using TimerId = std::uint64_t;

  explicit DiskThread(DiskQueueLimits limits);
  DiskThread(const DiskThread&) = delete;
  DiskThread& operator=(const DiskThread&) = delete;
  /// As stop().
  ~DiskThread();

  /// Runs `job` on the disk thread after everything posted before. False: the queue is full, or stop() has
  /// begun; the job will not run and the refusal is counted. `bytes` is what the job keeps in memory.
  [[nodiscard]] bool post(Job job, std::size_t bytes);

  /// As post, but the room for the answer is taken at once, so that an accepted question is always answered
  /// on the loop (by drain), unless the loop stops draining.
  [[nodiscard]] bool ask(Question question, std::size_t bytes);

  /// Hands something to the loop that it did not ask for. False: too many undrained results; counted.
  [[nodiscard]] bool report(Job on_loop);

  /// Readable when drain has something to do; give it to the loop (it stays owned by this object).
  [[nodiscard]] int result_fd() const { return result_fd_.get(); }

  /// Runs what waits for the loop, at most `most` of it (the fd stays readable for the rest). Returns how
  /// many ran.
  std::size_t drain(std::size_t most);

  /// Calls `watcher` on each level-triggered epoll readiness of `fd`, until unwatch. A watcher may unwatch
  /// itself and others. False: the descriptor cannot be watched (a regular file); errno says why.
  [[nodiscard]] bool watch(int fd, std::uint32_t epoll_events, Watcher watcher);
  /// Forgets `fd`; to be called before it is closed. Harmless when it is not watched.
  void unwatch(int fd);

  /// Runs `job` once when the monotonic clock has reached `deadline`.
  TimerId at(Instant deadline, Job job);
  void cancel(TimerId timer);

  /// Takes no further jobs, runs all that were accepted, runs `at_end` hooks, ends the thread. Watchers and
  /// timers that have not fired are dropped. Answers may still be drained afterwards. Idempotent.
  void stop();

  /// Registers what stop() runs on the disk thread after the last job (flush and close); last registered runs
  /// first.
  void at_end(Job job);

  [[nodiscard]] bool on_disk_thread() const { return std::this_thread::get_id() == thread_.get_id(); }
  [[nodiscard]] DiskThreadCounters counters() const;

 private:
  struct Watch {
    int fd = -1;
    Watcher watcher;
  };
  struct Posted {
    Job job;
    std::size_t bytes = 0;
  };

  bool enqueue(Job job, std::size_t bytes, std::size_t reserved_results);
  void push_result(Job on_loop);
  void run();
  void run_jobs();
  void run_timers();
  void dispatch(std::uint64_t id, std::uint32_t events);
  int wait(epoll_event* ready, int most);

  const DiskQueueLimits limits_;
  UniqueFd epoll_fd_;
  UniqueFd wake_fd_;
  UniqueFd result_fd_;

  mutable std::mutex mutex_;  // guards the next block
  std::deque<Posted> jobs_;
  std::size_t job_count_ = 0;  // also counts the batch that is running
  std::size_t job_bytes_ = 0;
  std::vector<Job> at_end_;
  std::deque<Job> results_;
  std::size_t reserved_results_ = 0;  // questions accepted and not yet answered
  bool stopping_ = false;
  std::uint64_t jobs_refused_ = 0;
  std::uint64_t results_refused_ = 0;
  std::uint64_t jobs_run_ = 0;

  // Disk thread only.
  std::unordered_map<std::uint64_t, Watch> watches_;  // by id; never iterated for output
  std::unordered_map<int, std::uint64_t> watch_of_fd_;
  std::map<std::pair<Instant, TimerId>, Job> timers_;
  std::unordered_map<TimerId, Instant> deadline_of_timer_;
  std::uint64_t next_id_ = 1;
  bool ending_ = false;
  bool precise_wait_ = true;  // until the kernel refuses
  std::atomic<std::uint64_t> wakeups_{0};

  std::mutex join_mutex_;
  std::thread thread_;  // last: starts when all else stands
};

}  // namespace holdfast::storage
