#include "http/client_call.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace holdfast::http {
namespace {

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

}  // namespace

ClientCall::ClientCall(boost::asio::io_context& io, Endpoint to, const ClientRequest& request,
                       const ClientOptions& options)
    : io_(io),
      to_(std::move(to)),
      bytes_(encode_request(to_, request, Persistence::keep_alive)),
      expect_(request.method == "HEAD" ? ResponseParser::Expect::no_body : ResponseParser::Expect::body),
      body_bytes_max_(options.body_bytes_max),
      socket_(io.get_executor()),
      timer_(io.get_executor()),
      resolver_(io.get_executor()) {}

void ClientCall::start(Duration timeout, UniqueFd reused, Done done) {
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

void ClientCall::abandon() {
  done_ = nullptr;
  release();
}

void ClientCall::find_addresses() {
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
  resolver_.async_resolve(
      to_.host, std::to_string(to_.port),
      [self = shared_from_this()](const boost::system::error_code& error, const Resolver::results_type& found) {
        for (const auto& entry : found) {
          const auto endpoint = entry.endpoint();
          self->addresses_.push_back(copy_address(endpoint.data(), endpoint.size()));
        }
        if (error) {
          self->fail(ClientError::unresolved, error.message());
        } else {
          self->connect();
        }
      });
}

bool ClientCall::adopt(UniqueFd socket) {
  boost::system::error_code error;
  socket_.assign(socket.get(), error);
  if (error) {
    return false;
  }
  [[maybe_unused]] const int owned_by_socket = socket.release();
  return true;
}

void ClientCall::close_socket() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void ClientCall::connect() {
  if (!done_) {
    return;
  }
  if (next_address_ >= addresses_.size()) {
    fail(kind_of(last_errno_), std::strerror(last_errno_));
    return;
  }
  const SocketAddress& address = addresses_[next_address_++];
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
  socket_.async_wait(Descriptor::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) {
      self->on_connected();
    }
  });
}

void ClientCall::on_connected() {
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

void ClientCall::write() {
  if (!done_) {
    return;
  }
  while (sent_ < bytes_.size()) {
    const ssize_t sent =
        ::send(socket_.native_handle(), bytes_.data() + sent_, bytes_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      sent_ += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      socket_.async_wait(Descriptor::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
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

void ClientCall::wait_readable() {
  socket_.async_wait(Descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) {
      self->read();
    }
  });
}

void ClientCall::read() {
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
      got > 0 ? parser_->feed(std::string_view(buffer, static_cast<std::size_t>(got))) : parser_->feed_end();
  judge(progress, got <= 0);
}

void ClientCall::judge(ResponseParser::Progress progress, bool server_closed) {
  switch (progress) {
    case ResponseParser::Progress::need_more:
      wait_readable();
      return;
    case ResponseParser::Progress::complete:
      succeed(!server_closed && parser_->keep_alive());
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
  if (server_closed) {
    fail(ClientError::closed, parser_->problem());
  } else {
    fail(ClientError::protocol, "the answer is of no use: " + parser_->problem());
  }
}

void ClientCall::succeed(bool reusable) {
  UniqueFd kept;
  if (reusable) {
    kept.reset(socket_.release());
  }
  finish(parser_->take(), std::move(kept));
}

void ClientCall::fail(ClientError kind, std::string_view what) {
  finish(client_error(kind, to_, what), UniqueFd());
}

void ClientCall::finish(Result<ClientResponse> result, UniqueFd kept) {
  const auto self = shared_from_this();
  const Done done = std::exchange(done_, nullptr);
  release();
  if (done) {
    done(std::move(result), std::move(kept));
  }
}

void ClientCall::release() {
  timer_.cancel();
  resolver_.cancel();
  close_socket();
}

}  // namespace holdfast::http
