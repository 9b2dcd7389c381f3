#include "http/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <list>
#include <optional>
#include <set>

#include "base/unique_fd.hpp"
#include "http/response_parser.hpp"
#include "http/server_impl.hpp"

namespace holdfast::http {
namespace {

using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;

Error client_error(ClientError kind, const Endpoint& to, std::string_view what) {
  return Error{to.text() + ": " + std::string(what), static_cast<int>(kind)};
}

ClientError kind_of(int number) {
  switch (number) {
    case ENOENT:
      return ClientError::no_such_file;
    case EACCES:
    case EPERM:
      return ClientError::forbidden;
    case ETIMEDOUT:
      return ClientError::timeout;
    default:
      return ClientError::refused;
  }
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address address_of(const void* address, std::size_t size) {
  Address out;
  std::memcpy(&out.storage, address, size);
  out.size = static_cast<socklen_t>(size);
  return out;
}

/// Addresses that need no look-up: a unix path or an IP literal.
std::optional<Address> literal_address(const Endpoint& to) {
  if (to.is_unix()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (to.unix_path.size() >= sizeof address.sun_path) {
      return std::nullopt;
    }
    std::memcpy(address.sun_path, to.unix_path.data(), to.unix_path.size());
    return address_of(&address, sizeof address);
  }
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(to.port);
  if (::inet_pton(AF_INET, to.host.c_str(), &four.sin_addr) == 1) {
    return address_of(&four, sizeof four);
  }
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(to.port);
  if (::inet_pton(AF_INET6, to.host.c_str(), &six.sin6_addr) == 1) {
    return address_of(&six, sizeof six);
  }
  return std::nullopt;
}

class Call;

/// A connection that a server kept open.
struct IdleConnection {
  std::string endpoint;
  UniqueFd socket;
};

}  // namespace

class Client::Impl : public std::enable_shared_from_this<Client::Impl> {
 public:
  explicit Impl(boost::asio::io_context& context) : io(context) {}

  void keep(const Endpoint& endpoint, UniqueFd socket) {
    idle_.push_back(IdleConnection{endpoint.text(), std::move(socket)});
    if (idle_.size() > limits::http_client_idle_connections) {
      idle_.pop_front();
    }
  }

  /// A kept connection that the server has not closed meanwhile; invalid if there is none.
  UniqueFd take(const Endpoint& endpoint) {
    const std::string name = endpoint.text();
    for (auto at = idle_.begin(); at != idle_.end();) {
      if (at->endpoint != name) {
        ++at;
        continue;
      }
      UniqueFd socket = std::move(at->socket);
      at = idle_.erase(at);
      char byte = 0;
      if (::recv(socket.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN) {
        return socket;
      }
    }
    return UniqueFd();
  }

  boost::asio::io_context& io;
  std::set<std::shared_ptr<Call>> calls;

 private:
  std::list<IdleConnection> idle_;
};

namespace {

/// One request on its way.
class Call : public std::enable_shared_from_this<Call> {
 public:
  using Owner = std::weak_ptr<void>;

  Call(boost::asio::io_context& io, Endpoint to, const ClientRequest& request, const ClientOptions& options)
      : io_(io),
        to_(std::move(to)),
        bytes_(encode_request(to_, request, Persistence::keep_alive)),
        expect_(request.method == "HEAD" ? ResponseParser::Expect::no_body : ResponseParser::Expect::body),
        body_bytes_max_(options.body_bytes_max),
        socket_(io.get_executor()),
        timer_(io.get_executor()),
        resolver_(io.get_executor()) {}

  /// How the call ends: with a result, and with the socket if it can be used again.
  using Done = std::function<void(Result<ClientResponse>, UniqueFd)>;

  void start(Duration timeout, UniqueFd reused, Done done) {
    done_ = std::move(done);
    timer_.expires_after(timeout);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) {
        self->fail(ClientError::timeout, "no answer in time");
      }
    });
    if (reused.valid() && adopt(std::move(reused))) {
      reused_ = true;
      boost::asio::post(io_, [self = shared_from_this()] { self->write(); });
      return;
    }
    find_addresses();
  }

  void abandon() {
    done_ = nullptr;
    release();
  }

 private:
  void find_addresses() {
    if (const auto literal = literal_address(to_)) {
      addresses_.push_back(*literal);
      boost::asio::post(io_, [self = shared_from_this()] { self->connect(); });
      return;
    }
    if (to_.is_unix()) {
      boost::asio::post(io_, [self = shared_from_this()] {
        self->fail(ClientError::no_such_file, "the path is too long for a unix socket");
      });
      return;
    }
    resolver_.async_resolve(to_.host, std::to_string(to_.port),
                            [self = shared_from_this()](const boost::system::error_code& error,
                                                        const Resolver::results_type& found) {
                              for (const auto& entry : found) {
                                const auto endpoint = entry.endpoint();
                                self->addresses_.push_back(address_of(endpoint.data(), endpoint.size()));
                              }
                              if (error) {
                                self->fail(ClientError::unresolved, error.message());
                              } else {
                                self->connect();
                              }
                            });
  }

  bool adopt(UniqueFd socket) {
    boost::system::error_code error;
    socket_.assign(socket.get(), error);
    if (error) {
      return false;
    }
    [[maybe_unused]] const int owned_by_socket = socket.release();
    return true;
  }

