// log_follow.hpp: streams a log file to one HTTP client (contract supervisor.md 4.10): its last bytes, then
// what is appended, through truncation and rotation, until the client goes. Woken by inotify, not by polling;
// a slow client makes it wait, so memory is bounded by one chunk. The file is read on the disk thread; the
// client is served on the loop. Started by the web face; lives as long as the client does.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "http/responder.hpp"
#include "storage/disk_thread.hpp"

namespace holdfast {

/// How many clients may follow a log at a time: each takes two descriptors beside its connection's.
struct LogFollowers {
  explicit LogFollowers(std::size_t most) : max(most) {}
  std::size_t max;
  std::shared_ptr<std::atomic<std::size_t>> count = std::make_shared<std::atomic<std::size_t>>(0);
};

/// Answers 404 when the file is not there, 503 to one client too many and when no descriptor is left. `disk`
/// outlives the client's connection.
void follow_log(storage::DiskThread& disk, const std::string& path, std::int64_t tail_bytes, http::Response head,
                http::Responder responder, const LogFollowers& followers);

}  // namespace holdfast
