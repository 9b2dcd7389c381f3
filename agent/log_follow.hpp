// log_follow.hpp: streams a log file to one HTTP client (contract supervisor.md 4.10): its last bytes, then
// what is appended, through truncation and rotation, until the client goes. Woken by inotify, not by polling;
// a slow client makes it wait, so memory is bounded by one chunk. The file is read on the disk thread; the
// client is served on the loop. Started by the web face; lives as long as the client does.
#pragma once

#include <cstdint>
#include <string>

#include "http/responder.hpp"
#include "storage/disk_thread.hpp"

namespace holdfast {

/// Answers 404 when the file is not there. `disk` outlives the client's connection.
void follow_log(storage::DiskThread& disk, const std::string& path, std::int64_t tail_bytes,
                http::Response head, http::Responder responder);

}  // namespace holdfast
