#include "keeper/children.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

#include "keeper/clock.hpp"
#include "keeper/found_process.hpp"
#include "keeper/free_descriptors.hpp"
#include "keeper/limits.hpp"

namespace holdfast::keeper {

Children::Children() {
  void* shared =
      mmap(nullptr, max_children * sizeof(SetupReport), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  reports_ = shared == MAP_FAILED ? nullptr : static_cast<SetupReport*>(shared);
}

SpawnOutcome Children::start(std::uint64_t start_id, const SpawnRequest& request, Fd passed_stdin,
                             const Limits& limits) {
  SpawnOutcome outcome;
  if (start_id == 0 || reports_ == nullptr || children_.size() >= max_children || children_.contains(start_id)) {
    outcome.stage = Stage::table;
    outcome.error = children_.contains(start_id) ? EEXIST : EAGAIN;
    return outcome;
  }
  if (!descriptors_left(limits::opened_by_spawn + limits::kept_free)) {
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
  saved.pipes = {inode_of(child.ends.stdin_write), inode_of(child.ends.stdout_read), inode_of(child.ends.stderr_read)};
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

// ---- of a keeper before this one ----

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
    reopen_pipes(child);  // when all are watched: an end that is not seen is worse than output that is not read
  }
  SpoolStore::remove_strays(state_dir, [this](std::uint64_t start_id) { return children_.contains(start_id); });
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
    child.spools[static_cast<std::size_t>(channel)] = spools_.find({state_dir, saved.start_id, channel});
  }
  // First the pidfd, then the identity: so the pidfd is of the process that was looked at.
  if (descriptors_left(1 + limits::kept_free)) {
    child.pidfd = open_pidfd(saved.pid);
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
    return descriptors_left(1 + limits::kept_free)
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
  spools_ = SpoolStore();
  std::vector<bool> taken(max_children);
  for (auto& [start_id, child] : children_) {
    spools_.count(child.spools[0]);
    spools_.count(child.spools[1]);
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

// ---- ends ----

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
  child.exit.monotonic_ns = monotonic_now();
  child.exit.wall_us = nanoseconds_of(CLOCK_REALTIME) / 1000;
  child.ends.stdin_write.close();
  child.pidfd.close();
  free_slots_.push_back(child.slot);
  file_.clear(child.slot);
}

void Children::release_pipes(std::uint64_t start_id, const std::string& state_dir) {
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
    release_pipes(start_id, state_dir);
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
    for (const Channel channel : {Channel::out, Channel::err}) {
      const Fd& pipe = channel == Channel::out ? child.ends.stdout_read : child.ends.stderr_read;
      if (pipe.valid() && SpoolStore::is_filling_up(pipe.get())) {
        spools_.fill(child.spools[static_cast<std::size_t>(channel)], {state_dir, start_id, channel}, pipe);
      }
    }
  }
}

void Children::drop_spool(std::uint64_t start_id, Channel channel, const std::string& state_dir) {
  if (ManagedChild* child = find(start_id); child != nullptr) {
    spools_.drop(child->spools[static_cast<std::size_t>(channel)], {state_dir, start_id, channel});
  }
}

}  // namespace holdfast::keeper
