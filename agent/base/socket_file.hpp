// socket_file.hpp: the file of a unix socket, by its name: which one it is, and its removal. Only ever a
// socket is removed: whatever else has that name is somebody's. Used where unix sockets are bound and at the
// agent's end.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

namespace holdfast {

/// Device and inode of the socket that has this name; nullopt when there is none, or something else.
inline std::optional<std::pair<dev_t, ino_t>> socket_file(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) {
    return std::nullopt;
  }
  return std::pair(info.st_dev, info.st_ino);
}

/// Removes the socket that has this name. False, and errno, when something else has it and is left as it is.
inline bool remove_socket_file(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 && !S_ISSOCK(info.st_mode)) {
    errno = EEXIST;
    return false;
  }
  return ::unlink(path.c_str()) == 0 || errno == ENOENT;
}

}  // namespace holdfast