  void close_socket() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  void connect() {
    if (!done_) {
      return;
    }
    if (next_address_ >= addresses_.size()) {
      fail(kind_of(last_errno_), std::strerror(last_errno_));
      return;
    }
    const Address& address = addresses_[next_address_++];
    UniqueFd socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.valid()) {
      last_errno_ = errno;
      connect();  // bounded by the number of addresses
      return;
    }
    if (address.storage.ss_family != AF_UNIX) {
      const int on = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    const bool connected =
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0;
    last_errno_ = connected ? 0 : errno;
    if ((!connected && last_errno_ != EINPROGRESS) || !adopt(std::move(socket))) {
      connect();
      return;
    }
    if (connected) {
      write();
      return;
    }
    socket_.async_wait(Descriptor::wait_write,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                         if (!error) {
                           self->on_connected();
                         }
                       });
  }

  void on_connected() {
    int number = 0;
    socklen_t size = sizeof number;
    if (!done_ || ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &number, &size) != 0) {
      return;
    }
    if (number != 0) {
      last_errno_ = number;
      close_socket();
      connect();
      return;
    }
    write();
  }

  void write() {
    if (!done_) {
      return;
    }
    while (sent_ < bytes_.size()) {
      const ssize_t sent = ::send(socket_.native_handle(), bytes_.data() + sent_, bytes_.size() - sent_,
                                  MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent >= 0) {
        sent_ += static_cast<std::size_t>(sent);
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        socket_.async_wait(Descriptor::wait_write,
                           [self = shared_from_this()](const boost::system::error_code& error) {
                             if (!error) {
                               self->write();
                             }
                           });
        return;
      } else if (errno != EINTR) {
        break;  // an early answer (401, 413) may be there to read nevertheless
      }
    }
    parser_.emplace(body_bytes_max_, expect_, ResponseParser::Sink());
    wait_readable();
  }

  void wait_readable() {
    socket_.async_wait(Descriptor::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& error) {
                         if (!error) {
                           self->read();
                         }
                       });
  }

  void read() {
    if (!done_) {
      return;
    }
    char buffer[16384];
    const ssize_t got = ::recv(socket_.native_handle(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
      wait_readable();
      return;
    }
    const ResponseParser::Progress progress =
        got > 0 ? parser_->feed(std::string_view(buffer, static_cast<std::size_t>(got)))
                : parser_->feed_end();
    switch (progress) {
      case ResponseParser::Progress::need_more:
        wait_readable();
        return;
      case ResponseParser::Progress::complete:
        succeed(got > 0 && parser_->keep_alive());
        return;
      case ResponseParser::Progress::stopped:
      case ResponseParser::Progress::failed:
        break;
    }
    if (reused_ && !parser_->got_anything()) {
      // The server closed the idle connection before it saw the request.
      reused_ = false;
      sent_ = 0;
      close_socket();
      find_addresses();
      return;
    }
    if (got > 0) {
      fail(ClientError::protocol, "the answer is of no use: " + parser_->problem());
    } else {
      fail(ClientError::closed, parser_->problem());
    }
  }

  void succeed(bool reusable) {
    UniqueFd kept;
    if (reusable) {
      kept.reset(socket_.release());
    }
    finish(parser_->take(), std::move(kept));
  }

  void fail(ClientError kind, std::string_view what) { finish(client_error(kind, to_, what), UniqueFd()); }

  void finish(Result<ClientResponse> result, UniqueFd kept) {
    const auto self = shared_from_this();
    const Done done = std::exchange(done_, nullptr);
    release();
    if (done) {
      done(std::move(result), std::move(kept));
    }
  }

  void release() {
    timer_.cancel();
    resolver_.cancel();
    close_socket();
  }

  boost::asio::io_context& io_;
  Endpoint to_;
  std::string bytes_;
  ResponseParser::Expect expect_;
  std::size_t body_bytes_max_;
  Descriptor socket_;
  Timer timer_;
  Resolver resolver_;
  std::vector<Address> addresses_;
  std::size_t next_address_ = 0;
  int last_errno_ = EHOSTUNREACH;
  std::size_t sent_ = 0;
  bool reused_ = false;
  std::optional<ResponseParser> parser_;
  Done done_;
};

}  // namespace

Client::Client(boost::asio::io_context& io) : impl_(std::make_shared<Impl>(io)) {}

Client::~Client() {
  for (const auto& call : std::exchange(impl_->calls, {})) {
    call->abandon();
  }
}

void Client::request(const Endpoint& to, ClientRequest request, ClientOptions options,
                     ClientCallback callback) {
  auto call = std::make_shared<Call>(impl_->io, to, request, options);
  impl_->calls.insert(call);
  call->start(options.timeout, impl_->take(to),
              [weak = impl_->weak_from_this(), key = std::weak_ptr<Call>(call), to,
               callback = std::move(callback)](Result<ClientResponse> result, UniqueFd kept) {
                const auto impl = weak.lock();
                if (!impl) {
                  return;
                }
                impl->calls.erase(key.lock());
                if (kept.valid()) {
                  impl->keep(to, std::move(kept));
                }
                callback(std::move(result));
              });
}

std::size_t Client::pending() const {
  return impl_->calls.size();
}

}  // namespace holdfast::http
