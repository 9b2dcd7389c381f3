#include "ctl/key_file.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>

#include "base/unique_fd.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kKeyBytes = 32;

Error failure(const std::string& path, const std::string& doing, int number) {
  return Error{"cluster key " + path + ": " + doing + ": " + ::strerror(number), number};
}

/// Fills `key` from the kernel; waits while a machine that just booted has no entropy.
Status random_key(std::array<std::uint8_t, kKeyBytes>& key) {
  std::size_t filled = 0;
  while (filled < key.size()) {
    const ssize_t got = ::getrandom(key.data() + filled, key.size() - filled, 0);
    if (got < 0 && errno != EINTR) {
      return Error{"no cluster key made: the kernel gives no random bytes: " + std::string(::strerror(errno)),
                   errno};
    }
    filled += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  return {};
}

std::string content_of(const std::array<std::uint8_t, kKeyBytes>& key) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string content =
      "# Holdfast cluster key: the same file on every node of the cluster, readable by its owner only.\n"
      "# Who has it can join the cluster and order programs to be run.\n";
  content.reserve(content.size() + 2 * kKeyBytes + 1);  // so that no copy of the key is left behind
  for (const std::uint8_t byte : key) {
    content.push_back(digits[byte >> 4U]);
    content.push_back(digits[byte & 15U]);
  }
  content.push_back('\n');
  return content;
}

Status write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno != EINTR) {
      return failure(path, "cannot be written", errno);
    }
    content.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
  if (::fsync(fd) != 0) {
    return failure(path, "cannot be synced", errno);
  }
  return {};
}

void sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid()) {
    (void)::fsync(fd.get());  // best effort: some file systems do not sync folders
  }
}

}  // namespace

Status make_key_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) {
    const int number = errno;
    return number == EEXIST ? Error{"cluster key " + path + ": exists already and is left as it is", number}
                            : failure(path, "cannot be made", number);
  }
  std::array<std::uint8_t, kKeyBytes> key{};
  Status status = random_key(key);
  if (status.ok()) {
    std::string content = content_of(key);
    status = write_all(file.get(), content, path);
    ::explicit_bzero(content.data(), content.size());
  }
  ::explicit_bzero(key.data(), key.size());
  if (!status.ok()) {
    ::unlink(path.c_str());  // half a key is none
    return status;
  }
  sync_folder_of(path);
  return {};
}

}  // namespace holdfast::ctl
