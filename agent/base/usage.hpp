// usage.hpp: what a machine and the programs on it have used so far, as read at one instant (contract supvisors.md
// section 9): the words between who reads (agent/system) and who makes points of it (agent/supervision). Plain values,
// no behaviour; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/instant.hpp"

namespace holdfast {

/// Two counters that only grow, as long as whatever has them is there.
struct UsageCounter {
  std::string name;          // "eth0", "sda"
  std::uint64_t first = 0;   // bytes received, or read
  std::uint64_t second = 0;  // bytes sent, or written
};

/// Time of one core since the start of the machine, in ticks of any length.
struct CoreUsage {
  std::uint64_t work = 0;  // user, nice, system, irq, softirq, steal
  std::uint64_t idle = 0;  // idle, iowait
};

struct HostUsage {
  Instant at;
  std::vector<CoreUsage> cores;
  double memory_percent = 0;                           // not available for new programs
  std::vector<UsageCounter> networks;                  // interfaces that are up
  std::vector<UsageCounter> disks;                     // devices that were ever used
  std::vector<std::pair<std::string, double>> mounts;  // percent used of what a user may use
};

/// A process with its descendants.
struct ProcessUsage {
  Instant at;
  double cpu_s = 0;           // user and system, with descendants that ended and were waited for
  double memory_percent = 0;  // resident
};

}  // namespace holdfast
