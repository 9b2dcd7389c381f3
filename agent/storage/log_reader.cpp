#include "storage/log_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/fault.hpp"
#include "base/limits.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::storage {

namespace {

constexpr auto kMost = static_cast<std::int64_t>(limits::log_read_bytes_max);

/// An open log with its size; only regular files have one (a FIFO would block or eat somebody else's bytes),
/// and /dev/null, which is empty.
struct OpenLog {
  UniqueFd fd;
  std::int64_t size = 0;
};

Result<OpenLog> open_log(const std::string& path) {
  OpenLog log;
  log.fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!log.fd.valid() || ::fstat(log.fd.get(), &status) != 0) {
    return Error{"cannot read log " + path + ": " + std::strerror(errno), code_of(Fault::failed)};
  }
  if (S_ISCHR(status.st_mode) && ::lseek(log.fd.get(), 0, SEEK_END) == 0) {
    return log;
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{"cannot read log " + path + ": not a regular file", code_of(Fault::failed)};
  }
  log.size = status.st_size;
  return log;
}

/// At most `length` bytes from `offset`; less at the end of the file.
Result<std::string> read_range(const OpenLog& log, const std::string& path, std::int64_t offset, std::int64_t length) {
  std::string data(static_cast<std::size_t>(length), '\0');
  std::size_t have = 0;
  while (have < data.size()) {
    const ssize_t got =
        ::pread(log.fd.get(), data.data() + have, data.size() - have, offset + static_cast<std::int64_t>(have));
    if (got == 0) {
      break;
    }
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      return Error{"cannot read log " + path + ": " + std::strerror(errno), code_of(Fault::failed)};
    }
    have += static_cast<std::size_t>(got);
  }
  data.resize(have);
  return data;
}

bool absent(const std::string& path) {
  return path.empty() || ::access(path.c_str(), F_OK) != 0;
}

}  // namespace

Result<std::string> read_log(const std::string& path, std::int64_t offset, std::int64_t length) {
  if (absent(path)) {
    return Error{"no log file " + path, code_of(Fault::no_file)};
  }
  const Result<OpenLog> log = open_log(path);
  if (!log) {
    return log.error();
  }
  if (length < 0 || (offset < 0 && length != 0)) {
    return Error{"bad arguments: offset " + std::to_string(offset) + ", length " + std::to_string(length),
                 code_of(Fault::bad_arguments)};
  }
  const std::int64_t size = log.value().size;
  if (offset < 0) {
    const std::int64_t from = offset < -size ? 0 : size + offset;
    const std::int64_t wanted = std::min(size - from, kMost);
    return read_range(log.value(), path, size - wanted, wanted);
  }
  if (offset >= size) {
    return std::string();
  }
  std::int64_t wanted = std::min(size - offset, kMost);
  if (length > 0) {
    wanted = std::min(wanted, length);
  }
  return read_range(log.value(), path, offset, wanted);
}

LogTail tail_log(const std::string& path, std::int64_t offset, std::int64_t length) {
  if (absent(path)) {
    return {};
  }
  const Result<OpenLog> log = open_log(path);
  if (!log) {
    return {"", offset, false};
  }
  LogTail tail;
  const std::int64_t size = log.value().size;
  tail.offset = size;
  std::int64_t reach = 0;  // offset + length, kept inside the type
  if (__builtin_add_overflow(offset, length, &reach)) {
    reach = offset > 0 ? INT64_MAX : INT64_MIN;
  }
  tail.overflow = size > reach;
  if (length <= 0 || (!tail.overflow && offset >= size)) {
    return tail;
  }
  const std::int64_t wanted = std::min({length, size, kMost});
  Result<std::string> data = read_range(log.value(), path, size - wanted, wanted);
  if (!data) {
    return {"", offset, false};
  }
  tail.data = std::move(data).value();
  return tail;
}

}  // namespace holdfast::storage
