#include "keeper/children.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

namespace holdfast::keeper {
namespace {

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

}  // namespace

Children::Children() {
  void* shared = mmap(nullptr, max_children * sizeof(SetupFailure), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  failures_ = shared == MAP_FAILED ? nullptr : static_cast<SetupFailure*>(shared);
}

SpawnOutcome Children::start(std::uint64_t start_id, const SpawnRequest& request, int passed_stdin,
                             const Limits& limits) {
  SpawnOutcome outcome;
  if (start_id == 0 || failures_ == nullptr || children_.size() >= max_children ||
      children_.contains(start_id)) {
    outcome.stage = Stage::table;
    outcome.error = children_.contains(start_id) ? EEXIST : EAGAIN;
    return outcome;
  }
  if (free_slots_.empty()) {
    free_slots_.push_back(slots_used_++);
  }
  const std::size_t slot = free_slots_.back();
  outcome = spawn_child(request, passed_stdin, limits, failures_[slot]);
  if (outcome.stage != Stage::none) {
    return outcome;
  }
  free_slots_.pop_back();
  ManagedChild& child = children_[start_id];
  child.pid = outcome.pid;
  child.start_time_ticks = start_time_ticks(outcome.pid);
  child.ends = std::move(outcome.ends);
  child.blob = request.blob;
  child.failure_slot = slot;
  by_pid_[outcome.pid] = start_id;
  return outcome;
}

std::uint64_t Children::note_exit(pid_t pid, int wait_status) {
  const auto found = by_pid_.find(pid);
  if (found == by_pid_.end()) {
    return 0;
  }
  const std::uint64_t start_id = found->second;
  by_pid_.erase(found);
  ManagedChild& child = children_[start_id];
  const SetupFailure& failure = failures_[child.failure_slot];
  child.ended = true;
  child.exit.wait_status = wait_status;
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 127) {
    child.exit.failed_stage = failure.stage;
    child.exit.failed_errno = failure.error;
  }
  child.exit.monotonic_ns = nanoseconds(CLOCK_MONOTONIC);
  child.exit.wall_us = nanoseconds(CLOCK_REALTIME) / 1000;
  child.ends.stdin_write.close();
  free_slots_.push_back(child.failure_slot);
  return start_id;
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

void Children::signal_all(int signo) const {
  for (const auto& [pid, start_id] : by_pid_) {
    kill(-pid, signo);
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
  if (!spool.file.valid()) {
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
