#include "http/socket_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>

namespace holdfast::http {

SocketAddress copy_address(const void* address, std::size_t size) {
  SocketAddress out;
  std::memcpy(&out.storage, address, size);
  out.size = static_cast<socklen_t>(size);
  return out;
}

std::optional<SocketAddress> literal_address(const Endpoint& to) {
  if (to.is_unix()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (to.unix_path.size() >= sizeof address.sun_path) {
      return std::nullopt;
    }
    std::memcpy(address.sun_path, to.unix_path.data(), to.unix_path.size());
    return copy_address(&address, sizeof address);
  }
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(to.port);
  if (::inet_pton(AF_INET, to.host.c_str(), &four.sin_addr) == 1) {
    return copy_address(&four, sizeof four);
  }
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(to.port);
  if (::inet_pton(AF_INET6, to.host.c_str(), &six.sin6_addr) == 1) {
    return copy_address(&six, sizeof six);
  }
  return std::nullopt;
}

}  // namespace holdfast::http
