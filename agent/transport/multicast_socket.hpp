// multicast_socket.hpp: one UDP socket that has joined a multicast group and sends to it (contract supvisors.md CFG-04
// to CFG-06). Datagrams in and out, never blocking; what they mean is announcement.hpp's. Several agents of one machine
// share group and port, and hear each other. Called by the composition root on the loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace holdfast::transport {

struct MulticastOptions {
  std::string group;  // IPv4
  std::uint16_t port = 0;
  std::string interface_address;  // IPv4 of the interface to join on and to send by; empty: the system chooses
  int ttl = 1;
};

class MulticastSocket {
 public:
  /// The error says which step failed and why; nothing is left open then.
  static Result<std::unique_ptr<MulticastSocket>> open(const MulticastOptions& options);
  ~MulticastSocket();
  MulticastSocket(const MulticastSocket&) = delete;
  MulticastSocket& operator=(const MulticastSocket&) = delete;

  /// Readable when receive() has something to give.
  [[nodiscard]] int fd() const { return fd_; }
  Status send(std::string_view bytes);

  struct Datagram {
    std::string bytes;  // cut at limits::announcement_bytes_max + 1
    std::string from;   // numeric address
  };
  /// The next one that waits, or nullptr-like: an empty `from` means none.
  Datagram receive();

 private:
  MulticastSocket(int fd, MulticastOptions options) : fd_(fd), options_(std::move(options)) {}

  int fd_;
  MulticastOptions options_;
};

}  // namespace holdfast::transport
