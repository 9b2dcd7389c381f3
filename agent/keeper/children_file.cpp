#include "keeper/children_file.hpp"

#include <poll.h>
#include <sys/file.h>

#include <algorithm>
#include <cstddef>

namespace holdfast::keeper {
namespace {

constexpr std::uint64_t file_magic = 0x3144'4C49'4843'4648;  // "HFCHILD1"
constexpr std::size_t page = 4096;
constexpr int lock_look_ms = 10;
constexpr std::size_t slot_bytes = 2 * page;  // most blobs end in its first page; the second is a hole then
static_assert(sizeof(SavedChild) <= slot_bytes);

struct FileHead {
  std::uint64_t magic = file_magic;
  char boot_id[40] = {};
  std::int32_t keeper = 0;
  std::uint32_t agent_starts = 0;
};

off_t place_of(std::size_t slot) {
  return static_cast<off_t>(page + slot * slot_bytes);
}

/// Empty when it cannot be read: then nothing of an earlier keeper is believed.
std::string boot_id() {
  const Fd file(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  char text[40] = {};
  const ssize_t got = file.valid() ? ::read(file.get(), text, sizeof text - 1) : -1;
  return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : std::string();
}

/// A failure is a full disk or worse: the file is then poorer than it could be, and nothing else.
void write_at(const Fd& file, const void* bytes, std::size_t size, off_t at) {
  if (file.valid()) {
    [[maybe_unused]] const ssize_t ignored = pwrite(file.get(), bytes, size, at);
  }
}

}  // namespace

ChildrenFile::Opened ChildrenFile::open(const std::string& state_dir, int lock_within_ms) {
  if (state_dir.empty()) {
    return Opened::no;
  }
  Fd file(::open((state_dir + "/children").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat info {};
  if (!file.valid() || fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return Opened::no;
  }
  int locked = -1;
  for (int waited = 0;
       (locked = flock(file.get(), LOCK_EX | LOCK_NB)) != 0 && errno == EWOULDBLOCK && waited < lock_within_ms;
       waited += lock_look_ms) {
    poll(nullptr, 0, lock_look_ms);
  }
  if (locked != 0) {
    return errno == EWOULDBLOCK ? Opened::in_use : Opened::no;
  }
  file_ = std::move(file);
  FileHead head;
  const std::string boot = boot_id();
  const bool whole = pread(file_.get(), &head, sizeof head, 0) == ssize_t{sizeof head};
  if (whole && head.magic == file_magic && !boot.empty() &&
      boot == std::string_view(head.boot_id, strnlen(head.boot_id, sizeof head.boot_id))) {
    last_keeper_ = head.keeper;
    last_agent_starts_ = head.agent_starts;
  } else {
    [[maybe_unused]] const int ignored = ftruncate(file_.get(), 0);
  }
  FileHead own;
  std::copy(boot.begin(), boot.end(), own.boot_id);
  own.keeper = getpid();
  own.agent_starts = last_agent_starts_;
  write_at(file_, &own, sizeof own, 0);
  return Opened::yes;
}

std::size_t ChildrenFile::slots() const {
  struct stat info {};
  if (!file_.valid() || fstat(file_.get(), &info) != 0 || info.st_size <= off_t{page}) {
    return 0;
  }
  const std::size_t bytes = static_cast<std::size_t>(info.st_size) - page;
  return std::min((bytes + slot_bytes - 1) / slot_bytes, max_children);
}

bool ChildrenFile::read(std::size_t slot, SavedChild& out) const {
  out = SavedChild{};
  const ssize_t got = pread(file_.get(), &out, sizeof out, place_of(slot));
  return got >= static_cast<ssize_t>(offsetof(SavedChild, blob)) && out.start_id != 0 && out.pid > 0 &&
         out.blob_size <= max_blob && offsetof(SavedChild, blob) + out.blob_size <= static_cast<std::size_t>(got);
}

void ChildrenFile::save(std::size_t slot, const SavedChild& child) const {
  write_at(file_, &child, offsetof(SavedChild, blob) + child.blob_size, place_of(slot));
}

void ChildrenFile::save_blob(std::size_t slot, std::string_view blob) const {
  SavedChild child;
  child.blob_size = static_cast<std::uint32_t>(std::min(blob.size(), max_blob));
  std::copy_n(blob.begin(), child.blob_size, child.blob);
  constexpr std::size_t from = offsetof(SavedChild, blob_size);
  write_at(file_, &child.blob_size, sizeof child.blob_size + child.blob_size,
           place_of(slot) + static_cast<off_t>(from));
}

void ChildrenFile::clear(std::size_t slot) const {
  const std::uint64_t free = 0;
  write_at(file_, &free, sizeof free, place_of(slot));
}

void ChildrenFile::save_agent_starts(std::uint32_t count) const {
  write_at(file_, &count, sizeof count, static_cast<off_t>(offsetof(FileHead, agent_starts)));
}

}  // namespace holdfast::keeper
