#include "system/service_notifier.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/unique_fd.hpp"

namespace holdfast::system {

ServiceNotifier::ServiceNotifier() {
  if (const char* address = std::getenv("NOTIFY_SOCKET"); address != nullptr) {
    address_ = address;
  }
}

bool ServiceNotifier::notify(std::string_view assignments) const {
  sockaddr_un to{};
  if (address_.empty() || address_.size() >= sizeof to.sun_path || (address_[0] != '/' && address_[0] != '@')) {
    return false;
  }
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  if (address_[0] == '@') {
    to.sun_path[0] = '\0';
  }
  const socklen_t length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  return socket.valid() &&
         sendto(socket.get(), assignments.data(), assignments.size(), MSG_NOSIGNAL,
                reinterpret_cast<const sockaddr*>(&to), length) == static_cast<ssize_t>(assignments.size());
}

}  // namespace holdfast::system
