#include "ctl/commands/key_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::string_view kHead =
    "# Holdfast cluster key: the same file on every node of the cluster, readable by its owner only.\n"
    "# Who has it can join the cluster and order programs to be run.\n";

Error failure(const std::string& path, const std::string& doing, int number) {
  return Error{"cluster key " + path + ": " + doing + ": " + ::strerror(number), number};
}

/// Fills `key` from the kernel; waits while a machine that just booted has no entropy.
Status random_key(std::array<std::uint8_t, kKeyBytes>& key) {
  std::size_t filled = 0;
  while (filled < key.size()) {
    const ssize_t got = ::getrandom(key.data() + filled, key.size() - filled, 0);
    if (got < 0 && errno != EINTR) {
      return Error{"no cluster key made: the kernel gives no random bytes: " + std::string(::strerror(errno)), errno};
    }
    filled += got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  return {};
}

std::string content_of(const std::array<std::uint8_t, kKeyBytes>& key) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string content(kHead);
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

/// The lines of a file that are no comment: keys, as far as they are looked at here.
struct KeyLines {
  KeyLines() = default;
  KeyLines(KeyLines&&) = default;
  ~KeyLines() {
    for (std::string& line : lines) {
      ::explicit_bzero(line.data(), line.size());
    }
  }
  std::vector<std::string> lines;
};

Result<KeyLines> read_keys(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, limits::key_file_bytes_max + 1> bytes{};
  const ssize_t got = file.valid() ? ::read(file.get(), bytes.data(), bytes.size()) : -1;
  if (got < 0) {
    return failure(path, "cannot be read", errno);
  }
  KeyLines keys;
  for (const std::string_view line : text::split({bytes.data(), static_cast<std::size_t>(got)}, '\n')) {
    if (const std::string_view word = text::trim(line); !word.empty() && word.front() != '#') {
      keys.lines.emplace_back(word);
    }
  }
  ::explicit_bzero(bytes.data(), bytes.size());
  if (static_cast<std::size_t>(got) > limits::key_file_bytes_max || keys.lines.empty() || keys.lines.size() > 2) {
    return Error{"cluster key " + path + ": is no key file; nothing was changed"};
  }
  return keys;
}

/// The file with these keys in place of what it held, under the same owner.
Status replace_keys(const std::string& path, const std::vector<std::string>& lines) {
  struct stat before {};
  if (::stat(path.c_str(), &before) != 0) {
    return failure(path, "cannot be looked at", errno);
  }
  std::string draft = path + ".XXXXXX";
  const UniqueFd file(::mkostemp(draft.data(), O_CLOEXEC));  // mode 0600
  if (!file.valid()) {
    return failure(draft, "cannot be made", errno);
  }
  std::string content(kHead);
  content.reserve(content.size() + limits::key_file_bytes_max);
  for (const std::string& line : lines) {
    content += line;
    content += '\n';
  }
  Status status = write_all(file.get(), content, draft);
  ::explicit_bzero(content.data(), content.size());
  if (status && ::fchown(file.get(), before.st_uid, before.st_gid) != 0) {
    status = failure(draft, "cannot be given to the owner of " + path, errno);
  }
  if (status && ::rename(draft.c_str(), path.c_str()) != 0) {
    status = failure(path, "cannot be replaced", errno);
  }
  if (!status) {
    ::unlink(draft.c_str());
    return status;
  }
  sync_folder_of(path);
  return {};
}

}  // namespace

Status add_key(const std::string& path, const std::string& new_path) {
  const auto former = read_keys(path);
  if (!former) {
    return former.error();
  }
  const auto wanted = read_keys(new_path);
  if (!wanted) {
    return wanted.error();
  }
  if (former.value().lines.size() != 1) {
    return Error{"cluster key " + path + ": holds two keys, so a change is under way; end it with: keys drop " + path};
  }
  if (wanted.value().lines.size() != 1 || wanted.value().lines == former.value().lines) {
    return Error{"cluster key " + new_path + ": must hold one key, and another than " + path + "; nothing was changed"};
  }
  return replace_keys(path, {wanted.value().lines.front(), former.value().lines.front()});
}

Status drop_former_key(const std::string& path) {
  const auto keys = read_keys(path);
  if (!keys) {
    return keys.error();
  }
  if (keys.value().lines.size() != 2) {
    return Error{"cluster key " + path + ": holds one key only; nothing was changed"};
  }
  return replace_keys(path, {keys.value().lines.front()});
}

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
