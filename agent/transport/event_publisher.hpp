// event_publisher.hpp: Supvisors' external event interface on ZeroMQ (contract supvisors.md 7.5): a bound XPUB socket,
// messages of two parts (header, JSON body), and who subscribes to what. It has a ZeroMQ context of its own, so that
// strangers at this port are not in the way of the gossip, and no thread: libzmq sends, the loop gives. It makes no
// message itself. What a subscriber has not read when its queue is full is lost to it (PUB never waits); libzmq does
// not say how much that was.
//
// Threading: the loop only. Wait for both fds() to be readable and call pump(); publish() pumps by itself, because
// ZeroMQ's descriptors tell of news once only, and a send may be what takes them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace holdfast::transport {

struct EventPublisherOptions {
  std::string bind_address;  // numeric; empty = any
  std::uint16_t port = 0;    // 0: any free one (tests)
  /// Judges the account that a subscriber names (ZeroMQ PLAIN); absent: nobody is asked.
  std::function<bool(const std::string& user, const std::string& password)> account;
};

class EventPublisher {
 public:
  struct Handlers {
    /// Somebody subscribes to the messages whose header begins with `text`: new, or one more who does.
    std::function<void(const std::string& text)> on_subscribed;
    /// The last one who did is gone.
    std::function<void(const std::string& text)> on_unsubscribed;
  };

  explicit EventPublisher(Handlers handlers);
  ~EventPublisher();
  EventPublisher(const EventPublisher&) = delete;
  EventPublisher& operator=(const EventPublisher&) = delete;

  /// Binds; returns the port. On error nothing is bound.
  Result<std::uint16_t> open(const EventPublisherOptions& options);
  /// To everybody who subscribes to such a header. Before open() it does nothing.
  void publish(std::string_view header, std::string_view body);
  /// Takes what has come: subscriptions, accounts to judge.
  void pump();
  /// Of the sockets; valid after open(). The second is -1 when no account is asked for.
  [[nodiscard]] std::array<int, 2> fds() const;
  /// Subscribers refused for their account, or lack of it.
  [[nodiscard]] std::uint64_t refused() const;

 private:
  class Sockets;
  Handlers handlers_;
  std::unique_ptr<Sockets> sockets_;
};

}  // namespace holdfast::transport
