#include "keeper/spool_store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "keeper/free_descriptors.hpp"
#include "keeper/limits.hpp"

namespace holdfast::keeper {
namespace {

std::string path_of(const SpoolName& name) {
  return name.state_dir + "/spool/" + std::to_string(name.start_id) + (name.channel == Channel::out ? ".out" : ".err");
}

/// A new spool file with its header; what an earlier keeper left under this name goes.
Fd create(const SpoolName& name) {
  mkdir((name.state_dir + "/spool").c_str(), 0700);
  Fd file(open(path_of(name).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  const SpoolHeader header;
  if (!file.valid() || pwrite(file.get(), &header, sizeof header, 0) != ssize_t{sizeof header}) {
    return Fd();
  }
  return file;
}

}  // namespace

bool SpoolStore::is_filling_up(int pipe) {
  int waiting = 0;
  const int capacity = fcntl(pipe, F_GETPIPE_SZ);
  return capacity > 0 && ioctl(pipe, FIONREAD, &waiting) == 0 && waiting > capacity / 8 * 3;
}

Spool SpoolStore::find(const SpoolName& name) {
  Spool spool;
  SpoolHeader header;
  const SpoolHeader wanted;
  struct stat info {};
  Fd file(open(path_of(name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (file.valid() && pread(file.get(), &header, sizeof header, 0) == ssize_t{sizeof header} &&
      header.magic == wanted.magic && fstat(file.get(), &info) == 0) {
    spool.bytes = static_cast<std::uint64_t>(info.st_size) - sizeof header;
    spool.file = std::move(file);
  }
  bytes_ += spool.bytes;
  return spool;
}

void SpoolStore::fill(Spool& spool, const SpoolName& name, const Fd& pipe) {
  if (!spool.file.valid() && descriptors_left(1 + limits::kept_free_of_spools)) {
    spool.file = create(name);
  }
  while (spool.file.valid() && spool.bytes < max_spool_bytes && bytes_ < max_spool_bytes_total) {
    off64_t at = static_cast<off64_t>(sizeof(SpoolHeader) + spool.bytes);
    // splice: a byte is never in the keeper's memory only, and a full disk leaves it in the pipe.
    const std::uint64_t room = std::min(max_spool_bytes - spool.bytes, max_spool_bytes_total - bytes_);
    const ssize_t moved =
        splice(pipe.get(), nullptr, spool.file.get(), &at, static_cast<std::size_t>(room), SPLICE_F_NONBLOCK);
    if (moved <= 0) {
      return;
    }
    spool.bytes += static_cast<std::uint64_t>(moved);
    bytes_ += static_cast<std::uint64_t>(moved);
    if (!is_filling_up(pipe.get())) {
      return;  // a child that never pauses must not hold the keeper here
    }
  }
}

void SpoolStore::drop(Spool& spool, const SpoolName& name) {
  if (!spool.file.valid()) {
    return;
  }
  bytes_ -= spool.bytes;
  spool = Spool{};
  unlink(path_of(name).c_str());
}

void SpoolStore::remove_strays(const std::string& state_dir, const std::function<bool(std::uint64_t start_id)>& known) {
  DIR* folder = opendir((state_dir + "/spool").c_str());
  while (const dirent* entry = folder == nullptr ? nullptr : readdir(folder)) {
    char* end = nullptr;
    const std::uint64_t start_id = std::strtoull(entry->d_name, &end, 10);
    const std::string_view channel(end);
    if (end != entry->d_name && (channel == ".out" || channel == ".err") && !known(start_id)) {
      unlinkat(dirfd(folder), entry->d_name, 0);
    }
  }
  if (folder != nullptr) {
    closedir(folder);
  }
}

}  // namespace holdfast::keeper
