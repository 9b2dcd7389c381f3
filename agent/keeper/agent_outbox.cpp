#include "keeper/agent_outbox.hpp"

#include <cerrno>

#include "keeper/limits.hpp"

namespace holdfast::keeper {
namespace {

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

void AgentOutbox::greet(const Welcome& welcome) {
  greeted_ = true;
  welcome_ = welcome;
}

void AgentOutbox::started(int pidfile_errno) {
  ready_ = true;
  started_.emplace().pidfile_errno = pidfile_errno;
}

void AgentOutbox::disconnect() {
  greeted_ = blocked_ = gone_ = ready_ = list_blob_due_ = false;
  welcome_.reset();
  started_.reset();
  reply_.reset();
  list_from_.reset();
  held_from_.reset();
  fetch_.reset();
  exits_.clear();  // List tells the next agent
  signal_failures_.clear();
  hold_failures_.clear();
  resend_at_ = never;
}

void AgentOutbox::list() {
  list_from_ = 0;
  listed_ = 0;
  list_blob_due_ = tables_.agent_blob.valid();
}

void AgentOutbox::reaped(const Reaped& orphan) {
  reaped_.push_back(orphan);
  if (reaped_.size() > limits::max_reaped) {
    reaped_.pop_front();
  }
}

void AgentOutbox::signal_failed(const SignalFailed& failed) {
  if (signal_failures_.size() < limits::max_signal_failures) {
    signal_failures_.push_back(failed);
  }
}

void AgentOutbox::hold_failed(const HoldFailed& failed) {
  if (hold_failures_.size() < max_held) {
    hold_failures_.push_back(failed);
  }
}

void AgentOutbox::note_trouble(TroubleWith with, std::string_view text) {
  troubles_.push_back({with, std::string(text.substr(0, max_trouble_text))});
  if (troubles_.size() > limits::max_troubles) {
    troubles_.pop_front();
  }
}

void AgentOutbox::end_of_agent(bool unread) {
  if (unread && monotonic_now() - signals_told_at_ < limits::resend_signals_within) {
    signals_pending_ |= signals_told_;  // it may not have seen them; twice does no harm, so soon
  }
  signals_told_ = 0;
}

/// False: it could not be sent now, and is to be tried again when there is room.
template <typename R>
bool AgentOutbox::tell(const R& record, const FdList& fds) {
  const int error = send_record(tables_.socket.get(), record, fds);
  if (error == EAGAIN || error == ENOBUFS || error == ETOOMANYREFS || error == ENOMEM) {
    blocked_ = true;
    resend_at_ = error == EAGAIN ? never : monotonic_now() + limits::resend_after;
    return false;
  }
  gone_ = gone_ || error != 0;  // the agent is gone, which the socket says next
  return true;
}

template <typename R>
bool AgentOutbox::tell_all(std::deque<R>& records) {
  for (; !records.empty(); records.pop_front()) {
    if (!tell(records.front())) {
      return false;
    }
  }
  return true;
}

void AgentOutbox::flush() {
  if (!tables_.socket.valid() || !greeted_ || resend_at_ != never) {
    return;
  }
  blocked_ = false;
  if (welcome_ && tell(*welcome_)) {
    welcome_.reset();
  }
  [[maybe_unused]] const bool all =
      !welcome_ && flush_troubles() && flush_reply() && flush_list() && flush_held() && flush_fetch() && flush_news();
}

bool AgentOutbox::flush_reply() {
  if (!reply_) {
    return true;
  }
  ManagedChild* child = tables_.children.find(reply_->start_id);
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

bool AgentOutbox::flush_list() {
  if (!list_from_) {
    return true;
  }
  auto& all = tables_.children.all();
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
    fds.add(tables_.agent_blob.get());
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

bool AgentOutbox::flush_held() {
  if (!held_from_) {
    return true;
  }
  for (auto at = tables_.held.upper_bound(*held_from_); at != tables_.held.end(); ++at) {
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
  end.count = static_cast<std::uint32_t>(tables_.held.size());
  if (!tell(end)) {
    return false;
  }
  held_from_.reset();
  return true;
}

bool AgentOutbox::flush_troubles() {
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

bool AgentOutbox::flush_fetch() {
  if (!fetch_) {
    return true;
  }
  FdList fds;
  bool sent = false;
  if (*fetch_ == 0) {
    if (tables_.agent_blob.valid()) {
      fds.add(tables_.agent_blob.get());
    }
    sent = tell(AgentBlob{}, fds);
  } else {
    Descriptors record;
    record.start_id = *fetch_;
    if (const ManagedChild* child = tables_.children.find(*fetch_); child != nullptr) {
      record.descriptors = add_descriptors(*child, fds);
    }
    sent = tell(record, fds);
  }
  if (sent) {
    fetch_.reset();
  }
  return sent;
}

bool AgentOutbox::flush_news() {
  if (started_ && !tell(*started_)) {
    return false;
  }
  started_.reset();
  for (; !exits_.empty(); exits_.pop_front()) {
    const ManagedChild* child = tables_.children.find(exits_.front());
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
  return flush_signals() && tell_all(signal_failures_) && tell_all(hold_failures_) && tell_all(reaped_);
}

bool AgentOutbox::flush_signals() {
  for (int signo = 1; ready_ && signals_pending_ != 0 && signo < 32; ++signo) {
    SignalReceived received;
    received.signo = signo;
    if (!signal_pending(signo)) {
      continue;
    }
    if (!tell(received)) {
      return false;
    }
    if (!gone_) {  // else the next agent is told
      signals_pending_ &= ~(1U << signo);
      signals_told_ |= 1U << signo;
      signals_told_at_ = monotonic_now();
    }
  }
  return true;
}

}  // namespace holdfast::keeper
