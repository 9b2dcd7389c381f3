// What the agent asks of the keeper (a part of keeper.hpp); what it is told is agent_outbox.hpp's.
#include <signal.h>

#include <algorithm>

#include "keeper/keeper.hpp"
#include "keeper/limits.hpp"

namespace holdfast::keeper {

void Keeper::read_requests() {
  Packet packet;
  for (int turn = 0; socket_.valid() && turn < limits::packets_per_turn; ++turn) {
    if (outbox_.busy() && agent_pid_ > 0) {
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
    outbox_.flush();
  }
}

void Keeper::handle(Packet& packet) {
  Hello hello;
  Fail fail;
  Signal signal;
  SetBlob blob;
  Acknowledge acknowledge;
  ReleasePipes release_pipes;
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
  } else if (packet.read(release_pipes)) {
    children_.release_pipes(release_pipes.start_id, options_.settings.state_dir);
  } else if (packet.kind() == static_cast<std::uint16_t>(Kind::list)) {
    outbox_.list();
  } else if (packet.kind() == static_cast<std::uint16_t>(Kind::list_held)) {
    outbox_.list_held();
  } else if (packet.kind() == static_cast<std::uint16_t>(Kind::ready)) {
    handle_ready();
  } else if (packet.read(fail)) {
    fail_text_ = tail_of(fail);
  } else if (packet.read(hold)) {
    handle_hold(packet, hold);
  } else if (packet.read(fetch)) {
    outbox_.fetch(fetch.start_id);
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
  if (hello.min_version > protocol_version || outbox_.greeted()) {
    fail_text_ = "it needs a newer keeper than this one: install both programs, then restart the keeper";
    kill_agent();
    return;
  }
  if (!keep_children()) {
    kill_agent();
    return;
  }
  said_hello_ = true;
  outbox_.greet(welcome());
}

Welcome Keeper::welcome() {
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
  return welcome;
}

/// With the first agent that has locked the state directory: programs of a killed keeper are found. False:
/// another keeper lives, whose agent is away for a moment.
bool Keeper::keep_children() {
  if (children_file_tried_) {
    return true;
  }
  children_file_tried_ = true;
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
    outbox_.forget_troubles();  // it was told all of them before it asked for the first list
    if (!was_ready_) {
      was_ready_ = true;
      pidfile_errno_ = options_.settings.pidfile.empty() ? 0 : write_pidfile(options_.settings.pidfile);
      if (options_.starter.valid()) {
        tell_starter(options_.starter, 0, {});
      }
    }
    outbox_.started(pidfile_errno_);
  }
}

void Keeper::handle_spawn(Packet& packet) {
  Spawn spawn;
  AgentOutbox::Reply reply;
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
    const SpawnOutcome outcome = children_.start(spawn.start_id, *request, std::move(packet.fds[1]), options_.limits);
    reply.stage = outcome.stage;
    reply.error = outcome.error;
  }
  outbox_.reply(reply);
}

void Keeper::handle_signal(const Signal& request) {
  const ManagedChild* child = children_.find(request.start_id);
  if (child == nullptr || child->ended) {
    return;
  }
  const int error = Children::send_signal(*child, request.signo, request.to);
  if (error != 0 && error != ESRCH) {
    SignalFailed failed;
    failed.start_id = request.start_id;
    failed.signo = request.signo;
    failed.error = error;
    outbox_.signal_failed(failed);
  }
}

void Keeper::handle_hold(Packet& packet, const Hold& request) {
  const std::string name(name_in(request));
  if (packet.cut) {
    HoldFailed failed;
    if (set_name(failed, name)) {
      outbox_.hold_failed(failed);
    }
    return;
  }
  if (name.empty() || packet.fd_count != 1 || (held_.size() >= max_held && !held_.contains(name))) {
    return;
  }
  held_[name] = std::move(packet.fds[0]);
}

}  // namespace holdfast::keeper
