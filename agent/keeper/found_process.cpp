#include "keeper/found_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace holdfast::keeper {

Fd open_pidfd(pid_t pid) {
  return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

std::uint64_t inode_of(const Fd& fd) {
  struct stat info {};
  return fd.valid() && fstat(fd.get(), &info) == 0 ? info.st_ino : 0;
}

bool has_ended(const Fd& pidfd) {
  pollfd watched{pidfd.get(), POLLIN, 0};
  return poll(&watched, 1, 0) == 1;
}

Fd reopen_pipe(pid_t pid, int fd, std::uint64_t inode, int flags) {
  char path[48];
  char shown[48] = {};
  std::snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
  const std::string wanted = "pipe:[" + std::to_string(inode) + "]";
  if (inode == 0 || readlink(path, shown, sizeof shown - 1) <= 0 || wanted != shown) {
    return Fd();
  }
  Fd end(open(path, flags | O_NONBLOCK | O_CLOEXEC));
  return inode_of(end) == inode ? std::move(end) : Fd();
}

}  // namespace holdfast::keeper
