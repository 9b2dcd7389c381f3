#include "system/keeper_client.hpp"

#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/limits.hpp"

namespace holdfast::system {
namespace {

/// Takes the descriptors of a Spawned or Child record apart; those missing stay invalid.
ChildDescriptors take_descriptors(keeper::Packet& packet, std::uint32_t bits) {
  ChildDescriptors out;
  std::size_t next = 0;
  const auto take = [&](keeper::DescriptorBit bit, UniqueFd& fd) {
    if ((bits & bit) != 0 && next < packet.fd_count) {
      fd.reset(packet.fds[next++].release());
    }
  };
  take(keeper::stdin_write, out.stdin_write);
  take(keeper::stdout_read, out.stdout_read);
  take(keeper::stderr_read, out.stderr_read);
  take(keeper::stdout_spool, out.stdout_spool);
  take(keeper::stderr_spool, out.stderr_spool);
  return out;
}

ChildExit exit_of(std::uint64_t start_id, std::int32_t pid, const keeper::ExitFacts& facts) {
  return ChildExit{start_id,
                   pid,
                   facts.wait_status,
                   facts.failed_stage,
                   facts.failed_errno,
                   facts.unknown != 0,
                   Instant{facts.monotonic_ns},
                   WallTime{facts.wall_us}};
}

template <typename Handler, typename... Args>
void call(const Handler& handler, Args&&... args) {
  if (handler) {
    handler(std::forward<Args>(args)...);
  }
}

}  // namespace

KeeperClient::KeeperClient(boost::asio::io_context& loop, UniqueFd socket, Handlers handlers)
    : socket_(loop),
      handlers_(std::move(handlers)),
      outbox_(socket_,
              [this](std::uint64_t start_id, int error) {  // as if the keeper had refused it
                call(handlers_.on_spawn_failed, start_id, keeper::Stage::pipe, error);
              }),
      packet_(std::make_unique<keeper::Packet>()) {
  if (socket.valid()) {
    fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
    boost::system::error_code error;
    socket_.assign(socket.get(), error);
    if (!error) {
      [[maybe_unused]] const int owned = socket.release();
    }
  }
}

KeeperClient::~KeeperClient() {
  *alive_ = false;
}

Status KeeperClient::start() {
  if (!socket_.is_open()) {
    return Error{"descriptor 3 is not the keeper's socket: holdfast-agent is started by holdfastd", EBADF};
  }
  keeper::Hello hello;
  hello.pid = static_cast<std::uint32_t>(getpid());
  const Status sent = send(hello);
  wait_readable();
  return sent;
}

Status KeeperClient::ready() {
  return send(keeper::Ready{});
}

void KeeperClient::fail(std::string_view text) {
  keeper::Fail record;
  keeper::set_tail(record, text.substr(0, keeper::max_fail_text));
  [[maybe_unused]] const int error = keeper::send_record(socket_.native_handle(), record);
}

Status KeeperClient::spawn(std::uint64_t start_id, const keeper::SpawnRequest& request, int stdin_fd) {
  keeper::Spawn record;
  record.start_id = start_id;
  std::string bytes = keeper::encode(request);
  if (bytes.size() > keeper::max_spawn_request) {
    return Error{"arguments and environment of " + request.filename + " are " + std::to_string(bytes.size()) +
                     " bytes; nothing was started",
                 E2BIG};
  }
  UniqueFd copy;
  if (request.stdin_passed) {
    copy.reset(fcntl(stdin_fd, F_DUPFD_CLOEXEC, 3));
    if (!copy.valid()) {
      return Error{"standard input of " + request.filename + " cannot be passed on; nothing was started", errno};
    }
  }
  return send(record, std::move(bytes), std::move(copy));
}

Status KeeperClient::signal(std::uint64_t start_id, int signo, keeper::SignalTo to) {
  keeper::Signal record;
  record.start_id = start_id;
  record.signo = signo;
  record.to = to;
  return send(record);
}

Status KeeperClient::set_blob(std::uint64_t start_id, std::string_view blob) {
  keeper::SetBlob record;
  record.start_id = start_id;
  if (!keeper::set_tail(record, blob)) {
    return Error{"a program's record of " + std::to_string(blob.size()) + " bytes is too long; the older one stays",
                 EMSGSIZE};
  }
  return send(record);
}

Status KeeperClient::set_agent_blob(std::string_view blob) {
  if (blob.size() > keeper::max_agent_blob) {
    return Error{"the agent's record of " + std::to_string(blob.size()) + " bytes is too long; the older one stays",
                 EMSGSIZE};
  }
  keeper::Fd memfd = keeper::make_sealed_memfd("agent-blob", blob);
  if (!memfd.valid()) {
    return Error{"no memfd for the agent's record; the older one stays", errno};
  }
  return send(keeper::SetAgentBlob{}, {}, UniqueFd(memfd.release()));
}

Status KeeperClient::acknowledge(std::uint64_t start_id) {
  keeper::Acknowledge record;
  record.start_id = start_id;
  return send(record);
}

Status KeeperClient::release_pipes(std::uint64_t start_id) {
  keeper::ReleasePipes record;
  record.start_id = start_id;
  return send(record);
}

Status KeeperClient::spool_taken(std::uint64_t start_id, keeper::Channel channel) {
  keeper::SpoolTaken record;
  record.start_id = start_id;
  record.channel = channel;
  return send(record);
}

Status KeeperClient::fetch(std::uint64_t start_id) {
  keeper::Fetch record;
  record.start_id = start_id;
  return send(record);
}

Status KeeperClient::list() {
  return send(keeper::List{});
}

Status KeeperClient::hold(std::string_view name, int fd) {
  keeper::Hold record;
  UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy.valid() || !keeper::set_name(record, name)) {
    return Error{"the keeper cannot hold '" + std::string(name) + "'" +
                     (copy.valid() ? ", the name is longer than it takes" : ""),
                 copy.valid() ? ENAMETOOLONG : EBADF};
  }
  if (!held_.contains(name) && held_.size() >= keeper::max_held) {
    return Error{"the keeper holds " + std::to_string(held_.size()) + " things already, which is its limit", ENOSPC};
  }
  Status sent = send(record, {}, std::move(copy));
  if (sent) {
    held_.emplace(name);
  }
  return sent;
}

