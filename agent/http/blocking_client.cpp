#include "http/blocking_client.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "http/found_addresses.hpp"
#include "http/response_parser.hpp"

namespace holdfast::http {
namespace {

Error client_error(ClientError kind, std::string message) {
  return Error{std::move(message), static_cast<int>(kind)};
}

ClientError connect_failure(int number) {
  switch (number) {
    case ENOENT:
      return ClientError::no_such_file;
    case EACCES:
      return ClientError::forbidden;
    case ETIMEDOUT:
      return ClientError::timeout;
    case ECONNREFUSED:
      return ClientError::refused;
    default:
      return ClientError::system;
  }
}

/// What somebody who speaks no HTTP has said, as far as one line can show it.
std::string first_line_of(std::string_view bytes) {
  constexpr std::size_t kShown = 80;
  return text::printable_utf8(bytes.substr(0, std::min(bytes.find_first_of("\r\n"), kShown)));
}

enum class Waited { ready, timeout, cancelled };

/// Waits for a socket, until the deadline or until `cancel_fd` (-1: none) is readable.
Waited wait_for(int fd, short events, Instant deadline, int cancel_fd) {
  for (;;) {
    int timeout_ms = -1;
    if (deadline != Instant::max()) {
      const auto left = deadline - monotonic_now();
      timeout_ms = left <= Duration::zero() ? 0 : static_cast<int>(left / 1ms) + 1;
    }
    std::array<pollfd, 2> polls{{{fd, events, 0}, {cancel_fd, POLLIN, 0}}};  // poll passes over fd -1
    const int ready = ::poll(polls.data(), polls.size(), timeout_ms);
    if (ready > 0) {
      return polls[1].revents != 0 ? Waited::cancelled : Waited::ready;
    }
    if (ready == 0 || errno != EINTR) {
      return Waited::timeout;
    }
  }
}

}  // namespace

class BlockingClient::Impl {
 public:
  Impl(Endpoint server, std::string username, std::string password, Duration answer_time)
      : server_(std::move(server)),
        username_(std::move(username)),
        password_(std::move(password)),
        answer_time_(answer_time) {}

  Result<ClientResponse> exchange(ClientRequest request, Duration timeout, const ResponseParser::Sink& sink,
                                  int cancel_fd = -1) {
    number_ = 0;
    cancel_fd_ = cancel_fd;
    request.username = username_;
    request.password = password_;
    const Instant deadline = timeout == Duration::zero() ? Instant::max() : monotonic_now() + timeout;
    const bool reused = socket_.valid();
    bool unanswered = false;
    Result<ClientResponse> result = attempt(request, deadline, sink, unanswered);
    if (!result.ok() && reused && unanswered) {
      // The server closed the idle connection before it saw the request: the only failure that may be tried
      // again.
      result = attempt(request, deadline, sink, unanswered);
    }
    return result;
  }

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] int number() const { return number_; }

 private:
  Result<ClientResponse> attempt(const ClientRequest& request, Instant deadline, const ResponseParser::Sink& sink,
                                 bool& unanswered) {
    unanswered = false;
    if (!socket_.valid()) {
      if (Status connected = connect(deadline); !connected) {
        return connected.error();
      }
    }
    const std::string bytes = encode_request(server_, request, Persistence::keep_alive);
    Status sent = send(bytes, deadline);
    if (!sent && static_cast<ClientError>(sent.error().code) != ClientError::closed) {
      socket_.reset();
      return sent.error();
    }
    // After a failed send there may still be an answer to read (401 or 413 before the body was taken).
    return receive(deadline, sink, unanswered);
  }

