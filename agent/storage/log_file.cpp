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

/// /dev/stdout may lead to a regular file, but the name is the system's: it is not renamed.
bool is_device(const std::string& path) {
  return path.starts_with("/dev/") || path.starts_with("/proc/");
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

LogFile::LogFile(LogFileOptions options, LogOutlet outlet) : LogFile(std::move(options)) {
  take(std::move(outlet));
}

Status LogFile::open_with(int extra_flags) {
  auto opened = open_log_outlet(options_.path, extra_flags, options_.mode);
  if (!opened) {
    return opened.error();
  }
  take(std::move(opened).value());
  return {};
}

void LogFile::take(LogOutlet outlet) {
  outlet_ = std::move(outlet);
  rotate_at_ = options_.max_bytes;
  const off_t end = outlet_.regular ? ::lseek(outlet_.fd.get(), 0, SEEK_END) : 0;
  offset_ = end < 0 ? 0 : end;
}

/// A FIFO that has a name can get a reader at any time; a pipe that was inherited cannot.
bool LogFile::is_fifo() const {
  struct stat status {};
  return !is_device(options_.path) && ::stat(options_.path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

Status LogFile::reopen() {
  Status opened = open_with(0);
  return !opened && opened.error().code == ENXIO && is_fifo() ? Status() : opened;
}

AppendResult LogFile::append(std::string_view data) {
  AppendResult result;
  const Status opened = is_open() ? Status() : open_with(0);
  if (!opened) {
    result.error = opened.error().code;
  } else {
    result = seekable() ? append_to_file(data) : write_now(fd(), inherited(), data);
  }
  if ((result.error == ENXIO || result.error == EPIPE) && is_fifo()) {
    result.error = EAGAIN;  // what it holds already stays in it for the next reader
  }
  counters_.bytes_written += result.written;
  if (!result.ok() && !result.full()) {
    ++counters_.write_errors;
    counters_.bytes_refused += data.size() - result.written;
  }
  return result;
}

AppendResult LogFile::append_to_file(std::string_view data) {
  AppendResult result;
  while (result.error == 0 && result.written < data.size()) {
    const ssize_t wrote = ::write(fd(), data.data() + result.written, data.size() - result.written);
    if (wrote > 0) {
      result.written += static_cast<std::size_t>(wrote);
    } else if (wrote == 0) {
      result.error = EIO;  // a regular file never does this; do not spin on what does
    } else if (errno != EINTR) {
      result.error = errno;
    }
  }
  if (result.written > 0) {
    // The kernel's position, as Supervisor's stream.tell(): right also when somebody else appends or
    // truncates.
    const off_t position = ::lseek(fd(), 0, SEEK_CUR);
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
  if (!seekable() || options_.max_bytes <= 0 || offset_ < rotate_at_ || inherited() || is_device(options_.path)) {
    return {};
  }
  Status rotated;
  // The descriptor of the new file first: without one, nothing is renamed.
  UniqueFd place(::fcntl(fd(), F_DUPFD_CLOEXEC, 0));
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

std::int64_t LogFile::end_of_file() const {
  struct stat status {};
  if (!seekable() || ::fstat(fd(), &status) != 0) {
    return 0;
  }
  return status.st_size;
}

LogFile::FileIdentity LogFile::identity() const {
  struct stat status {};
  if ((is_open() ? ::fstat(fd(), &status) : ::stat(options_.path.c_str(), &status)) != 0) {
    return {};
  }
  return {status.st_dev, status.st_ino};
}

}  // namespace holdfast::storage