Status KeeperClient::release(std::string_view name) {
  keeper::Release record;
  if (!keeper::set_name(record, name)) {
    return Error{"the keeper holds nothing named '" + std::string(name) + "'", ENAMETOOLONG};
  }
  if (const auto found = held_.find(name); found != held_.end()) {
    held_.erase(found);
  }
  return send(record);
}

Status KeeperClient::list_held() {
  return send(keeper::ListHeld{});
}

// ---- sending ----

template <typename R>
Status KeeperClient::send(const R& record, std::string memfd, UniqueFd fd) {
  if (lost_ || !socket_.is_open()) {
    return Error{"the keeper is gone", EPIPE};
  }
  KeeperOutbox::Request request;
  request.bytes.assign(reinterpret_cast<const char*>(&record), keeper::wire_size(record));
  request.memfd = std::move(memfd);
  request.fd = std::move(fd);
  return outbox_.send(std::move(request));
}

// ---- receiving ----

void KeeperClient::wait_readable() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this, alive = alive_](const boost::system::error_code& error) {
                       if (*alive && !error) {
                         read_some();
                       }
                     });
}

void KeeperClient::read_some() {
  const std::shared_ptr<bool> alive = alive_;
  for (int turn = 0; turn < limits::keeper_packets_per_turn; ++turn) {
    const int error = keeper::receive_packet(socket_.native_handle(), *packet_);
    if (error == EAGAIN) {
      break;
    }
    if (error == ECONNRESET) {
      continue;  // it died with words of ours unread; what it said before comes now
    }
    if (error != 0 || packet_->length == 0) {
      lose(Error{"the keeper (holdfastd) is gone; programs go on unsupervised", error});
      return;
    }
    handle(*packet_);
    if (!*alive) {
      return;  // a handler destroyed us
    }
  }
  wait_readable();
}

void KeeperClient::lose(Error why) {
  lost_ = true;
  outbox_.clear();
  call(handlers_.on_lost, why);
}

