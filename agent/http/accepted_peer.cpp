#include "http/accepted_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>
#include <string_view>

namespace holdfast::http {

void describe_tcp(const sockaddr_storage& from, Peer& peer) {
  char text[INET6_ADDRSTRLEN] = {};
  if (from.ss_family == AF_INET) {
    const auto& four = *reinterpret_cast<const sockaddr_in*>(&from);
    ::inet_ntop(AF_INET, &four.sin_addr, text, sizeof text);
    peer.port = ntohs(four.sin_port);
  } else {
    const auto& six = *reinterpret_cast<const sockaddr_in6*>(&from);
    ::inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof text);
    peer.port = ntohs(six.sin6_port);
  }
  constexpr std::string_view mapped = "::ffff:";
  std::string_view address(text);
  if (address.starts_with(mapped) && address.find('.') != std::string_view::npos) {
    address.remove_prefix(mapped.size());
  }
  peer.address = address;
  const bool six = address.find(':') != std::string_view::npos;
  peer.description = (six ? "[" + peer.address + "]" : peer.address) + ":" + std::to_string(peer.port);
}

void describe_unix(int fd, Peer& peer) {
  peer.is_unix = true;
  peer.description = "unix socket";
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0) {
    peer.uid = who.uid;
    peer.pid = who.pid;
    peer.description += " (pid " + std::to_string(who.pid) + ", uid " + std::to_string(who.uid) + ")";
  }
}

}  // namespace holdfast::http
