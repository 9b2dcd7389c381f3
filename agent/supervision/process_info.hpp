// process_info.hpp: the 14 fields of getProcessInfo and the description text (contract supervisor.md 4.7),
// made from a Process. Pure: local time comes in as a function that tells the offset from UTC. Used by the
// API, the dashboard and the CLI's views.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/instant.hpp"
#include "supervision/process.hpp"

namespace holdfast::supervision {

/// Seconds east of UTC at that Unix time (localtime's tm_gmtoff).
using UtcOffset = std::function<std::int64_t(std::int64_t unix_seconds)>;

struct ProcessInfo {
  std::string name;
  std::string group;
  std::string description;
  std::int64_t start = 0;
  std::int64_t stop = 0;
  std::int64_t now = 0;
  int state = 0;
  std::string statename;
  std::string spawnerr;
  int exitstatus = 0;
  std::string logfile;  // the same as stdout_logfile
  std::string stdout_logfile;
  std::string stderr_logfile;
  std::int64_t pid = 0;
};

ProcessInfo info_of(const Process& process, WallTime now, const UtcOffset& offset);

/// What the description is made from; the cluster layer has these facts of other nodes' processes too.
struct DescribedProcess {
  std::string name;
  ProcessState state = ProcessState::stopped;
  std::int64_t start = 0;
  std::int64_t stop = 0;
  std::int64_t now = 0;
  std::int64_t pid = 0;
  std::string spawnerr;
};

std::string describe(const DescribedProcess& process, const UtcOffset& offset);

/// `0:00:07`, `1 day, 2:03:04`; negative counts as zero.
std::string uptime_text(std::int64_t seconds);

}  // namespace holdfast::supervision
