#include "transport/socket_waiter.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace holdfast::transport {

SocketWaiter::SocketWaiter() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

bool SocketWaiter::add(int fd, Source& source) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &source;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

bool SocketWaiter::add(zmq::socket_t& socket, Source& source) {
  revisit(source);  // what came before is not said by the descriptor any more if the socket has been used
  return add(socket.get(zmq::sockopt::fd), source);
}

void SocketWaiter::remove(zmq::socket_t& socket, Source& source) {
  // libzmq closes the descriptor later, on a thread of its own.
  (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket.get(zmq::sockopt::fd), nullptr);
  std::erase(again_, &source);
  source.revisited = false;
}

void SocketWaiter::revisit(Source& source) {
  if (!std::exchange(source.revisited, true)) {
    again_.push_back(&source);
  }
}

const std::vector<SocketWaiter::Source*>& SocketWaiter::wait(int timeout_ms) {
  std::array<epoll_event, limits::gossip_ready_max> events;
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), again_.empty() ? timeout_ms : 0);
  ready_.clear();
  std::swap(ready_, again_);
  for (Source* source : ready_) {
    source->revisited = false;
  }
  for (int i = 0; i < count; ++i) {
    ready_.push_back(static_cast<Source*>(events[static_cast<std::size_t>(i)].data.ptr));
  }
  return ready_;
}

}  // namespace holdfast::transport
