#include "storage/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace holdfast::storage {

namespace {

Error error_of(const std::string& what, const std::string& path, int code) {
  return Error{what + " " + path + ": " + std::strerror(code), code};
}

/// Renames, replacing the target; a missing source is no error (contract 3.3).
int rename_if_present(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT) {
    return 0;
  }
  return errno;
}

}  // namespace

LogFile::LogFile(LogFileOptions options) : options_(std::move(options)), rotate_at_(options_.max_bytes) {}

Result<LogFile> LogFile::open(LogFileOptions options) {
  LogFile file(std::move(options));
  const Status opened = file.reopen();
  if (!opened) {
    return opened.error();
  }
  return file;
}

Status LogFile::open_with(int extra_flags) {
  // O_NONBLOCK: a FIFO without a reader must not hold the disk thread, nor a slow reader of a pipe. Regular
  // files do not care. O_NOCTTY: a log on a terminal must not make it ours.
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | extra_flags;
  UniqueFd opened;
  do {
    opened.reset(::open(options_.path.c_str(), flags, options_.mode));
  } while (!opened.valid() && errno == EINTR);
  if (!opened.valid()) {
    return error_of("cannot open log file", options_.path, errno);
  }
  fd_ = std::move(opened);
  rotate_at_ = options_.max_bytes;
  offset_ = 0;
  struct stat status {};
  // lseek succeeds on terminals and /dev/null too, but only a regular file has a position that means
  // something.
  seekable_ = ::fstat(fd_.get(), &status) == 0 && S_ISREG(status.st_mode);
  if (seekable_) {
    const off_t end = ::lseek(fd_.get(), 0, SEEK_END);
    offset_ = end < 0 ? 0 : end;
  }
  return {};
}

Status LogFile::reopen() {
  return open_with(0);
}

AppendResult LogFile::append(std::string_view data) {
  AppendResult result;
  if (!fd_.valid()) {
    result.error = EBADF;
  }
  while (result.error == 0 && result.written < data.size()) {
    const ssize_t wrote = ::write(fd_.get(), data.data() + result.written, data.size() - result.written);
    if (wrote > 0) {
      result.written += static_cast<std::size_t>(wrote);
    } else if (wrote == 0) {
      result.error = EIO;  // a regular file never does this; do not spin on what does
    } else if (errno != EINTR) {
      result.error = errno;
    }
  }
  counters_.bytes_written += result.written;
  if (!result.ok()) {
    ++counters_.write_errors;
    counters_.bytes_refused += data.size() - result.written;
  }
  if (seekable_ && result.written > 0) {
    // The kernel's position, as Supervisor's stream.tell(): right also when somebody else appends or
    // truncates.
    const off_t position = ::lseek(fd_.get(), 0, SEEK_CUR);
    offset_ = position < 0 ? offset_ + static_cast<std::int64_t>(result.written) : position;
  }
  return result;
}

Status LogFile::shift_backups() {
  const std::string& base = options_.path;
  for (int i = options_.backups - 1; i > 0; --i) {
    const std::string from = base + "." + std::to_string(i);
    const int failed = rename_if_present(from, base + "." + std::to_string(i + 1));
    if (failed != 0) {
      return error_of("cannot rotate log file", from, failed);
    }
  }
  const int failed = rename_if_present(base, base + ".1");
  if (failed != 0) {
    return error_of("cannot rotate log file", base, failed);
  }
  return {};
}

Status LogFile::rotate_if_due() {
  if (!seekable_ || options_.max_bytes <= 0 || offset_ < rotate_at_) {
    return {};
  }
  Status rotated;
  // The descriptor of the new file first: without one, nothing is renamed.
  UniqueFd place(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
  if (!place.valid()) {
    rotated = error_of("cannot rotate log file", options_.path, errno);
  } else if (options_.backups > 0) {
    rotated = shift_backups();
  }
  place.reset();
  if (rotated) {
    // When this fails (no descriptor, no permission) the old file, under its new name, goes on taking the
    // bytes.
    rotated = open_with(O_TRUNC);
  }
  if (!rotated) {
    ++counters_.rotation_errors;
    rotate_at_ = offset_ + options_.max_bytes;
    return rotated;
  }
  ++counters_.rotations;
  return {};
}

AppendResult LogFile::write(std::string_view data) {
  const AppendResult result = append(data);
  if (result.written > 0) {
    const Status rotated = rotate_if_due();
    static_cast<void>(rotated);  // counted there; the log goes on in the same file
  }
  return result;
}

Status LogFile::clear() {
  struct stat status {};
  const bool other_kind = ::lstat(options_.path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
  if (other_kind) {
    // Removing /dev/stdout or a FIFO would break its reader; there is nothing to clear in it.
    return reopen();
  }
  if (::unlink(options_.path.c_str()) != 0 && errno != ENOENT) {
    return error_of("cannot clear log file", options_.path, errno);
  }
  return reopen();
}

Status LogFile::truncate_to(std::int64_t offset) {
  if (!seekable_) {
    return Error{"cannot cut back log file " + options_.path + ": not a regular file", ESPIPE};
  }
  const std::int64_t end = end_of_file();
  if (offset < 0 || offset > end) {
    return Error{"cannot cut back log file " + options_.path + " to " + std::to_string(offset) + ": it has " +
                     std::to_string(end) + " bytes",
                 EINVAL};
  }
  if (::ftruncate(fd_.get(), offset) != 0) {
    return error_of("cannot cut back log file", options_.path, errno);
  }
  ::lseek(fd_.get(), offset, SEEK_SET);
  offset_ = offset;
  return {};
}

std::int64_t LogFile::end_of_file() const {
  struct stat status {};
  if (!seekable_ || ::fstat(fd_.get(), &status) != 0) {
    return 0;
  }
  return status.st_size;
}

LogFile::FileIdentity LogFile::identity() const {
  struct stat status {};
  if (!fd_.valid() || ::fstat(fd_.get(), &status) != 0) {
    return {};
  }
  return {status.st_dev, status.st_ino};
}

}  // namespace holdfast::storage
