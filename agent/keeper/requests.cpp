// What the agent asks of the keeper, and what it is told (the other half of keeper.hpp).
#include <signal.h>
#include <time.h>

#include "keeper/keeper.hpp"

namespace holdfast::keeper {
namespace {

constexpr int packets_per_turn = 256;              // then signals and reaping have their turn
constexpr std::int64_t resend_after = 10'000'000;  // ns, when too many descriptors are in flight
constexpr std::size_t max_signal_failures = 64;

std::int64_t monotonic_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// The descriptors of a child that its record carries, in the order of DescriptorBit.
std::uint32_t add_descriptors(const ManagedChild& child, FdList& fds) {
  std::uint32_t bits = 0;
  const auto add = [&](const Fd& fd, DescriptorBit bit) {
    if (fd.valid()) {
      fds.add(fd.get());
      bits |= bit;
    }
  };
  add(child.ends.stdin_write, stdin_write);
  add(child.ends.stdout_read, stdout_read);
  add(child.ends.stderr_read, stderr_read);
  add(child.spools[0].file, stdout_spool);
  add(child.spools[1].file, stderr_spool);
  return bits;
}

}  // namespace

// ---- asked
// -----------------------------------------------------------------------------------------------------

void Keeper::read_requests() {
  Packet packet;
  for (int turn = 0; socket_.valid() && turn < packets_per_turn; ++turn) {
    if (busy() && agent_pid_ > 0) {
      return;  // the answers before this one come first
    }
    const int error = receive_packet(socket_.get(), packet);
    if (error == EAGAIN) {
      return;
    }
    if (error == ECONNRESET) {
      unread_ = true;
      continue;  // its own last words are still to be had
    }
    if (error != 0 || packet.length == 0) {
      drop_connection();
      kill_agent();  // an agent without us supervises nothing; if it is exiting already, its status stays
      return;
    }
    turn = agent_pid_ > 0 ? turn : 0;  // a dead agent's last words are read to the end
    handle(packet);
    flush();
  }
}

void Keeper::handle(Packet& packet) {
  Hello hello;
  Fail fail;
  Signal signal;
  SetBlob blob;
  Acknowledge acknowledge;
  LetGo let_go;
  Hold hold;
  Release release;
  SpoolTaken taken;
  Fetch fetch;
  if (packet.read(hello)) {
    handle_hello(hello);
  } else if (packet.kind() == static_cast<std::uint16_t>(Kind::spawn)) {
    handle_spawn(packet);
  } else if (packet.read(signal)) {
    handle_signal(signal);
  } else if (packet.read(blob)) {
    children_.set_blob(blob.start_id, tail_of(blob));
  } else if (packet.read(acknowledge)) {
    children_.forget(acknowledge.start_id, options_.settings.state_dir);
  } else if (packet.read(let_go)) {
    children_.let_go(let_go.start_id, options_.settings.state_dir);
  } else if (packet.kind() == static_cast<std::uint16_t>(Kind::list)) {
    list_from_ = 0;
    listed_ = 0;
    list_blob_due_ = agent_blob_.valid();
  } else if (packet.kind() == static_cast<std::uint16_t>(Kind::list_held)) {
    held_from_ = "";
  } else if (packet.kind() == static_cast<std::uint16_t>(Kind::ready)) {
    handle_ready();
  } else if (packet.read(fail)) {
    fail_text_ = tail_of(fail);
  } else if (packet.read(hold)) {
    handle_hold(packet, hold);
  } else if (packet.read(fetch)) {
    fetch_ = fetch.start_id;
  } else if (packet.read(release)) {
    const auto found = held_.find(name_in(release));
    if (found != held_.end()) {
      held_.erase(found);
    }
  } else if (packet.read(taken) && (taken.channel == Channel::out || taken.channel == Channel::err)) {
    children_.drop_spool(taken.start_id, taken.channel, options_.settings.state_dir);
  } else if (packet.kind() == static_cast<std::uint16_t>(Kind::set_agent_blob) && packet.fd_count == 1 &&
             read_sealed_memfd(packet.fds[0].get(), max_agent_blob)) {
    agent_blob_ = std::move(packet.fds[0]);
  }  // anything else is from a newer agent than this keeper knows: ignored
}

void Keeper::handle_hello(const Hello& hello) {
  if (hello.min_version > protocol_version || greeted_) {
    fail_text_ = "it needs a newer keeper than this one: install both programs, then restart the keeper";
    kill_agent();
    return;
  }
  if (!keep_children()) {
    kill_agent();
    return;
  }
  greeted_ = said_hello_ = true;
  welcome_due_ = true;
}

/// With the first agent that has locked the state directory: programs of a killed keeper are found. False:
/// another keeper lives, whose agent is away for a moment.
bool Keeper::keep_children() {
  if (kept_) {
    return true;
  }
  kept_ = true;
  if (children_.keep_in(options_.settings.state_dir) == ChildrenFile::Opened::in_use) {
    refused_ = true;
    fail_text_ = "Error: state directory " + options_.settings.state_dir +
                 " is in use by another holdfastd; stop it, or give this one its own [holdfast] state_dir\n";
    return false;
  }
  agent_starts_ = std::max(agent_starts_, children_.file().last_agent_starts() + 1);
  children_.file().save_agent_starts(agent_starts_);
  return true;
}

void Keeper::handle_ready() {
  if (ready_since_ == never) {
    ready_since_ = monotonic_now();
    stop_by_ = trial_ends_at_ = never;
    program_.ready();
    troubles_.clear();  // it was told all of them before it asked for the first list
    if (!was_ready_) {
      was_ready_ = true;
      pidfile_errno_ = options_.settings.pidfile.empty() ? 0 : write_pidfile(options_.settings.pidfile);
      if (options_.starter.valid()) {
        tell_starter(options_.starter, 0, {});
      }
    }
    started_due_ = true;
  }
}

void Keeper::handle_spawn(Packet& packet) {
  Spawn spawn;
  Reply reply;
  std::optional<SpawnRequest> request;
  if (packet.read(spawn) && packet.fd_count >= 1) {
    if (const auto bytes = read_sealed_memfd(packet.fds[0].get(), max_spawn_request)) {
      request = decode_spawn_request(*bytes);
    }
  }
  reply.start_id = spawn.start_id;
  if (packet.cut) {
    reply.stage = Stage::pipe;
    reply.error = EMFILE;
  } else if (!request || request->stdin_passed != (packet.fd_count == 2)) {
    reply.stage = Stage::request;
    reply.error = EINVAL;
  } else {
    const SpawnOutcome outcome =
        children_.start(spawn.start_id, *request, std::move(packet.fds[1]), options_.limits);
    reply.stage = outcome.stage;
    reply.error = outcome.error;
  }
  reply_ = reply;
}

void Keeper::handle_signal(const Signal& request) {
  const ManagedChild* child = children_.find(request.start_id);
  if (child == nullptr || child->ended) {
    return;
  }
  const int error = Children::send_signal(*child, request.signo, request.to);
  if (error != 0 && error != ESRCH && signal_failures_.size() < max_signal_failures) {
    SignalFailed failed;
    failed.start_id = request.start_id;
    failed.signo = request.signo;
    failed.error = error;
    signal_failures_.push_back(failed);
  }
}

void Keeper::handle_hold(Packet& packet, const Hold& request) {
  const std::string name(name_in(request));
  if (packet.cut) {
    HoldFailed failed;
    if (set_name(failed, name) && hold_failures_.size() < max_held) {
      hold_failures_.push_back(failed);
    }
    return;
  }
  if (name.empty() || packet.fd_count != 1 || (held_.size() >= max_held && !held_.contains(name))) {
    return;
  }
  held_[name] = std::move(packet.fds[0]);
}

// ---- told
// ------------------------------------------------------------------------------------------------------

/// False: it could not be sent now, and is to be tried again when there is room.
template <typename R>
bool Keeper::tell(const R& record, const FdList& fds) {
  const int error = send_record(socket_.get(), record, fds);
  if (error == EAGAIN || error == ENOBUFS || error == ETOOMANYREFS || error == ENOMEM) {
    blocked_ = true;
    resend_at_ = error == EAGAIN ? never : monotonic_now() + resend_after;
    return false;
  }
  gone_ = gone_ || error != 0;  // the agent is gone, which the socket says next
  return true;
}

void Keeper::flush() {
  if (!socket_.valid() || !greeted_ || resend_at_ != never) {
    return;
  }
  blocked_ = false;
  if (welcome_due_) {
    flush_welcome();
  }
  [[maybe_unused]] const bool all =
      !welcome_due_ && flush_troubles() && flush_reply() && flush_list() && flush_held() && flush_fetch() && flush_news();
}

void Keeper::flush_welcome() {
  Welcome welcome;
  welcome.pid_one = getpid() == 1 ? 1 : 0;
  welcome.keeper_pid = static_cast<std::uint32_t>(getpid());
  welcome.agent_starts = agent_starts_;
  welcome.reason = start_reason_;
  welcome.last_wait_status = last_wait_status_;
  welcome.directory_errno = options_.directory_errno;
  welcome.nofile_before = options_.limits.nofile_before;
  welcome.nproc_before = options_.limits.nproc_before;
  welcome.nofile_programs = options_.limits.nofile_programs;
  welcome.nproc_programs = options_.limits.nproc_programs;
  welcome.handover_error = handover_error_;
  welcome.former_agent = program_.is_former() ? 1 : 0;
  welcome.killed_keeper = start_reason_ == StartReason::first ? children_.file().last_keeper() : 0;
  welcome_due_ = !tell(welcome);
}

bool Keeper::flush_reply() {
  if (!reply_) {
    return true;
  }
  ManagedChild* child = children_.find(reply_->start_id);
  bool sent = false;
  if (reply_->stage == Stage::none && child != nullptr) {
    Spawned spawned;
    FdList fds;
    spawned.start_id = reply_->start_id;
    spawned.pid = child->pid;
    spawned.start_time_ticks = child->start_time_ticks;
    spawned.descriptors = add_descriptors(*child, fds);
    sent = tell(spawned, fds);
    if (sent) {
      child->known = true;
      if (child->ended) {
        exits_.push_back(reply_->start_id);
      }
    }
  } else {
    SpawnFailed failed;
    failed.start_id = reply_->start_id;
    failed.stage = reply_->stage;
    failed.error = reply_->error;
    sent = tell(failed);
  }
  if (sent) {
    reply_.reset();
  }
  return sent;
}

bool Keeper::flush_list() {
  if (!list_from_) {
    return true;
  }
  auto& all = children_.all();
  for (auto at = all.upper_bound(*list_from_); at != all.end(); ++at) {
    ManagedChild& child = at->second;
    Child record;
    FdList fds;
    record.start_id = at->first;
    record.pid = child.pid;
    record.start_time_ticks = child.start_time_ticks;
    record.flags = (child.ended ? child_ended : 0U) | (child.found ? child_found : 0U);
    record.exit = child.exit;
    record.descriptors = add_descriptors(child, fds);
    set_tail(record, child.blob);
    if (!tell(record, fds)) {
      return false;
    }
    child.known = true;
    list_from_ = at->first;
    ++listed_;
  }
  if (list_blob_due_) {
    FdList fds;
    fds.add(agent_blob_.get());
    list_blob_due_ = !tell(AgentBlob{}, fds);
    if (list_blob_due_) {
      return false;
    }
  }
  ListEnd end;
  end.children = listed_;
  if (!tell(end)) {
    return false;
  }
  list_from_.reset();
  return true;
}

bool Keeper::flush_held() {
  if (!held_from_) {
    return true;
  }
  for (auto at = held_.upper_bound(*held_from_); at != held_.end(); ++at) {
    Held record;
    FdList fds;
    set_name(record, at->first);
    fds.add(at->second.get());
    if (!tell(record, fds)) {
      return false;
    }
    held_from_ = at->first;
  }
  HeldEnd end;
  end.count = static_cast<std::uint32_t>(held_.size());
  if (!tell(end)) {
    return false;
  }
  held_from_.reset();
  return true;
}

bool Keeper::flush_troubles() {
  for (; troubles_told_ < troubles_.size(); ++troubles_told_) {
    Trouble trouble;
    trouble.with = troubles_[troubles_told_].with;
    set_tail(trouble, troubles_[troubles_told_].text);
    if (!tell(trouble)) {
      return false;
    }
  }
  return true;
}

bool Keeper::flush_fetch() {
  if (!fetch_) {
    return true;
  }
  FdList fds;
  bool sent = false;
  if (*fetch_ == 0) {
    if (agent_blob_.valid()) {
      fds.add(agent_blob_.get());
    }
    sent = tell(AgentBlob{}, fds);
  } else {
    Descriptors record;
    record.start_id = *fetch_;
    if (const ManagedChild* child = children_.find(*fetch_); child != nullptr) {
      record.descriptors = add_descriptors(*child, fds);
    }
    sent = tell(record, fds);
  }
  if (sent) {
    fetch_.reset();
  }
  return sent;
}

bool Keeper::flush_news() {
  if (started_due_) {
    Started started;
    started.pidfile_errno = pidfile_errno_;
    if (!tell(started)) {
      return false;
    }
    started_due_ = false;
  }
  for (; !exits_.empty(); exits_.pop_front()) {
    const ManagedChild* child = children_.find(exits_.front());
    Exited record;
    if (child == nullptr) {
      continue;  // acknowledged already, after a List
    }
    record.start_id = exits_.front();
    record.pid = child->pid;
    record.exit = child->exit;
    if (!tell(record)) {
      return false;
    }
  }
  for (int signo = 1; ready_since_ != never && signals_pending_ != 0 && signo < 32; ++signo) {
    SignalReceived received;
    received.signo = signo;
    if ((signals_pending_ & (1U << signo)) != 0) {
      if (!tell(received)) {
        return false;
      }
      if (!gone_) {  // else the next agent is told
        signals_pending_ &= ~(1U << signo);
        signals_told_ |= 1U << signo;
        signals_told_at_ = monotonic_now();
      }
    }
  }
  for (; !signal_failures_.empty(); signal_failures_.pop_front()) {
    if (!tell(signal_failures_.front())) {
      return false;
    }
  }
  for (; !hold_failures_.empty(); hold_failures_.pop_front()) {
    if (!tell(hold_failures_.front())) {
      return false;
    }
  }
  for (; !reaped_.empty(); reaped_.pop_front()) {
    if (!tell(reaped_.front())) {
      return false;
    }
  }
  return true;
}

}  // namespace holdfast::keeper
