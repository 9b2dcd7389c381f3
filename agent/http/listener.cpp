#include "http/listener.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include "base/limits.hpp"
#include "base/socket_file.hpp"
#include "base/text.hpp"
#include "http/found_addresses.hpp"

namespace holdfast::http {
namespace {

constexpr int kSocketFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
constexpr auto kStalePause = std::chrono::milliseconds(300);  // contract 1.7

Error socket_error(int number) {
  if (number == EADDRINUSE) {
    return Error{std::string(kAddressInUse), number};
  }
  std::string text = "Cannot open an HTTP server: socket.error reported ";
  if (const char* const name = ::strerrorname_np(number)) {
    text += std::string("errno.") + name + " (" + std::to_string(number) + ")";
  } else {
    text += std::to_string(number);
  }
  return Error{std::move(text), number};
}

Result<UniqueFd> listen_on(const sockaddr* address, socklen_t size) {
  UniqueFd fd(::socket(address->sa_family, kSocketFlags, 0));
  if (!fd.valid()) {
    return socket_error(errno);
  }
  const int on = 1;
  const int off = 0;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address->sa_family == AF_INET6) {
    // [::] takes IPv4 as well; a specific IPv6 address has no IPv4 form anyway.
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(fd.get(), address, size) != 0 || ::listen(fd.get(), limits::http_backlog) != 0) {
    return socket_error(errno);
  }
  return fd;
}

Result<UniqueFd> listen_on_any(std::uint16_t port) {
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  six.sin6_addr = in6addr_any;
  Result<UniqueFd> both = listen_on(reinterpret_cast<const sockaddr*>(&six), sizeof six);
  if (both.ok() || both.error().code == EADDRINUSE || both.error().code == EACCES) {
    return both;
  }
  sockaddr_in four{};  // a kernel without IPv6
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  four.sin_addr.s_addr = htonl(INADDR_ANY);
  return listen_on(reinterpret_cast<const sockaddr*>(&four), sizeof four);
}

Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error{path + ": too long for a unix socket (at most " + std::to_string(sizeof address.sun_path - 1) +
                     " bytes); choose a shorter path",
                 ENAMETOOLONG};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

bool wait_for(int fd, short events, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd poll{fd, events, 0};
    const int ready = left <= 0 ? 0 : ::poll(&poll, 1, static_cast<int>(left));
    if (ready >= 0 || errno != EINTR) {
      return ready > 0;
    }
  }
}

/// True when somebody serves the socket: it answers a GET, or accepts it and is merely slow.
bool somebody_answers(const sockaddr_un& address) {
  const UniqueFd fd(::socket(AF_UNIX, kSocketFlags, 0));
  if (!fd.valid()) {
    return true;  // cannot tell: never remove what may be in use
  }
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return errno == EAGAIN;  // its queue is full, so it has an owner
  }
  const auto deadline = std::chrono::steady_clock::now() + limits::http_probe;
  constexpr std::string_view question = "GET / HTTP/1.0\r\n\r\n";
  if (::send(fd.get(), question.data(), question.size(), MSG_NOSIGNAL) < 0) {
    return false;
  }
  if (!wait_for(fd.get(), POLLIN, deadline)) {
    return true;
  }
  char answer = 0;
  return ::recv(fd.get(), &answer, 1, 0) >= 0 || errno == EAGAIN;
}

/// Removes the temporary name however the function is left.
class TemporaryName {
 public:
  explicit TemporaryName(std::string path) : path_(std::move(path)) { (void)remove_socket_file(path_); }
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;
  ~TemporaryName() { (void)remove_socket_file(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<UniqueFd> bind_temporary(const TemporaryName& name, mode_t mode) {
  const Result<sockaddr_un> address = unix_address(name.path());
  if (!address) {
    return address.error();
  }
  UniqueFd fd(::socket(AF_UNIX, kSocketFlags, 0));
  if (!fd.valid()) {
    return socket_error(errno);
  }
  // The mode of the socket before bind() is that of the file: it is never open to others, not even for an
  // instant.
  ::fchmod(fd.get(), S_IRUSR | S_IWUSR);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.value()), sizeof(sockaddr_un)) != 0 ||
      ::chmod(name.path().c_str(), mode) != 0 || ::listen(fd.get(), limits::http_backlog) != 0) {
    return socket_error(errno);
  }
  return fd;
}

