// keeper_outbox.hpp: what the agent asks of the keeper and the socket has not taken yet: a bounded queue, sent in order
// as soon as there is room. It never blocks, reads no answer, and says nothing of a keeper that is gone: who reads the
// socket sees that. Part of KeeperClient; loop thread only.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::system {

class KeeperOutbox {
 public:
  /// One packet to the keeper.
  struct Request {
    std::string bytes;
    std::string memfd;  // content of a sealed memfd to be made when it is sent; empty = none
    UniqueFd fd;
  };
  /// A start for whose request this process had no descriptor is left out, so that it does not hold up what is asked
  /// after it, an end above all. Called from the loop, later.
  using OnUnsent = std::function<void(std::uint64_t start_id, int error)>;

  /// `socket` outlives it.
  KeeperOutbox(boost::asio::posix::stream_descriptor& socket, OnUnsent on_unsent);
  ~KeeperOutbox() { *alive_ = false; }
  KeeperOutbox(const KeeperOutbox&) = delete;
  KeeperOutbox& operator=(const KeeperOutbox&) = delete;

  /// Sends it now, or keeps it. An error: limits::keeper_queue_records wait already; nothing is kept of it.
  Status send(Request request);
  /// Forgets what waits.
  void clear() { queue_.clear(); }
  [[nodiscard]] std::size_t size() const { return queue_.size(); }

 private:
  [[nodiscard]] int try_send(const Request& request) const;
  void refuse(const Request& request, int error);
  void flush();
  void wait_writable();

  boost::asio::posix::stream_descriptor& socket_;
  OnUnsent on_unsent_;
  boost::asio::steady_timer retry_;
  std::deque<Request> queue_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // seen by handlers that may outlive us
  bool writing_ = false;
};

}  // namespace holdfast::system
