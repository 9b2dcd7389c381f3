// log_file.hpp: one log file of a program or of the daemon: append, rotation exactly as Supervisor's
// (contract supervisor.md 3.3: checked after a write against the file position), reopen, clear. A target that
// cannot seek (a pipe, a terminal, /dev/stdout) is never rotated. Errors (a full disk, no permission, a pipe that
// is full) are returned and counted, the file stays usable and the next write tries again; nothing here throws or
// waits for a reader of a pipe. Called on the disk thread (or before it starts); not thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "storage/log_outlet.hpp"

namespace holdfast::storage {

inline constexpr mode_t kNamedLogMode = 0666;      // & ~umask, as open(2) does it
inline constexpr mode_t kAutomaticLogMode = 0600;  // AUTO logs (contract 3.2)

struct LogFileOptions {
  std::string path;
  mode_t mode = kNamedLogMode;
  std::int64_t max_bytes = 0;  // 0 = never rotates
  int backups = 0;             // 0 = truncated instead
};

struct LogFileCounters {
  std::uint64_t bytes_written = 0;
  std::uint64_t bytes_refused = 0;  // given to append and not written
  std::uint64_t write_errors = 0;
  std::uint64_t rotations = 0;
  std::uint64_t rotation_errors = 0;
};

class LogFile {
 public:
  /// A log that is not open: each append tries to open it.
  explicit LogFile(LogFileOptions options);
  /// A log that is open already; reopen() opens the name in its options.
  LogFile(LogFileOptions options, LogOutlet outlet);

  /// Opens for appending, creating the file; Error.code is the errno. Equal to constructing and reopen().
  static Result<LogFile> open(LogFileOptions options);

  /// Writes all of `data` at the end of the file; does not rotate. On an error a part may be in the file
  /// (`written`). A FIFO without a reader is full: what is written waits for one.
  AppendResult append(std::string_view data);

  /// Rotates when the position has reached max_bytes (contract 3.3). To be called after each write. When a
  /// rename fails the base file is kept as it is (nothing is lost) and the next attempt comes max_bytes
  /// later.
  Status rotate_if_due();

  /// append, then rotate_if_due: the usual way to log. The rotation's own error shows only in the counters.
  AppendResult write(std::string_view data);

  /// Closes and opens the same name in append mode (USR2). On an error the file that was open stays in use. A FIFO
  /// without a reader is no error.
  Status reopen();

  /// Removes the file and opens it anew (clearLog); a missing file is no error.
  Status clear();

  /// Where the next byte goes, as far as this object's last action knows; 0 for a target that cannot seek.
  [[nodiscard]] std::int64_t offset() const { return offset_; }
  /// Asks the kernel for the end of the file (another writer may share it).
  [[nodiscard]] std::int64_t end_of_file() const;
  [[nodiscard]] bool is_open() const { return outlet_.fd.valid(); }
  [[nodiscard]] bool seekable() const { return outlet_.regular; }
  [[nodiscard]] int fd() const { return outlet_.fd.get(); }
  [[nodiscard]] bool inherited() const { return outlet_.inherited; }
  [[nodiscard]] const std::string& path() const { return options_.path; }
  [[nodiscard]] const LogFileCounters& counters() const { return counters_; }
  /// device and inode (of what the name leads to, while it is not open), to tell after a crash whether an intent's file
  /// is still this one.
  struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
  };
  [[nodiscard]] FileIdentity identity() const;

 private:
  /// Opens the path and only then lets the old descriptor go.
  Status open_with(int extra_flags);
  void take(LogOutlet outlet);
  [[nodiscard]] bool is_fifo() const;
  AppendResult append_to_file(std::string_view data);
  Status shift_backups();

  LogFileOptions options_;
  LogOutlet outlet_;
  std::int64_t offset_ = 0;
  std::int64_t rotate_at_ = 0;  // max_bytes, or later after a failed rotation
  LogFileCounters counters_;
};

}  // namespace holdfast::storage