  Status connect(Instant deadline) {
    if (server_.is_unix()) {
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      if (server_.unix_path.size() >= sizeof address.sun_path) {
        return connect_error(ENAMETOOLONG);
      }
      std::memcpy(address.sun_path, server_.unix_path.data(), server_.unix_path.size());
      return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline);
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(server_.host.c_str(), std::to_string(server_.port).c_str(), &hints, &found);
    if (failure != 0) {
      number_ = failure;
      return client_error(ClientError::unresolved, server_.text() + ": " + ::gai_strerror(failure));
    }
    const FoundAddresses addresses(found);
    Status last = client_error(ClientError::unresolved, server_.text() + ": the name has no address");
    for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
      last = connect_to(address->ai_addr, address->ai_addrlen, deadline);
      if (last.ok()) {
        break;
      }
    }
    return last;
  }

  Status connect_to(const sockaddr* address, socklen_t size, Instant deadline) {
    UniqueFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.valid()) {
      return connect_error(errno);
    }
    if (::connect(fd.get(), address, size) != 0) {
      if (errno != EINPROGRESS && errno != EAGAIN) {
        return connect_error(errno);
      }
      if (const Waited waited = wait_for(fd.get(), POLLOUT, deadline, cancel_fd_); waited != Waited::ready) {
        return not_ready(waited, "no connection in time");
      }
      int number = 0;
      socklen_t number_size = sizeof number;
      ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &number, &number_size);
      if (number != 0) {
        return connect_error(number);
      }
    }
    if (address->sa_family != AF_UNIX) {
      const int on = 1;
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    socket_ = std::move(fd);
    return {};
  }

  Status send(std::string_view bytes, Instant deadline) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (const Waited waited = wait_for(socket_.get(), POLLOUT, deadline, cancel_fd_); waited != Waited::ready) {
          return not_ready(waited, "the server takes no request");
        }
      } else if (errno != EINTR) {
        return client_error(ClientError::closed, server_.text() + ": " + std::strerror(errno));
      }
    }
    return {};
  }

  Result<ClientResponse> receive(Instant deadline, const ResponseParser::Sink& sink, bool& unanswered) {
    ResponseParser parser(limits::xmlrpc_reply_bytes, ResponseParser::Expect::body, sink);
    Instant complete_by = Instant::max();  // set when the answer begins
    std::string begin;                     // of the answer, for the words about one that is no HTTP
    for (;;) {
      const Instant until = parser.streaming() ? deadline : std::min(deadline, complete_by);
      if (const Waited waited = wait_for(socket_.get(), POLLIN, until, cancel_fd_); waited != Waited::ready) {
        socket_.reset();
        return not_ready(waited, parser.got_anything() ? "the answer was not complete in time" : "no answer in time");
      }
      char buffer[65536];
      const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, 0);
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        continue;
      }
      complete_by = parser.got_anything() ? complete_by : monotonic_now() + answer_time_;
      if (got > 0 && begin.empty()) {
        begin = first_line_of(std::string_view(buffer, static_cast<std::size_t>(got)));
      }
      const int number = got < 0 ? errno : 0;
      const ResponseParser::Progress progress =
          got > 0 ? parser.feed(std::string_view(buffer, static_cast<std::size_t>(got))) : parser.feed_end();
      switch (progress) {
        case ResponseParser::Progress::need_more:
          continue;
        case ResponseParser::Progress::complete:
          if (got <= 0 || !parser.keep_alive()) {
            socket_.reset();
          }
          return parser.take();
        case ResponseParser::Progress::stopped:
          socket_.reset();  // the rest of the answer is still on its way
          return parser.take();
        case ResponseParser::Progress::failed:
          break;
      }
      socket_.reset();
      unanswered = !parser.got_anything();
      number_ = number;
      if (parser.got_anything() && !parser.got_status()) {
        return client_error(ClientError::protocol, begin);
      }
      if (got > 0) {
        return client_error(ClientError::protocol, parser.problem());
      }
      if (const std::string missing = parser.missing(); !missing.empty()) {
        return client_error(ClientError::incomplete, missing);
      }
      return client_error(ClientError::closed, server_.text() + ": " + parser.problem());
    }
  }

  Error connect_error(int number) {
    number_ = number;
    return client_error(connect_failure(number), server_.text() + ": " + std::strerror(number));
  }

  [[nodiscard]] Error not_ready(Waited waited, const std::string& what) const {
    return waited == Waited::cancelled ? client_error(ClientError::cancelled, server_.text() + ": cancelled")
                                       : client_error(ClientError::timeout, server_.text() + ": " + what);
  }

  Endpoint server_;
  std::string username_;
  std::string password_;
  Duration answer_time_;
  UniqueFd socket_;
  int cancel_fd_ = -1;
  int number_ = 0;
};

BlockingClient::BlockingClient(Endpoint server, std::string username, std::string password, Duration answer_time)
    : impl_(std::make_unique<Impl>(std::move(server), std::move(username), std::move(password), answer_time)) {}
BlockingClient::~BlockingClient() = default;
BlockingClient::BlockingClient(BlockingClient&&) noexcept = default;
BlockingClient& BlockingClient::operator=(BlockingClient&&) noexcept = default;

Result<ClientResponse> BlockingClient::get(const std::string& target, Duration timeout) {
  ClientRequest request;
  request.target = target;
  return impl_->exchange(std::move(request), timeout, {});
}

Result<ClientResponse> BlockingClient::post(const std::string& target, std::string content_type, std::string body,
                                            Duration timeout) {
  ClientRequest request;
  request.method = "POST";
  request.target = target;
  request.content_type = std::move(content_type);
  request.body = std::move(body);
  return impl_->exchange(std::move(request), timeout, {});
}

Result<ClientResponse> BlockingClient::stream(const std::string& target,
                                              const std::function<bool(std::string_view)>& on_piece, int cancel_fd) {
  ClientRequest request;
  request.target = target;
  return impl_->exchange(std::move(request), Duration::zero(), on_piece, cancel_fd);
}

int BlockingClient::number() const {
  return impl_->number();
}

int BlockingClient::fd() const {
  return impl_->fd();
}

}  // namespace holdfast::http