void KeeperClient::handle(keeper::Packet& packet) {
  keeper::Welcome welcome;
  keeper::Started started;
  keeper::Exited exited;
  keeper::SignalReceived received;
  keeper::SignalFailed signal_failed;
  keeper::Reaped reaped;
  keeper::Trouble trouble;
  if (packet.read(exited)) {
    call(handlers_.on_exited, exit_of(exited.start_id, exited.pid, exited.exit));
  } else if (packet.read(welcome)) {
    call(handlers_.on_welcome, welcome);
  } else if (packet.read(started)) {
    call(handlers_.on_started, started.pidfile_errno);
  } else if (packet.read(received)) {
    call(handlers_.on_signal, received.signo);
  } else if (packet.read(signal_failed)) {
    call(handlers_.on_signal_failed, signal_failed.start_id, signal_failed.signo, signal_failed.error);
  } else if (packet.read(reaped)) {
    call(handlers_.on_reaped, reaped.pid, reaped.wait_status);
  } else if (packet.read(trouble)) {
    call(handlers_.on_trouble, trouble.with, std::string(keeper::tail_of(trouble)));
  } else {
    handle_child_records(packet);
  }
}

void KeeperClient::handle_child_records(keeper::Packet& packet) {
  keeper::Spawned spawned;
  keeper::SpawnFailed failed;
  keeper::Child child;
  keeper::Descriptors descriptors;
  if (packet.read(spawned)) {
    call(handlers_.on_spawned, SpawnedChild{spawned.start_id, spawned.pid, spawned.start_time_ticks,
                                            take_descriptors(packet, spawned.descriptors), packet.cut});
  } else if (packet.read(failed)) {
    call(handlers_.on_spawn_failed, failed.start_id, failed.stage, failed.error);
  } else if (packet.read(child)) {
    FoundChild found;
    found.child = SpawnedChild{child.start_id, child.pid, child.start_time_ticks,
                               take_descriptors(packet, child.descriptors), packet.cut};
    found.blob = keeper::tail_of(child);
    found.of_killed_keeper = (child.flags & keeper::child_found) != 0;
    if ((child.flags & keeper::child_ended) != 0) {
      found.exit = exit_of(child.start_id, child.pid, child.exit);
    }
    call(handlers_.on_child, std::move(found));
  } else if (packet.read(descriptors)) {
    call(handlers_.on_descriptors, descriptors.start_id, take_descriptors(packet, descriptors.descriptors), packet.cut);
  } else {
    handle_found(packet);
  }
}

void KeeperClient::handle_found(keeper::Packet& packet) {
  keeper::Held held;
  keeper::HoldFailed hold_failed;
  const auto is = [&packet](keeper::Kind kind) { return packet.kind() == static_cast<std::uint16_t>(kind); };
  if (is(keeper::Kind::agent_blob)) {
    handle_agent_blob(packet);
  } else if (is(keeper::Kind::list_end)) {
    end_list();
  } else if (is(keeper::Kind::held)) {
    if (packet.read(held) && packet.fd_count == 1) {
      held_.emplace(keeper::name_in(held));
      call(handlers_.on_held, std::string(keeper::name_in(held)), UniqueFd(packet.fds[0].release()));
    }
    held_cut_ = held_cut_ || packet.cut;
  } else if (is(keeper::Kind::held_end)) {
    if (std::exchange(held_cut_, false)) {
      ask_later([this] { (void)list_held(); });
    } else {
      call(handlers_.on_held_end);
    }
  } else if (packet.read(hold_failed)) {
    call(handlers_.on_hold_failed, std::string(keeper::name_in(hold_failed)));
  }  // anything else is malformed, or of a newer keeper: ignored
}

void KeeperClient::handle_agent_blob(keeper::Packet& packet) {
  blob_cut_ = packet.cut;
  if (packet.fd_count == 1) {
    if (auto blob = keeper::read_sealed_memfd(packet.fds[0].get(), keeper::max_agent_blob)) {
      call(handlers_.on_agent_blob, std::move(*blob));
    }
  }
  if (list_end_waits_) {
    end_list();
  }
}

/// The list is whole when the agent's blob is here: it tells who is to be supervised.
void KeeperClient::end_list() {
  list_end_waits_ = blob_cut_;
  if (list_end_waits_) {
    ask_later([this] { (void)fetch(0); });
  } else {
    call(handlers_.on_list_end);
  }
}

/// Descriptors are short: what came without them is asked for again.
void KeeperClient::ask_later(std::function<void()> question) {
  again_.expires_after(limits::keeper_ask_again);
  again_.async_wait([alive = alive_, question = std::move(question)](const boost::system::error_code& error) {
    if (*alive && !error) {
      question();
    }
  });
}

}  // namespace holdfast::system
