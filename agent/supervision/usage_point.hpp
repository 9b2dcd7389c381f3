// usage_point.hpp: one point of a time series (contract supvisors.md section 9): what a machine or a program has used
// in a span of time. Plain values, no behaviour: made by statistics.hpp, told by the API and the event interface,
// carried between nodes by agent/cluster. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.hpp"

namespace holdfast::supervision {

/// From when to when a point is, in seconds since the first reading, and how long it was to be.
struct UsageSpan {
  Duration period{};
  double begin_s = 0;
  double end_s = 0;
  friend bool operator==(const UsageSpan&, const UsageSpan&) = default;
};

struct UsageRate {
  std::string name;
  double in = 0;   // kbit/s received, or read
  double out = 0;  // kbit/s sent, or written
  friend bool operator==(const UsageRate&, const UsageRate&) = default;
};

struct HostPoint {
  UsageSpan span;
  std::vector<double> cpu;  // percent: the mean of all cores, then each core
  double memory = 0;        // percent
  std::vector<UsageRate> networks;
  std::vector<UsageRate> disks;
  std::vector<std::pair<std::string, double>> mounts;  // percent
  friend bool operator==(const HostPoint&, const HostPoint&) = default;
};

struct ProcessPoint {
  UsageSpan span;
  std::string namespec;
  std::int32_t pid = 0;
  double cpu = 0;         // percent of one core (IRIX mode)
  double memory = 0;      // percent
  std::size_t cores = 0;  // of the machine, in the daemon's own point
  friend bool operator==(const ProcessPoint&, const ProcessPoint&) = default;
};

}  // namespace holdfast::supervision
