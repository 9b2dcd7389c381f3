#include "system/keeper_outbox.hpp"

#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "base/limits.hpp"
#include "keeper/protocol.hpp"
#include "keeper/socket.hpp"

namespace holdfast::system {

KeeperOutbox::KeeperOutbox(boost::asio::posix::stream_descriptor& socket, OnUnsent on_unsent)
    : socket_(socket), on_unsent_(std::move(on_unsent)), retry_(socket.get_executor()) {}

Status KeeperOutbox::send(Request request) {
  if (queue_.size() >= limits::keeper_queue_records) {
    return Error{"the keeper does not keep up: " + std::to_string(queue_.size()) + " requests wait", ENOBUFS};
  }
  queue_.push_back(std::move(request));
  if (queue_.size() == 1) {
    flush();
  }
  return {};
}

/// 0, EAGAIN (not now), or the errno that lost the connection.
int KeeperOutbox::try_send(const Request& request) const {
  keeper::FdList fds;
  keeper::Fd memfd;
  if (!request.memfd.empty()) {
    memfd = keeper::make_sealed_memfd("spawn-request", request.memfd);
    if (!memfd.valid()) {
      return errno == ENFILE ? ENFILE : EMFILE;
    }
    fds.add(memfd.get());
  }
  if (request.fd.valid()) {
    fds.add(request.fd.get());
  }
  const int error = keeper::send_packet(socket_.native_handle(), request.bytes.data(), request.bytes.size(), fds);
  return error == ENOBUFS || error == ENOMEM || error == ETOOMANYREFS ? EAGAIN : error;
}

void KeeperOutbox::flush() {
  while (!queue_.empty()) {
    const int error = try_send(queue_.front());
    if (error == EAGAIN) {
      wait_writable();
      return;
    }
    if (error == EMFILE || error == ENFILE) {
      refuse(queue_.front(), error);
      queue_.pop_front();
      continue;
    }
    if (error != 0) {
      queue_.clear();  // the reading side reports the loss, after what still can be read
      return;
    }
    queue_.pop_front();
  }
}

/// Told later, as the keeper's answers come.
void KeeperOutbox::refuse(const Request& request, int error) {
  keeper::Spawn spawn;
  if (keeper::read_record(request.bytes.data(), request.bytes.size(), spawn)) {
    boost::asio::post(socket_.get_executor(), [this, alive = alive_, id = spawn.start_id, error] {
      if (*alive) {
        on_unsent_(id, error);
      }
    });
  }
}

void KeeperOutbox::wait_writable() {
  if (writing_) {
    return;
  }
  writing_ = true;
  // Not async_wait(wait_write) alone: a socket that is writable while descriptors are short would spin.
  retry_.expires_after(limits::keeper_send_again);
  retry_.async_wait([this, alive = alive_](const boost::system::error_code& error) {
    if (*alive && !error) {
      socket_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                         [this, alive](const boost::system::error_code& why) {
                           if (*alive) {
                             writing_ = false;
                             if (!why) {
                               flush();
                             }
                           }
                         });
    }
  });
}

}  // namespace holdfast::system
