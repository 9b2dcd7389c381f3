// accepted_peer.hpp: who is at the other end of a socket that was accepted: the address and port of a TCP client, the
// process behind a unix socket. Asks the kernel, keeps nothing. Called by the server for each new connection.
#pragma once

#include <sys/socket.h>

#include "http/request.hpp"

namespace holdfast::http {

/// Fills in address, port and description of a TCP client. An IPv4 address that came by an IPv6 socket is shown as
/// IPv4.
void describe_tcp(const sockaddr_storage& from, Peer& peer);

/// Fills in process, user and description of the client of a unix socket `fd`, as far as the kernel tells them.
void describe_unix(int fd, Peer& peer);

}  // namespace holdfast::http
