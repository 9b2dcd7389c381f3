// listener.hpp: makes listening sockets as Supervisor does (contract supervisor.md 1.7 and 1.8), with its
// texts. Used at launch, before anything runs: it may block for at most limits::http_probe. The sockets are
// non-blocking and close-on-exec; the keeper may hold them, then Server takes a duplicate.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace holdfast::http {

struct SocketOwner {
  uid_t uid = static_cast<uid_t>(-1);  // -1 = as it is
  gid_t gid = static_cast<gid_t>(-1);
};

/// A listening TCP socket. `host`: "" or "*" = any address, IPv6 and IPv4; else a name or a literal, brackets
/// allowed. `port` 0 lets the kernel choose (tests). Errors carry the errno as code, and the text of
/// contract 1.8.
Result<UniqueFd> make_tcp_listener(const std::string& host, std::uint16_t port);

/// A listening unix socket at `path`: bound as `<path>.<pid>`, given its mode and linked, so that it is never
/// visible with wider rights; a socket that nobody answers on is removed, with one line on stderr
/// (contract 1.7).
Result<UniqueFd> make_unix_listener(const std::string& path, mode_t mode, std::optional<SocketOwner> owner);

/// The port a TCP socket listens on; 0 for any other.
std::uint16_t local_port_of(int fd);

/// "Another program is already listening on a port …" (contract 1.8).
extern const std::string_view kAddressInUse;

}  // namespace holdfast::http
