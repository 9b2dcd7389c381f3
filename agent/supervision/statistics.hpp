// statistics.hpp: points of time series, made of what the machine and the programs have used (contract supvisors.md
// section 9, CFG-23, CFG-24): for each period a reference is kept, and when the period is over one point follows. Pure:
// reads nothing, knows no clock. Bounded by `depth` points a series. Used by the composition root on the loop, read by
// the API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.hpp"
#include "base/usage.hpp"
#include "supervision/usage_point.hpp"

namespace holdfast::supervision {

struct StatisticsOptions {
  std::vector<Duration> periods;  // one to three, ascending
  std::size_t depth = 200;        // points of one series
};

/// One instant of a series: one value, or two that belong together.
struct UsagePoint {
  double at_s = 0;  // since the first reading
  float first = 0;
  float second = 0;
};

/// The last `depth` points; memory grows with them.
class UsageSeries {
 public:
  void add(UsagePoint point, std::size_t depth);
  /// Oldest first.
  [[nodiscard]] std::vector<UsagePoint> points() const;

 private:
  std::vector<UsagePoint> ring_;
  std::size_t oldest_ = 0;
};

class HostStatistics {
 public:
  /// What a series is of.
  enum class Kind { cpu, memory, network, disk, mount };
  using SeriesKey = std::pair<Kind, std::string>;  // the name: "" for memory and the mean of cores, "0" for a core

  explicit HostStatistics(StatisticsOptions options);

  /// The points that this reading ends, by ascending period.
  std::vector<HostPoint> add(const HostUsage& usage);
  /// Forgets everything.
  void clear();
  /// The last point of a period; nullptr: there is none yet.
  [[nodiscard]] const HostPoint* last(Duration period) const;
  /// What has gone since is not in it.
  [[nodiscard]] const std::map<SeriesKey, UsageSeries>* series(Duration period) const;

 private:
  struct Integration {
    std::optional<HostUsage> reference;
    std::optional<HostPoint> last;
    std::map<SeriesKey, UsageSeries> series;
  };
  void remember(Integration& integration, const HostPoint& point) const;

  StatisticsOptions options_;
  std::optional<Instant> first_at_;
  std::map<Duration, Integration> integrations_;
};

class ProcessStatistics {
 public:
  explicit ProcessStatistics(StatisticsOptions options) : options_(std::move(options)) {}

  /// Another pid begins anew.
  std::vector<ProcessPoint> add(const std::string& namespec, std::int32_t pid, const ProcessUsage& usage);
  void clear() { entries_.clear(); }
  /// Forgets the processes that are not among these, which are sorted.
  void keep_only(const std::vector<std::string>& namespecs);
  [[nodiscard]] std::vector<const ProcessPoint*> last(Duration period) const;
  /// Of one process: CPU and memory; empty: nothing is known of it.
  [[nodiscard]] std::vector<UsagePoint> points(const std::string& namespec, Duration period) const;

 private:
  struct Integration {
    ProcessUsage reference;
    std::optional<ProcessPoint> last;
    UsageSeries series;
  };
  struct Entry {
    std::int32_t pid = 0;
    Instant first_at;
    std::vector<Integration> integrations;  // in the order of the periods
  };
  [[nodiscard]] std::optional<std::size_t> index_of(Duration period) const;

  StatisticsOptions options_;
  std::map<std::string, Entry> entries_;
};

}  // namespace holdfast::supervision
