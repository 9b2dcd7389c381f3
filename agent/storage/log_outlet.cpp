#include "storage/log_outlet.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace holdfast::storage {

namespace {

constexpr std::size_t kPiece = PIPE_BUF;
// What a terminal that polls writable takes at least, each newline as two characters: its buffers grow by 256
// bytes.
constexpr std::size_t kTerminalPiece = 128;

bool is_same(const struct stat& left, const struct stat& right) {
  return left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

/// The descriptor of our standard output or error when `path` leads to what it is.
UniqueFd inherited_as(const std::string& path) {
  struct stat wanted {};
  struct stat ours {};
  if (::stat(path.c_str(), &wanted) == 0) {
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
      if (::fstat(fd, &ours) == 0 && is_same(wanted, ours)) {
        return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
      }
    }
  }
  return {};
}

bool is_regular(int fd) {
  struct stat status {};
  // lseek succeeds on terminals and /dev/null too, but only a regular file has a position that means
  // something.
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/// The descriptor is somebody else's too: its flags cannot be changed, so that each write says that it must
/// not wait.
ssize_t write_shared(int fd, std::string_view piece) noexcept {
  ssize_t wrote = ::send(fd, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (wrote >= 0 || errno != ENOTSOCK) {
    return wrote;
  }
  const iovec part{const_cast<char*>(piece.data()), piece.size()};
  wrote = ::pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
  if (wrote >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)) {
    return wrote;
  }
  pollfd ready{fd, POLLOUT, 0};  // a terminal, or a pipe before Linux 6.5
  if (::poll(&ready, 1, 0) <= 0) {
    errno = EAGAIN;
    return -1;
  }
  struct stat status {};
  const bool terminal = ::fstat(fd, &status) == 0 && S_ISCHR(status.st_mode);
  return ::write(fd, piece.data(), terminal ? std::min(piece.size(), kTerminalPiece) : piece.size());
}

std::string_view next_piece(std::string_view data) noexcept {
  if (data.size() <= kPiece) {
    return data;
  }
  const std::string_view piece = data.substr(0, kPiece);
  const std::size_t line_end = piece.rfind('\n');
  return line_end == std::string_view::npos ? piece : piece.substr(0, line_end + 1);
}

}  // namespace

Result<LogOutlet> open_log_outlet(const std::string& path, int extra_flags, mode_t mode) {
  // O_NONBLOCK: a FIFO without a reader must not hold the disk thread, nor a slow reader of a pipe. Regular
  // files do not care. O_NOCTTY: a log on a terminal must not make it ours.
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | extra_flags;
  LogOutlet outlet;
  do {
    outlet.fd.reset(::open(path.c_str(), flags, mode));
  } while (!outlet.fd.valid() && errno == EINTR);
  if (!outlet.fd.valid()) {
    const int error = errno;
    outlet.fd = inherited_as(path);
    outlet.inherited = true;
    if (!outlet.fd.valid()) {
      return Error{"cannot open log file " + path + ": " + ::strerrordesc_np(error), error};
    }
  }
  outlet.regular = is_regular(outlet.fd.get());
  return outlet;
}

Result<LogOutlet> standard_output() {
  if (!is_regular(STDOUT_FILENO)) {
    return open_log_outlet("/proc/self/fd/1", 0, 0);
  }
  LogOutlet outlet;
  outlet.fd.reset(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  outlet.regular = true;
  outlet.inherited = true;
  return outlet.fd.valid()
             ? Result<LogOutlet>(std::move(outlet))
             : Error{std::string("no descriptor for standard output: ") + ::strerrordesc_np(errno), errno};
}

AppendResult write_now(int fd, bool inherited, std::string_view data) noexcept {
  AppendResult result;
  while (result.error == 0 && result.written < data.size()) {
    const std::string_view piece = next_piece(data.substr(result.written));
    const ssize_t wrote = inherited ? write_shared(fd, piece) : ::write(fd, piece.data(), piece.size());
    if (wrote > 0) {
      result.written += static_cast<std::size_t>(wrote);
    } else if (wrote == 0) {
      result.error = EIO;  // do not spin on what takes nothing and says nothing
    } else if (errno != EINTR) {
      result.error = errno;
    }
  }
  return result;
}

}  // namespace holdfast::storage
