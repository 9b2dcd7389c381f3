#include "transport/multicast_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/limits.hpp"

namespace holdfast::transport {
namespace {

sockaddr_in address_of(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  (void)::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  return address;
}

template <typename Value>
bool set_option(int fd, int level, int option, const Value& value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/// The name of the step that failed, errno says why; empty: the group is joined.
std::string join(int fd, const MulticastOptions& options) {
  const int on = 1;
  const int off = 0;
  if (!set_option(fd, SOL_SOCKET, SO_REUSEADDR, on)) {
    return "sharing the port";
  }
  const sockaddr_in at =
      address_of(options.group, options.port);  // of the group: what is sent to this host alone is not for it
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    return "binding port " + std::to_string(options.port);
  }
  ip_mreqn membership{};
  membership.imr_multiaddr = at.sin_addr;
  membership.imr_address = address_of(options.interface_address, 0).sin_addr;
  if (!set_option(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership)) {
    return "joining the group";
  }
  if (!options.interface_address.empty() && !set_option(fd, IPPROTO_IP, IP_MULTICAST_IF, membership)) {
    return "choosing the interface";
  }
  (void)set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, off);
  if (!set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, options.ttl) ||
      !set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, on)) {
    return "setting the TTL";
  }
  return "";
}

}  // namespace

Result<std::unique_ptr<MulticastSocket>> MulticastSocket::open(const MulticastOptions& options) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const std::string failed = fd < 0 ? "making a socket" : join(fd, options);
  if (!failed.empty()) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) {
      ::close(fd);
    }
    const std::string where =
        options.interface_address.empty() ? "" : " on the interface with address " + options.interface_address;
    return Error{"multicast group " + options.group + ":" + std::to_string(options.port) + where + ": " + failed +
                 " failed: " + why};
  }
  return std::unique_ptr<MulticastSocket>(new MulticastSocket(fd, options));
}

MulticastSocket::~MulticastSocket() {
  ::close(fd_);
}

Status MulticastSocket::send(std::string_view bytes) {
  const sockaddr_in to = address_of(options_.group, options_.port);
  if (::sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
    return Error{"multicast group " + options_.group + ":" + std::to_string(options_.port) +
                 ": sending an announcement failed: " + std::strerror(errno)};
  }
  return {};
}

MulticastSocket::Datagram MulticastSocket::receive() {
  std::array<char, limits::announcement_bytes_max + 1> buffer;
  sockaddr_in from{};
  socklen_t from_size = sizeof from;
  const ssize_t size = ::recvfrom(fd_, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &from_size);
  std::array<char, INET_ADDRSTRLEN> text{};
  if (size < 0 || ::inet_ntop(AF_INET, &from.sin_addr, text.data(), text.size()) == nullptr) {
    return {};
  }
  return {std::string(buffer.data(), static_cast<std::size_t>(size)), text.data()};
}

}  // namespace holdfast::transport
