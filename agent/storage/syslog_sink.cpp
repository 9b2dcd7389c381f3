#include "storage/syslog_sink.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace holdfast::storage {
namespace {

/// `<14>Nov 21 11:59:24 `, as the C library writes it (RFC 3164).
std::string header(WallTime now) {
  const std::time_t seconds = now.seconds();
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  std::snprintf(text, sizeof text, "<%d>%s %2d %02d:%02d:%02d ", LOG_USER | LOG_INFO, kMonths[parts.tm_mon],
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

}  // namespace

int SyslogSink::send_lines(std::string_view program, std::string_view text, WallTime now) {
  const std::string start =
      header(now) + ident_ + "[" + std::to_string(::getpid()) + "]: " + std::string(program) + " ";
  while (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  int first_error = 0;
  for (bool more = true; more;) {
    const std::size_t end = text.find('\n');
    std::string message = start + std::string(text.substr(0, end));
    std::replace(message.begin(), message.end(), '\0', ' ');
    if (const int error = send(message); error != 0) {
      ++lines_lost_;
      first_error = first_error == 0 ? error : first_error;
    }
    more = end != std::string_view::npos;
    text.remove_prefix(more ? end + 1 : text.size());
  }
  return first_error;
}

/// Once more over a new connection: the daemon may have been restarted.
int SyslogSink::send(const std::string& message) {
  for (int attempt = 0;; ++attempt) {
    if (!socket_.valid()) {
      if (const int error = connect(); error != 0) {
        return error;
      }
    }
    if (::send(socket_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
      return 0;
    }
    const int error = errno;
    if (error == EAGAIN || error == EMSGSIZE || attempt > 0) {
      return error;
    }
    socket_.reset();
  }
}

int SyslogSink::connect() {
  UniqueFd made(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!made.valid() || path_.size() >= sizeof address.sun_path) {
    return made.valid() ? ENAMETOOLONG : errno;
  }
  std::memcpy(address.sun_path, path_.data(), path_.size());
  if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return errno;
  }
  socket_ = std::move(made);
  return 0;
}

}  // namespace holdfast::storage
