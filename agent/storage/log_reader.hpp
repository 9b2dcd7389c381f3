// log_reader.hpp: reading logs back by bytes, with the exact meaning of Supervisor's readLog and tailLog
// (contract supervisor.md 3.7 and 3.8). Bytes are returned raw: making them valid UTF-8 is the answer's
// business. Reads are bounded by limits::log_read_bytes_max, offsets may lie far beyond 2 GiB. Blocks on the
// disk: call it on the disk thread (DiskThread::ask).
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace holdfast::storage {

/// readLog(offset, length); Error.code is that of a Fault (base/fault.hpp). An empty path is "no log". Where the table
/// asks for more than the limit, the first bytes from the offset are given (or, for a negative offset, the last ones of
/// the file).
Result<std::string> read_log(const std::string& path, std::int64_t offset, std::int64_t length);

struct LogTail {
  std::string data;
  std::int64_t offset = 0;  // the file's size
  bool overflow = false;
  friend bool operator==(const LogTail&, const LogTail&) = default;
};

/// tailLog(offset, length): never fails; absent gives ["", 0, false], unreadable ["", offset, false].
LogTail tail_log(const std::string& path, std::int64_t offset, std::int64_t length);

}  // namespace holdfast::storage
