#include "simulator/many_runs.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <new>
#include <vector>

#include "base/check.hpp"

namespace holdfast::simulator {
namespace {

constexpr int kReportsMax = 5;                 // failures that one process prints: enough to read
constexpr std::uint64_t kTwicePeriod = 50;     // every so many seeds one is run again: the digests must be equal
constexpr std::size_t kSeedsForUsually = 100;  // fewer say nothing about 99 of 100

/// After the last fault, when everybody is up again (reference cluster.md 5.3, E1 and E2).
struct Bounds {
  Duration usually;  // 99 of 100 seeds
  Duration always;
};
constexpr Bounds kViewsEqual{3s, 6s};
constexpr Bounds kProgramsOnce{5s, 12s};

/// What a run leaves for the summary; negative: nothing.
struct Figures {
  std::int64_t views_equal_ms = -1;
  std::int64_t programs_once_ms = -1;
};

/// Written by the processes, each its own seeds; read when they have ended.
struct Shared {
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::int64_t> longest_silence_ms{0};
  std::atomic<std::int64_t> node_minutes{0};
};

/// Memory that forked processes share: one Shared, and Figures for each seed.
class SharedMemory {
 public:
  explicit SharedMemory(std::size_t seeds) : size_(sizeof(Shared) + seeds * sizeof(Figures)) {
    void* const at = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    shared_ = new (at) Shared;
    figures_ = new (static_cast<char*>(at) + sizeof(Shared)) Figures[seeds];
  }
  ~SharedMemory() { ::munmap(shared_, size_); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  Shared& operator*() const { return *shared_; }
  Figures* figures() const { return figures_; }

 private:
  std::size_t size_;
  Shared* shared_;
  Figures* figures_;
};

std::int64_t ms_or_none(const std::optional<Duration>& span) {
  return span ? *span / 1ms : -1;
}

/// Every jobs-th seed of the range, the `first` of them onwards.
void run_share(const ManyRuns& runs, std::uint64_t first, SharedMemory& memory) {
  Shared& shared = *memory;
  int reported = 0;
  for (std::uint64_t k = first; k < runs.seeds; k += static_cast<std::uint64_t>(runs.jobs)) {
    if (!runs.mutation.empty() && shared.failed != 0) {
      return;
    }
    const std::uint64_t seed = runs.from + k;
    const WorldOptions options = runs.options_of(seed);
    const RunResult result = SimulatedWorld(options, false).run();
    shared.events += result.events;
    shared.node_minutes += options.nodes * ((options.boot + options.faults + options.quiet) / 1min);
    shared.longest_silence_ms = std::max<std::int64_t>(shared.longest_silence_ms, result.longest_silence / 1ms);
    memory.figures()[k] = {ms_or_none(result.views_equal_after), ms_or_none(result.programs_once_after)};
    const bool differs =
        !result.violation && seed % kTwicePeriod == 0 && SimulatedWorld(options, false).run().digest != result.digest;
    if (!result.violation && !differs) {
      continue;
    }
    ++shared.failed;
    if (!runs.mutation.empty()) {
      std::printf("seed %llu notices %s: %s\n", static_cast<unsigned long long>(seed), runs.mutation.c_str(),
                  result.violation.value_or("two runs differ").c_str());
    } else if (differs) {
      std::printf("FAILED seed %llu: two runs differ\n", static_cast<unsigned long long>(seed));
    } else {
      report(options, result);
    }
    if (++reported >= kReportsMax) {
      return;
    }
  }
}

/// Prints the distribution of (ms, seed); false if it is over its bounds.
bool summarise(const char* what, std::vector<std::pair<std::int64_t, std::uint64_t>> ms, Bounds bounds) {
  std::erase_if(ms, [](const auto& item) { return item.first < 0; });
  if (ms.empty()) {
    return true;
  }
  std::ranges::sort(ms);
  const auto at = [&](std::size_t per_cent) { return ms[std::min(ms.size() - 1, ms.size() * per_cent / 100)].first; };
  std::printf("%s after the last fault: p50 %.1f s, p99 %.1f s, longest %.1f s (seed %llu)\n", what,
              static_cast<double>(at(50)) / 1000, static_cast<double>(at(99)) / 1000,
              static_cast<double>(ms.back().first) / 1000, static_cast<unsigned long long>(ms.back().second));
  const bool usual = ms.size() < kSeedsForUsually || at(99) <= bounds.usually / 1ms;
  const bool all = ms.back().first <= bounds.always / 1ms;
  if (!usual || !all) {
    std::printf("FAILED: that is more than %lld s for 99 of 100 seeds, or than %lld s for any\n",
                static_cast<long long>(bounds.usually / 1s), static_cast<long long>(bounds.always / 1s));
  }
  return usual && all;
}

bool summarise(const ManyRuns& runs, const SharedMemory& memory) {
  std::vector<std::pair<std::int64_t, std::uint64_t>> views;
  std::vector<std::pair<std::int64_t, std::uint64_t>> programs;
  for (std::uint64_t k = 0; k < runs.seeds; ++k) {
    views.emplace_back(memory.figures()[k].views_equal_ms, runs.from + k);
    programs.emplace_back(memory.figures()[k].programs_once_ms, runs.from + k);
  }
  const bool in_time = summarise("one Master and equal views", std::move(views), kViewsEqual);
  const bool whole_in_time = summarise("every program running once", std::move(programs), kProgramsOnce);
  const WorldOptions options = runs.options_of(runs.from);
  if (options.stalls_of_threads != StallProfile::none) {
    std::printf("%lld node-hours, heartbeats at most %lld ms apart (dead after %lld ms), nobody called dead: %s\n",
                static_cast<long long>((*memory).node_minutes / 60),
                static_cast<long long>((*memory).longest_silence_ms),
                static_cast<long long>(options.detection.fast / 1ms), (*memory).failed == 0 ? "yes" : "NO");
  }
  return in_time && whole_in_time;
}

}  // namespace

void report(const WorldOptions& options, const RunResult& result) {
  std::printf("FAILED %s\n", describe(options).c_str());
  for (const std::string& line : result.last_events) {
    std::printf("  %s\n", line.c_str());
  }
  std::printf("FAILED seed %llu: %s\n", static_cast<unsigned long long>(options.seed), result.violation->c_str());
  std::fflush(stdout);
}

bool run(const ManyRuns& runs) {
  const auto begin = std::chrono::steady_clock::now();
  SharedMemory memory(runs.seeds);
  std::vector<pid_t> children;
  for (int job = 0; job < runs.jobs; ++job) {
    std::fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      run_share(runs, static_cast<std::uint64_t>(job), memory);
      std::fflush(stdout);
      _exit(0);
    }
    children.push_back(child);
  }
  bool crashed = false;
  for (const pid_t child : children) {
    int status = 0;
    crashed = waitpid(child, &status, 0) != child || status != 0 || crashed;
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  const std::uint64_t failed = (*memory).failed;
  std::printf("%llu seeds, %llu events, %.1f s on %d processes: %s\n", static_cast<unsigned long long>(runs.seeds),
              static_cast<unsigned long long>((*memory).events), std::chrono::duration<double>(took).count(), runs.jobs,
              crashed       ? "a process ended badly"
              : failed == 0 ? "all held"
                            : "some failed");
  if (!runs.mutation.empty()) {
    std::printf("mutation %s was %s\n", runs.mutation.c_str(), failed != 0 ? "noticed" : "NOT noticed");
    return failed != 0 && !crashed;
  }
  return summarise(runs, memory) && failed == 0 && !crashed;
}

}  // namespace holdfast::simulator
