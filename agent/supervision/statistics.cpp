#include "supervision/statistics.hpp"

#include <algorithm>
#include <numeric>

namespace holdfast::supervision {
namespace {

/// A timer is not exact: so much earlier, the period counts as over, instead of at the next reading.
constexpr Duration kEarly = 100ms;
constexpr double kPercent = 100;
constexpr double kBytesPerKilobit = 128;

double in_seconds(Duration span) {
  return static_cast<double>(span.count()) / 1e9;
}

bool is_over(Instant since, Instant now, Duration period) {
  return now - since + kEarly >= period;
}

UsageSpan span_of(Duration period, Instant first, Instant begin, Instant end) {
  return {period, in_seconds(begin - first), in_seconds(end - first)};
}

/// The mean of the cores, then each; empty when their number has changed.
std::vector<double> cpu_of(const std::vector<CoreUsage>& before, const std::vector<CoreUsage>& after) {
  std::vector<double> cpu{0};
  for (std::size_t i = 0; i < after.size() && before.size() == after.size(); ++i) {
    const bool forwards = after[i].work >= before[i].work && after[i].idle >= before[i].idle;
    const auto work = forwards ? static_cast<double>(after[i].work - before[i].work) : 0.0;
    const auto idle = forwards ? static_cast<double>(after[i].idle - before[i].idle) : 0.0;
    cpu.push_back(work + idle > 0 ? kPercent * work / (work + idle) : 0.0);
  }
  if (cpu.size() == 1) {
    return {};
  }
  cpu[0] = std::accumulate(cpu.begin() + 1, cpu.end(), 0.0) / static_cast<double>(cpu.size() - 1);
  return cpu;
}

/// One that is new, or was counted anew, has no rate yet.
std::vector<UsageRate> rates_of(const std::vector<UsageCounter>& before, const std::vector<UsageCounter>& after,
                                double elapsed_s) {
  std::vector<UsageRate> rates;
  for (const UsageCounter& now : after) {
    const auto then = std::find_if(before.begin(), before.end(),
                                   [&](const UsageCounter& counter) { return counter.name == now.name; });
    if (then != before.end() && now.first >= then->first && now.second >= then->second) {
      rates.push_back({now.name, static_cast<double>(now.first - then->first) / kBytesPerKilobit / elapsed_s,
                       static_cast<double>(now.second - then->second) / kBytesPerKilobit / elapsed_s});
    }
  }
  return rates;
}

}  // namespace

void UsageSeries::add(UsagePoint point, std::size_t depth) {
  if (ring_.size() < depth) {
    ring_.push_back(point);
  } else {
    ring_[oldest_] = point;
    oldest_ = (oldest_ + 1) % ring_.size();
  }
}

std::vector<UsagePoint> UsageSeries::points() const {
  std::vector<UsagePoint> all = ring_;
  std::rotate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(oldest_), all.end());
  return all;
}

// ---- the host
// -------------------------------------------------------------------------------------------------------

HostStatistics::HostStatistics(StatisticsOptions options) : options_(std::move(options)) {
  clear();
}

void HostStatistics::clear() {
  first_at_.reset();
  integrations_.clear();
  for (const Duration period : options_.periods) {
    integrations_[period];
  }
}

std::vector<HostPoint> HostStatistics::add(const HostUsage& usage) {
  first_at_ = first_at_.value_or(usage.at);
  std::vector<HostPoint> points;
  for (auto& [period, integration] : integrations_) {
    if (!integration.reference) {
      integration.reference = usage;
      continue;
    }
    const HostUsage& before = *integration.reference;
    if (!is_over(before.at, usage.at, period)) {
      continue;
    }
    const double elapsed_s = in_seconds(usage.at - before.at);
    HostPoint point{span_of(period, *first_at_, before.at, usage.at),
                    cpu_of(before.cores, usage.cores),
                    usage.memory_percent,
                    rates_of(before.networks, usage.networks, elapsed_s),
                    rates_of(before.disks, usage.disks, elapsed_s),
                    usage.mounts};
    remember(integration, point);
    integration.reference = usage;
    integration.last = point;
    points.push_back(std::move(point));
  }
  return points;
}