std::string own_user_name() {
  const passwd* user = ::getpwuid(::geteuid());
  return user != nullptr ? user->pw_name : std::to_string(::geteuid());
}

Status change_owner(const std::string& path, const std::optional<SocketOwner>& owner) {
  if (!owner || ::lchown(path.c_str(), owner->uid, owner->gid) == 0) {
    return {};
  }
  const int number = errno;
  ::unlink(path.c_str());
  if (number != EPERM) {
    return socket_error(number);
  }
  const auto id = [](std::uint32_t value) { return value == UINT32_MAX ? "-1" : std::to_string(value); };
  return Error{"Not permitted to chown " + path + " to uid/gid (" + id(owner->uid) + ", " + id(owner->gid) +
                   "); adjust \"sockchown\" value in config file or on command line to values that the "
                   "current user (" +
                   own_user_name() + ") can successfully chown",
               number};
}

}  // namespace

const std::string_view kAddressInUse =
    "Another program is already listening on a port that one of our HTTP servers is configured to use.  Shut "
    "this "
    "program down first before starting supervisord.";

Result<UniqueFd> make_tcp_listener(const std::string& host, std::uint16_t port) {
  if (host.empty() || host == "*") {
    return listen_on_any(port);
  }
  std::string name = text::lower(host);
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
    name = name.substr(1, name.size() - 2);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &found); failure != 0) {
    return Error{"Cannot open an HTTP server: socket.error reported " + std::to_string(failure) + " (" +
                     ::gai_strerror(failure) + ") for host '" + host + "'",
                 EADDRNOTAVAIL};
  }
  const FoundAddresses addresses(found);
  Error last{"Cannot open an HTTP server: host '" + host + "' has no address", EADDRNOTAVAIL};
  for (const int family : {AF_INET, AF_INET6}) {  // IPv4 first, as the reference knows no other
    for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
      if (address->ai_family != family) {
        continue;
      }
      Result<UniqueFd> fd = listen_on(address->ai_addr, address->ai_addrlen);
      if (fd.ok() || fd.error().code == EADDRINUSE) {
        return fd;
      }
      last = fd.error();
    }
  }
  return last;
}

Result<UniqueFd> make_unix_listener(const std::string& path, mode_t mode, std::optional<SocketOwner> owner) {
  const Result<sockaddr_un> address = unix_address(path);
  if (!address) {
    return address.error();
  }
  const TemporaryName temporary(path + "." + std::to_string(::getpid()));
  for (int attempt = 0; attempt < limits::http_stale_tries; ++attempt) {
    Result<UniqueFd> fd = bind_temporary(temporary, mode);
    if (!fd) {
      return fd;
    }
    if (::link(temporary.path().c_str(), path.c_str()) == 0) {
      const Status owned = change_owner(path, owner);
      return owned ? std::move(fd) : Result<UniqueFd>(owned.error());
    }
    if (errno != EEXIST) {
      return socket_error(errno);
    }
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) {
      return Error{path + ": exists and is not a socket; it is left alone. Remove it or choose another file", EEXIST};
    }
    if (somebody_answers(address.value())) {
      return socket_error(EADDRINUSE);
    }
    std::fprintf(stderr, "Unlinking stale socket %s\n", path.c_str());
    (void)remove_socket_file(path);
    (void)remove_socket_file(temporary.path());
    std::this_thread::sleep_for(kStalePause);  // contract 1.7: two starters of one moment do not chase each other
  }
  return socket_error(EADDRINUSE);
}

std::uint16_t local_port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return 0;
  }
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  }
  return 0;
}

}  // namespace holdfast::http
