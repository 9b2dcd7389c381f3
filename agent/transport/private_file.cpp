#include "transport/private_file.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.hpp"

namespace holdfast::transport {
namespace {

Error failure(std::string_view what, const std::string& path, std::string_view doing, int error) {
  return Error{std::string(what) + " " + path + ": " + std::string(doing) + ": " + std::strerror(error), error};
}

Status write_all(int fd, std::string_view content, std::string_view what, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return failure(what, path, "cannot be written", errno);
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) {
    return failure(what, path, "cannot be synced", errno);
  }
  return {};
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

void wipe(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

Result<std::string> read_private_file(const std::string& path, std::size_t size_max, std::string_view what) {
  // O_NONBLOCK: a FIFO in its place must not hold the start up.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) {
    return failure(what, path, "cannot be opened", errno);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    return failure(what, path, "cannot be examined", errno);
  }
  const std::string name = std::string(what) + " " + path;
  if (!S_ISREG(status.st_mode)) {
    return Error{name + ": is not a regular file"};
  }
  if ((status.st_mode & 077) != 0) {
    return Error{name + ": others than its owner may read or write it; not used. Make it private: chmod 600 " + path};
  }
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return Error{name + ": belongs to user " + std::to_string(status.st_uid) +
                 ", who is neither this one nor root; not used"};
  }
  std::string content(size_max + 1, '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      const int error = errno;
      wipe(content);
      return failure(what, path, "cannot be read", error);
    }
    if (got == 0) {
      break;
    }
    filled += static_cast<std::size_t>(got);
  }
  if (filled > size_max) {
    wipe(content);
    return Error{name + ": is larger than " + std::to_string(size_max) + " bytes, which no such file is"};
  }
  content.resize(filled);
  return content;
}

Status write_private_file(const std::string& path, std::string_view content, std::string_view what) {
  const std::string draft = path + ".new." + std::to_string(::getpid());
  UniqueFd file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) {
    return failure(what, draft, "cannot be made", errno);
  }
  Status written = write_all(file.get(), content, what, draft);
  // link() and not rename(): an existing file is never replaced.
  if (written.ok() && ::link(draft.c_str(), path.c_str()) != 0) {
    const int error = errno;
    written = error == EEXIST ? Error{std::string(what) + " " + path + ": exists already and is left as it is", error}
                              : failure(what, path, "cannot be made", error);
  }
  ::unlink(draft.c_str());
  const UniqueFd folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.valid()) {
    (void)::fsync(folder.get());  // best effort: some file systems do not sync folders
  }
  return written;
}

}  // namespace holdfast::transport
