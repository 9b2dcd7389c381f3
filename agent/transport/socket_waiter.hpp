// socket_waiter.hpp: waits for many ZeroMQ sockets and descriptors at once, with epoll: a turn costs what is ready,
// where zmq_poll asks every socket every time (a third of an agent's CPU at rest among 24). Never sends or receives.
// Used by the gossip thread, on that thread.
//
// A ZeroMQ socket's descriptor says that there is something to look into, and says it no more once the socket has been
// looked into: so each source that wait() names is to be received from until nothing is left, or named again by
// revisit(), and a socket that is sent on is to be received from afterwards, too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>
#include <zmq.hpp>

#include "base/instant.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::transport {

class SocketWaiter {
 public:
  /// What is waited for; owned by the caller, who keeps it where it is from add() to remove().
  struct Source {
    std::uint64_t tag = 0;  // the caller's
    bool revisited = false;
  };

  SocketWaiter();

  /// False: no descriptor is left for it, it will not be named.
  bool add(int fd, Source& source);
  bool add(zmq::socket_t& socket, Source& source);
  /// Before the socket is closed.
  void remove(zmq::socket_t& socket, Source& source);
  /// wait() names it the next time, whatever its descriptor says.
  void revisit(Source& source);

  /// Names what is ready, at the latest after `timeout_ms` (-1: no limit; 0 while something is to be revisited). Valid
  /// until the next call, or remove(). Bounded: who is left out comes the next time.
  const std::vector<Source*>& wait(int timeout_ms);

 private:
  UniqueFd epoll_;
  std::vector<Source*> ready_;
  std::vector<Source*> again_;
};

}  // namespace holdfast::transport