void HostStatistics::remember(Integration& integration, const HostPoint& point) const {
  std::map<SeriesKey, UsageSeries> before = std::move(integration.series);
  integration.series.clear();
  const auto add = [&](Kind kind, const std::string& name, double first, double second) {
    const SeriesKey key{kind, name};
    auto& series = integration.series[key];
    if (auto known = before.find(key); known != before.end()) {
      series = std::move(known->second);
    }
    series.add({point.span.end_s, static_cast<float>(first), static_cast<float>(second)}, options_.depth);
  };
  for (std::size_t i = 0; i < point.cpu.size(); ++i) {
    add(Kind::cpu, i == 0 ? std::string() : std::to_string(i - 1), point.cpu[i], 0);
  }
  add(Kind::memory, "", point.memory, 0);
  for (const UsageRate& rate : point.networks) {
    add(Kind::network, rate.name, rate.in, rate.out);
  }
  for (const UsageRate& rate : point.disks) {
    add(Kind::disk, rate.name, rate.in, rate.out);
  }
  for (const auto& [name, percent] : point.mounts) {
    add(Kind::mount, name, percent, 0);
  }
}

const HostPoint* HostStatistics::last(Duration period) const {
  const auto found = integrations_.find(period);
  return found == integrations_.end() || !found->second.last ? nullptr : &*found->second.last;
}

const std::map<HostStatistics::SeriesKey, UsageSeries>* HostStatistics::series(Duration period) const {
  const auto found = integrations_.find(period);
  return found == integrations_.end() ? nullptr : &found->second.series;
}

// ---- processes
// -------------------------------------------------------------------------------------------------------

std::vector<ProcessPoint> ProcessStatistics::add(const std::string& namespec, std::int32_t pid,
                                                 const ProcessUsage& usage) {
  Entry& entry = entries_[namespec];
  std::vector<ProcessPoint> points;
  if (entry.pid != pid) {
    entry = Entry{pid, usage.at, std::vector<Integration>(options_.periods.size(), Integration{usage, {}, {}})};
    return points;
  }
  for (std::size_t i = 0; i < entry.integrations.size(); ++i) {
    Integration& integration = entry.integrations[i];
    const ProcessUsage& before = integration.reference;
    if (!is_over(before.at, usage.at, options_.periods[i])) {
      continue;
    }
    // Less than before: a descendant has left the family.
    const double cpu_s = std::max(0.0, usage.cpu_s - before.cpu_s);
    ProcessPoint point{span_of(options_.periods[i], entry.first_at, before.at, usage.at), namespec, pid,
                       kPercent * cpu_s / in_seconds(usage.at - before.at), usage.memory_percent};
    integration.reference = usage;
    integration.last = point;
    integration.series.add({point.span.end_s, static_cast<float>(point.cpu), static_cast<float>(point.memory)},
                           options_.depth);
    points.push_back(std::move(point));
  }
  return points;
}

void ProcessStatistics::keep_only(const std::vector<std::string>& namespecs) {
  std::erase_if(entries_, [&](const auto& entry) {
    return !std::binary_search(namespecs.begin(), namespecs.end(), entry.first);
  });
}

std::optional<std::size_t> ProcessStatistics::index_of(Duration period) const {
  const auto found = std::find(options_.periods.begin(), options_.periods.end(), period);
  return found == options_.periods.end() ? std::nullopt
                                         : std::optional(static_cast<std::size_t>(found - options_.periods.begin()));
}

std::vector<const ProcessPoint*> ProcessStatistics::last(Duration period) const {
  std::vector<const ProcessPoint*> all;
  const auto index = index_of(period);
  for (const auto& [namespec, entry] : entries_) {
    if (index && entry.integrations[*index].last) {
      all.push_back(&*entry.integrations[*index].last);
    }
  }
  return all;
}

std::vector<UsagePoint> ProcessStatistics::points(const std::string& namespec, Duration period) const {
  const auto index = index_of(period);
  const auto entry = entries_.find(namespec);
  return index && entry != entries_.end() ? entry->second.integrations[*index].series.points()
                                          : std::vector<UsagePoint>();
}

}  // namespace holdfast::supervision
