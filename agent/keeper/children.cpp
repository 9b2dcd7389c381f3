#include "keeper/children.hpp"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "keeper/free_descriptors.hpp"

namespace holdfast::keeper {
namespace {

// Descriptors that stay free for what must go on: the next agent's socket, what the agent passes (requests,
// held sockets), looks into /proc, a handover. No child is started that would need one of them; a spool may,
// but not the last ones.
constexpr std::size_t kept_free = 24;
constexpr std::size_t kept_free_of_spools = 16;
constexpr std::size_t opened_by_spawn = 6;  // both ends of three pipes

std::int64_t nanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::string spool_path(const std::string& state_dir, std::uint64_t start_id, Channel channel) {
  return state_dir + "/spool/" + std::to_string(start_id) + (channel == Channel::out ? ".out" : ".err");
}

/// A new spool file with its header; what an earlier keeper left under this name goes.
Fd create_spool(const std::string& state_dir, std::uint64_t start_id, Channel channel) {
  mkdir((state_dir + "/spool").c_str(), 0700);
  Fd file(open(spool_path(state_dir, start_id, channel).c_str(),
               O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  const SpoolHeader header;
  if (!file.valid() || pwrite(file.get(), &header, sizeof header, 0) != ssize_t{sizeof header}) {
    return Fd();
  }
  return file;
}

/// A pipe is sure to hold half its size: each write of 2049 bytes takes a page of its own.
bool filling_up(int pipe) {
  int waiting = 0;
  const int capacity = fcntl(pipe, F_GETPIPE_SZ);
  return capacity > 0 && ioctl(pipe, FIONREAD, &waiting) == 0 && waiting > capacity / 8 * 3;
}

/// A spool that an earlier keeper left, when it is one.
Spool find_spool(const std::string& state_dir, std::uint64_t start_id, Channel channel) {
  Spool spool;
  SpoolHeader header;
  const SpoolHeader wanted;
  struct stat info {};
  Fd file(open(spool_path(state_dir, start_id, channel).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (file.valid() && pread(file.get(), &header, sizeof header, 0) == ssize_t{sizeof header} &&
      header.magic == wanted.magic && fstat(file.get(), &info) == 0) {
    spool.bytes = static_cast<std::uint64_t>(info.st_size) - sizeof header;
    spool.file = std::move(file);
  }
  return spool;
}

/// Spools of children that nobody knows any more.
void remove_stray_spools(const std::string& state_dir, const Children::Table& children) {
  DIR* folder = opendir((state_dir + "/spool").c_str());
  while (const dirent* entry = folder == nullptr ? nullptr : readdir(folder)) {
    char* end = nullptr;
    const std::uint64_t start_id = std::strtoull(entry->d_name, &end, 10);
    const std::string_view channel(end);
    if (end != entry->d_name && (channel == ".out" || channel == ".err") && !children.contains(start_id)) {
      unlinkat(dirfd(folder), entry->d_name, 0);
    }
  }
  if (folder != nullptr) {
    closedir(folder);
  }
}

std::uint64_t inode_of(const Fd& fd) {
  struct stat info {};
  return fd.valid() && fstat(fd.get(), &info) == 0 ? info.st_ino : 0;
}

/// Also of one that is still to be waited for by its parent. An invalid pidfd says nothing.
bool has_ended(const Fd& pidfd) {
  pollfd watched{pidfd.get(), POLLIN, 0};
  return poll(&watched, 1, 0) == 1;
}

/// Our end of the pipe that a process of a killed keeper has as `fd`: a pipe can be opened anew through
/// /proc. Invalid when that descriptor is not the pipe any more which the process was given.
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

}  // namespace

Children::Children() {
  void* shared = mmap(nullptr, max_children * sizeof(SetupReport), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  reports_ = shared == MAP_FAILED ? nullptr : static_cast<SetupReport*>(shared);
}

SpawnOutcome Children::start(std::uint64_t start_id, const SpawnRequest& request, Fd passed_stdin,
                             const Limits& limits) {
  SpawnOutcome outcome;
  if (start_id == 0 || reports_ == nullptr || children_.size() >= max_children ||
      children_.contains(start_id)) {
    outcome.stage = Stage::table;
    outcome.error = children_.contains(start_id) ? EEXIST : EAGAIN;
    return outcome;
  }
  if (!descriptors_left(opened_by_spawn + kept_free)) {
    outcome.stage = Stage::pipe;
    outcome.error = EMFILE;
    return outcome;
  }
  if (free_slots_.empty()) {
    free_slots_.push_back(slots_used_++);
  }
  const std::size_t slot = free_slots_.back();
  outcome = spawner_.spawn(request, std::move(passed_stdin), limits, reports_[slot]);
  if (outcome.stage != Stage::none) {
    return outcome;
  }
  free_slots_.pop_back();
  ManagedChild& child = children_[start_id];
  child.pid = outcome.pid;
  child.start_time_ticks = outcome.start_time_ticks;
  child.ends = std::move(outcome.ends);
  child.blob = request.blob;
  child.slot = slot;
  by_pid_[outcome.pid] = start_id;
  save(start_id, child);
  return outcome;
}

void Children::save(std::uint64_t start_id, const ManagedChild& child) {
  if (!file_.descriptor().valid()) {
    return;
  }
  SavedChild saved;
  saved.start_id = start_id;
  saved.start_time_ticks = child.start_time_ticks;
  saved.pipes = {inode_of(child.ends.stdin_write), inode_of(child.ends.stdout_read),
                 inode_of(child.ends.stderr_read)};
  saved.pid = child.pid;
  saved.blob_size = static_cast<std::uint32_t>(child.blob.size());
  std::copy(child.blob.begin(), child.blob.end(), saved.blob);
  file_.save(child.slot, saved);
}

void Children::set_blob(std::uint64_t start_id, std::string_view blob) {
  if (ManagedChild* child = find(start_id); child != nullptr) {
    child->blob = blob;
    if (!child->ended) {
      file_.save_blob(child->slot, blob);
    }
  }
}

// ---- of a keeper before this one
// -------------------------------------------------------------------------------

ChildrenFile::Opened Children::keep_in(const std::string& state_dir) {
  const ChildrenFile::Opened opened = file_.open(state_dir);
  if (opened != ChildrenFile::Opened::yes) {
    return opened;
  }
  slots_used_ = file_.slots();
  for (std::size_t slot = 0; slot < slots_used_; ++slot) {
    SavedChild saved;
    if (file_.read(slot, saved) && !children_.contains(saved.start_id)) {
      adopt(slot, saved, state_dir);
    } else {
      free_slots_.push_back(slot);
    }
  }
  for (auto& [start_id, child] : children_) {
    reopen_pipes(
        child);  // when all are watched: an end that is not seen is worse than output that is not read
  }
  remove_stray_spools(state_dir, children_);
  return opened;
}

void Children::adopt(std::size_t slot, const SavedChild& saved, const std::string& state_dir) {
  ManagedChild& child = children_[saved.start_id];
  child.pid = saved.pid;
  child.start_time_ticks = saved.start_time_ticks;
  child.blob.assign(saved.blob, saved.blob_size);
  child.slot = slot;
  child.found = true;
  for (const Channel channel : {Channel::out, Channel::err}) {
    Spool& spool = child.spools[static_cast<std::size_t>(channel)];
    spool = find_spool(state_dir, saved.start_id, channel);
    spooled_total_ += spool.bytes;
  }
  // First the pidfd, then the identity: so the pidfd is of the process that was looked at.
  if (descriptors_left(1 + kept_free)) {
    child.pidfd = Fd(static_cast<int>(syscall(SYS_pidfd_open, saved.pid, 0)));
  }
  if (keeper::start_time_ticks(saved.pid) != saved.start_time_ticks || has_ended(child.pidfd)) {
    note_end(child);
    return;
  }
  by_pid_[saved.pid] = saved.start_id;
  watch(saved.start_id, child);
}

void Children::reopen_pipes(ManagedChild& child) {
  SavedChild saved;
  if (child.ended || !file_.read(child.slot, saved)) {
    return;
  }
  const auto reopen = [&](std::size_t number, int flags) {
    return descriptors_left(1 + kept_free)
               ? reopen_pipe(saved.pid, static_cast<int>(number), saved.pipes[number], flags)
               : Fd();
  };
  child.ends.stdout_read = reopen(1, O_RDONLY);
  child.ends.stderr_read = reopen(2, O_RDONLY);
  child.ends.stdin_write = reopen(0, O_WRONLY);
}

/// Without a pidfd (a container may forbid it, descriptors may be short) it is supervised, but its end is not
/// seen.
void Children::watch(std::uint64_t start_id, ManagedChild& child) {
  if (!child.pidfd.valid()) {
    return;
  }
  if (!endings_.valid()) {
    endings_ = Fd(epoll_create1(EPOLL_CLOEXEC));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = start_id;
  epoll_ctl(endings_.get(), EPOLL_CTL_ADD, child.pidfd.get(), &event);
}

std::uint64_t Children::next_ending() {
  epoll_event event{};
  while (endings_.valid() && epoll_wait(endings_.get(), &event, 1, 0) == 1) {
    ManagedChild* child = find(event.data.u64);
    if (child != nullptr && !child->ended) {
      by_pid_.erase(child->pid);
      note_end(*child);
      return event.data.u64;
    }
  }
  return 0;
}

void Children::leave_found() {
  for (auto at = children_.begin(); at != children_.end();) {
    if (at->second.found) {
      by_pid_.erase(at->second.pid);
      at = children_.erase(at);
    } else {
      ++at;
    }
  }
}

void Children::take_over(Table children, Fd file) {
  children_ = std::move(children);
  file_.adopt(std::move(file));
  by_pid_.clear();
  free_slots_.clear();
  slots_used_ = 0;
  spooled_total_ = 0;
  std::vector<bool> taken(max_children);
  for (auto& [start_id, child] : children_) {
    spooled_total_ += child.spools[0].bytes + child.spools[1].bytes;
    if (!child.ended) {
      by_pid_[child.pid] = start_id;
      taken[child.slot] = true;
      slots_used_ = std::max(slots_used_, child.slot + 1);
      if (child.found) {
        watch(start_id, child);
      }
    }
  }
  for (std::size_t slot = 0; slot < slots_used_; ++slot) {
    if (!taken[slot]) {
      free_slots_.push_back(slot);
    }
  }
}

// ---- ends
// ------------------------------------------------------------------------------------------------------

std::uint64_t Children::note_exit(pid_t pid, int wait_status) {
  const auto found = by_pid_.find(pid);
  if (found == by_pid_.end()) {
    return 0;
  }
  const std::uint64_t start_id = found->second;
  by_pid_.erase(found);
  ManagedChild& child = children_[start_id];
  SetupReport& report = reports_[child.slot];
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 127) {
    child.exit.failed_stage = report.stage;
    child.exit.failed_errno = report.error;
  }
  report.apart.store(true);  // also when it was killed before it could say so
  spawner_.close_given();
  note_end(child);
  child.exit.wait_status = wait_status;
  return start_id;
}

void Children::note_end(ManagedChild& child) {
  child.ended = true;
  child.exit.unknown = child.found ? 1 : 0;
  child.exit.monotonic_ns = nanoseconds(CLOCK_MONOTONIC);
  child.exit.wall_us = nanoseconds(CLOCK_REALTIME) / 1000;
  child.ends.stdin_write.close();
  child.pidfd.close();
  free_slots_.push_back(child.slot);
  file_.clear(child.slot);
}

void Children::let_go(std::uint64_t start_id, const std::string& state_dir) {
  ManagedChild* child = find(start_id);
  if (child != nullptr && child->ended) {
    drop_spool(start_id, Channel::out, state_dir);
    drop_spool(start_id, Channel::err, state_dir);
    child->ends = ChildEnds{};
  }
}

void Children::forget(std::uint64_t start_id, const std::string& state_dir) {
  const ManagedChild* child = find(start_id);
  if (child != nullptr && child->ended) {
    let_go(start_id, state_dir);
    children_.erase(start_id);
  }
}

ManagedChild* Children::find(std::uint64_t start_id) {
  const auto found = children_.find(start_id);
  return found == children_.end() ? nullptr : &found->second;
}

int Children::send_signal(const ManagedChild& child, int signo, SignalTo to) {
  if (child.found && !child.pidfd.valid()) {
    return EPERM;  // its pid may be somebody else's by now
  }
  if (child.found && to == SignalTo::process) {
    return syscall(SYS_pidfd_send_signal, child.pidfd.get(), signo, nullptr, 0) == 0 ? 0 : errno;
  }
  if (child.found && has_ended(child.pidfd)) {
    return ESRCH;
  }
  // Our own and not reaped, or found and alive: the pid is still this child's; a group dies with its last
  // member.
  return kill(to == SignalTo::group ? -child.pid : child.pid, signo) == 0 ? 0 : errno;
}

void Children::signal_all(int signo) {
  for (const auto& [pid, start_id] : by_pid_) {
    send_signal(children_[start_id], signo, SignalTo::group);
  }
}

void Children::spool_full_pipes(const std::string& state_dir) {
  if (state_dir.empty()) {
    return;
  }
  for (auto& [start_id, child] : children_) {
    if (child.ends.stdout_read.valid() && filling_up(child.ends.stdout_read.get())) {
      spool_pipe(start_id, child, Channel::out, state_dir);
    }
    if (child.ends.stderr_read.valid() && filling_up(child.ends.stderr_read.get())) {
      spool_pipe(start_id, child, Channel::err, state_dir);
    }
  }
}

void Children::spool_pipe(std::uint64_t start_id, ManagedChild& child, Channel channel,
                          const std::string& state_dir) {
  Spool& spool = child.spools[static_cast<std::size_t>(channel)];
  if (!spool.file.valid() && descriptors_left(1 + kept_free_of_spools)) {
    spool.file = create_spool(state_dir, start_id, channel);
  }
  const Fd& pipe = channel == Channel::out ? child.ends.stdout_read : child.ends.stderr_read;
  while (spool.file.valid() && spool.bytes < max_spool_bytes && spooled_total_ < max_spool_bytes_total) {
    off64_t at = static_cast<off64_t>(sizeof(SpoolHeader) + spool.bytes);
    // splice: a byte is never in the keeper's memory only, and a full disk leaves it in the pipe.
    const std::uint64_t room =
        std::min(max_spool_bytes - spool.bytes, max_spool_bytes_total - spooled_total_);
    const ssize_t moved = splice(pipe.get(), nullptr, spool.file.get(), &at, static_cast<std::size_t>(room),
                                 SPLICE_F_NONBLOCK);
    if (moved <= 0) {
      return;
    }
    spool.bytes += static_cast<std::uint64_t>(moved);
    spooled_total_ += static_cast<std::uint64_t>(moved);
    if (!filling_up(pipe.get())) {
      return;  // a child that never pauses must not hold the keeper here
    }
  }
}

void Children::drop_spool(std::uint64_t start_id, Channel channel, const std::string& state_dir) {
  ManagedChild* child = find(start_id);
  if (child == nullptr || !child->spools[static_cast<std::size_t>(channel)].file.valid()) {
    return;
  }
  Spool& spool = child->spools[static_cast<std::size_t>(channel)];
  spooled_total_ -= spool.bytes;
  spool = Spool{};
  unlink(spool_path(state_dir, start_id, channel).c_str());
}

}  // namespace holdfast::keeper
