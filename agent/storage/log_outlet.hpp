// log_outlet.hpp: what the name of a log leads to, and writing to what is no regular file (a pipe, a FIFO, a
// terminal, a socket) without ever waiting for its reader. Our own standard output or error that cannot be
// opened anew by its name (EACCES after a change of user, ENXIO for a socket) is written through the
// inherited descriptor, which others share and which therefore stays as it is. Used by LogFile, and by
// MainLog at a crash. Any thread.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::storage {

struct LogOutlet {
  UniqueFd fd;
  bool regular = false;    // a file with a position: it can be rotated and cut back
  bool inherited = false;  // shared with who started us: it may be a blocking one
};

/// Opens for appending, creating a file that is not there; Error.code is the errno. Waits for nobody: a FIFO
/// without a reader is an error (ENXIO).
Result<LogOutlet> open_log_outlet(const std::string& path, int extra_flags, mode_t mode);

/// The standard output that we were started with. A regular file keeps the position that it shares.
Result<LogOutlet> standard_output();

/// What became of one append.
struct AppendResult {
  std::size_t written = 0;  // less than asked only with an error
  int error = 0;            // errno: ENOSPC, EIO, EDQUOT, EAGAIN (a pipe whose reader is slow), EPIPE ...
  [[nodiscard]] bool ok() const { return error == 0; }
  /// The reader is slow: the rest fits later.
  [[nodiscard]] bool full() const { return error == EAGAIN; }
};

/// Writes what fits now; EAGAIN when that is not all. In pieces that a pipe takes whole or not at all and
/// that end with a line where they can: who else writes there does not come into the middle of one.
/// Async-signal-safe.
AppendResult write_now(int fd, bool inherited, std::string_view data) noexcept;

}  // namespace holdfast::storage
