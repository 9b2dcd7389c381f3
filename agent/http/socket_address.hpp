// socket_address.hpp: an address as the kernel takes it, and the endpoints that are one already: a numeric IP address
// or the path of a unix socket. Looks nothing up. Pure; used by the loop's client.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <optional>

#include "http/uri.hpp"

namespace holdfast::http {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

/// A copy of `size` bytes of some sockaddr.
SocketAddress copy_address(const void* address, std::size_t size);

/// nullopt: a host name, or a path that is too long for a unix socket.
std::optional<SocketAddress> literal_address(const Endpoint& to);

}  // namespace holdfast::http
