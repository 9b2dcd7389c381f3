#include "drivers/programs/fcgi_sockets.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/socket_file.hpp"

namespace holdfast {
namespace {

Error error_of(const config::FcgiSocketSettings& settings, const std::string& why) {
  return Error{"Could not create FastCGI socket " + settings.url + ": " + why};
}

Error system_error(const config::FcgiSocketSettings& settings) {
  return error_of(settings, ::strerrordesc_np(errno));
}

Result<UniqueFd> bind_tcp(const config::FcgiSocketSettings& settings) {
  addrinfo hints{};
  hints.ai_family = AF_INET;  // as Supervisor
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(settings.host.c_str(), std::to_string(settings.port).c_str(), &hints, &found);
  if (failed != 0) {
    return error_of(settings, ::gai_strerror(failed));
  }
  UniqueFd made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  const bool bound = made.valid() && ::setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                     ::bind(made.get(), found->ai_addr, found->ai_addrlen) == 0;
  const int error = errno;
  ::freeaddrinfo(found);
  errno = error;
  return bound ? Result<UniqueFd>(std::move(made)) : system_error(settings);
}

Result<UniqueFd> bind_unix(const config::FcgiSocketSettings& settings) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (settings.path.size() >= sizeof address.sun_path) {
    return error_of(settings, "the path is longer than a socket's may be");
  }
  std::memcpy(address.sun_path, settings.path.data(), settings.path.size());
  if (!remove_socket_file(settings.path)) {
    return error_of(settings, errno == EEXIST ? settings.path + " exists and is not a socket; it is left alone"
                                              : std::string(::strerrordesc_np(errno)));
  }
  UniqueFd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!made.valid() || ::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return system_error(settings);
  }
  if ((settings.owner && ::chown(settings.path.c_str(), settings.owner->first, settings.owner->second) != 0) ||
      ::chmod(settings.path.c_str(), settings.mode) != 0) {
    Error error = system_error(settings);
    (void)::unlink(settings.path.c_str());
    return error;
  }
  return made;
}

Result<UniqueFd> make_socket(const config::FcgiSocketSettings& settings) {
  auto made = settings.path.empty() ? bind_tcp(settings) : bind_unix(settings);
  if (made && ::listen(made.value().get(), settings.backlog.value_or(SOMAXCONN)) != 0) {
    return system_error(settings);
  }
  return made;
}

std::string held_name_of(const std::string& group) {
  return std::string(kHeldFcgi) + group;
}

}  // namespace

void FcgiSockets::take_over(std::string_view held_name, UniqueFd socket) {
  sockets_[std::string(held_name.substr(kHeldFcgi.size()))].socket = std::move(socket);
}

void FcgiSockets::reattached(const std::string& group, const config::FcgiSocketSettings& settings,
                             std::uint64_t start_id) {
  if (const auto shared = sockets_.find(group); shared != sockets_.end()) {
    shared->second.url = settings.url;
    shared->second.users.insert(start_id);
    group_of_[start_id] = group;
  }
}

void FcgiSockets::all_reattached() {
  for (auto at = sockets_.begin(); at != sockets_.end();) {
    const std::string group = (at++)->first;
    if (sockets_.at(group).users.empty()) {
      close(group);
    }
  }
}

void FcgiSockets::try_out(const config::FcgiSocketSettings& settings) {
  log_.info("Creating socket " + settings.url);
  if (const auto made = make_socket(settings); !made) {
    log_.error(made.error().message + "; its processes cannot be started");
    return;
  }
  log_.info("Closing socket " + settings.url);
}

Result<int> FcgiSockets::acquire(const std::string& group, const config::FcgiSocketSettings& settings,
                                 std::uint64_t start_id) {
  Shared& shared = sockets_[group];
  if (!shared.socket.valid()) {
    log_.info("Creating socket " + settings.url);
    auto made = make_socket(settings);
    if (!made) {
      sockets_.erase(group);
      return made.error();
    }
    shared.socket = std::move(made).value();
    if (const Status kept = keeper_.hold(held_name_of(group), shared.socket.get()); !kept) {
      log_.error("the socket " + settings.url + " would not outlive this agent: " + kept.error().message +
                 "; its processes go on without it then, until they are started anew");
    }
  }
  shared.url = settings.url;
  shared.users.insert(start_id);
  group_of_[start_id] = group;
  return shared.socket.get();
}

void FcgiSockets::release(std::uint64_t start_id) {
  const auto found = group_of_.find(start_id);
  if (found == group_of_.end()) {
    return;
  }
  const std::string group = found->second;
  group_of_.erase(found);
  Shared& shared = sockets_.at(group);
  shared.users.erase(start_id);
  if (shared.users.empty()) {
    close(group);
  }
}

void FcgiSockets::close(const std::string& group) {
  const std::string& url = sockets_.at(group).url;
  log_.info("Closing socket " + (url.empty() ? "of " + group : url));
  (void)keeper_.release(held_name_of(group));
  sockets_.erase(group);
}

}  // namespace holdfast
