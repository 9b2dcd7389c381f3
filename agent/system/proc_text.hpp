// proc_text.hpp: the texts of /proc that say what is used: text to values. Pure functions; a line that is not as
// expected is left out, so that a newer kernel's additions do no harm. Used by usage_reader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/usage.hpp"

namespace holdfast::system {

/// The `cpuN` lines of /proc/stat, at most `most`.
std::vector<CoreUsage> cores_of(std::string_view stat_text, std::size_t most);

struct MemorySize {
  std::uint64_t total_bytes = 0;
  std::uint64_t available_bytes = 0;
};
/// MemTotal and MemAvailable of /proc/meminfo; nullopt: one of them is missing.
std::optional<MemorySize> memory_of(std::string_view meminfo_text);

/// Bytes in and out by interface, of /proc/net/dev.
std::vector<UsageCounter> networks_of(std::string_view dev_text);

/// Bytes read and written by device, of /proc/diskstats; without those that never did either.
std::vector<UsageCounter> disks_of(std::string_view diskstats_text);

/// Where file systems of a device are mounted: /proc/self/mounts, less the kinds that /proc/filesystems calls `nodev`
/// (zfs is one of them and counts all the same).
std::vector<std::string> mount_points_of(std::string_view mounts_text, std::string_view filesystems_text);

/// Of /proc/PID/stat.
struct ProcessStat {
  std::uint64_t own_ticks = 0;     // user and system
  std::uint64_t waited_ticks = 0;  // of children that ended and were waited for, and of theirs
  std::int32_t threads = 1;
  std::int64_t resident_pages = 0;
};
std::optional<ProcessStat> process_stat_of(std::string_view stat_text);

/// The pids in /proc/PID/task/TID/children.
std::vector<std::int32_t> pids_of(std::string_view children_text);

}  // namespace holdfast::system
