#include "http/server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/clock.hpp"
#include "http/accepted_peer.hpp"
#include "http/listener.hpp"
#include "http/server_impl.hpp"
#include "http/session.hpp"

namespace holdfast::http {
namespace {

constexpr Duration kTimerGrain = 20ms;  // deadlines that close are handled together

std::chrono::steady_clock::time_point steady(Instant at) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(at.ns));
}

PhaseTimeouts timeouts_of(const ServerOptions& options) {
  PhaseTimeouts timeouts;
  timeouts.fill(Duration::max());
  const auto set = [&](ConnectionPhase phase, Duration timeout) {
    timeouts[static_cast<std::size_t>(phase)] = timeout;
  };
  set(ConnectionPhase::idle, options.idle_timeout);
  set(ConnectionPhase::header, options.header_timeout);
  set(ConnectionPhase::body, options.body_timeout);
  set(ConnectionPhase::writing, options.write_timeout);
  set(ConnectionPhase::draining, options.drain_timeout);
  return timeouts;
}

}  // namespace

std::size_t default_body_limit(std::string_view path) {
  const bool rpc = path.starts_with("/RPC2") || path.starts_with("/api/") || path.starts_with("/holdfast/");
  return rpc ? limits::http_rpc_body : limits::http_form_body;
}

Server::Impl::Impl(boost::asio::io_context& io, ServerOptions options, Handler handler)
    : io_(io),
      options_(std::move(options)),
      handler_(std::move(handler)),
      connections_(timeouts_of(options_)),
      read_buffer_(limits::http_read_bytes),
      reserve_(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
      timer_(io.get_executor()),
      back_off_(io.get_executor()) {
  CHECK(handler_);
}

Status Server::Impl::add_listener(UniqueFd socket, std::string name, Credentials credentials) {
  auto listener = std::make_shared<Listener>(io_);
  listener->name = std::move(name);
  listener->credentials = std::make_shared<const Credentials>(std::move(credentials));
  listener->local_port = local_port_of(socket.get());
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) | O_NONBLOCK) != 0) {
    return Error{listener->name + ": not a listening socket: " + std::strerror(errno), errno};
  }
  listener->is_unix = address.ss_family == AF_UNIX;
  boost::system::error_code error;
  listener->socket.assign(socket.get(), error);
  if (error) {
    return Error{listener->name + ": the listening socket cannot be watched: " + error.message(), error.value()};
  }
  [[maybe_unused]] const int owned_by_listener = socket.release();
  listeners_.push_back(listener);
  wait_for_connection(listener);
  return {};
}

void Server::Impl::stop_listening() {
  for (const auto& listener : listeners_) {
    boost::system::error_code ignored;
    listener->socket.close(ignored);
  }
  listeners_.clear();
  paused_.clear();
  back_off_.cancel();
}

void Server::Impl::close_gracefully() {
  for (const auto& session : connections_.all()) {
    session->close_gracefully();
  }
}

void Server::Impl::shutdown() {
  stop_listening();
  for (const auto& session : connections_.all()) {
    session->close();
  }
  timer_.cancel();
}

void Server::Impl::wait_for_connection(const std::shared_ptr<Listener>& listener) {
  listener->socket.async_wait(Descriptor::wait_read,
                              [weak = weak_from_this(), listener](const boost::system::error_code& error) {
                                if (const auto self = weak.lock(); self && !error) {
                                  self->accept_burst(listener);
                                }
                              });
}

void Server::Impl::accept_burst(const std::shared_ptr<Listener>& listener) {
  for (int i = 0; i < limits::http_accept_burst && listener->socket.is_open(); ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    UniqueFd fd(::accept4(listener->socket.native_handle(), reinterpret_cast<sockaddr*>(&from), &size,
                          SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        break;
      }
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        out_of_descriptors(listener);
        return;
      }
      continue;  // this one client went away; the next may be there
    }
    Peer peer;
    peer.server = listener->name;
    peer.local_port = listener->local_port;
    if (listener->is_unix) {
      describe_unix(fd.get(), peer);
    } else {
      const int on = 1;
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      // Else the kernel keeps up to 4 MiB for each client that does not read.
      ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &limits::http_send_buffer_bytes,
                   sizeof limits::http_send_buffer_bytes);
      describe_tcp(from, peer);
    }
    admit(*listener, std::move(fd), std::move(peer));
  }
  if (listener->socket.is_open()) {
    wait_for_connection(listener);
  }
}

void Server::Impl::admit(const Listener& listener, UniqueFd fd, Peer peer) {
  ++statistics.accepted;
  if (!make_room(peer.address)) {
    ++statistics.refused;
    warn_throttled(Warning::refused,
                   "HTTP: a connection from " + peer.description + " was refused: all connections are in use");
    return;
  }
  const std::string address = peer.address;
  auto session = std::make_shared<Session>(*this, std::move(peer), listener.credentials);
  if (!session->start(std::move(fd))) {
    ++statistics.refused;
    return;
  }
  ++statistics.open;
  ++per_address_[address];
  arm(connections_.add(session, monotonic_now()));
}

/// No descriptor is left. The client is taken with the reserved one and closed, so that it does not wait in
/// vain and the listening socket does not wake the loop again and again; then accepting pauses.
void Server::Impl::out_of_descriptors(const std::shared_ptr<Listener>& listener) {
  ++statistics.out_of_descriptors;
  warn_throttled(Warning::descriptors,
                 "HTTP: no file descriptor is left for a new connection; raise minfds or close some");
  const bool freed = evict(ConnectionPhase::idle, nullptr) || evict(ConnectionPhase::header, nullptr);
  if (!freed && reserve_.valid()) {
    reserve_.reset();
    const UniqueFd refused(::accept4(listener->socket.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  if (!reserve_.valid()) {
    reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  }
  paused_.push_back(listener);
  if (paused_.size() > 1) {
    return;  // the timer runs
  }
  back_off_.expires_after(limits::http_accept_back_off);
  back_off_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self || error) {
      return;
    }
    for (const auto& each : std::exchange(self->paused_, {})) {
      self->accept_burst(each);
    }
  });
}

/// The oldest idle connection goes for a new one; then one that has not completed a request, then the one that
/// has not read of its answer for the longest time. False: no room.
bool Server::Impl::make_room(const std::string& address) {
  const auto found = per_address_.find(address);
  if (found != per_address_.end() && found->second >= options_.connections_per_address_max) {
    return evict(ConnectionPhase::idle, &address) || evict(ConnectionPhase::header, &address) ||
           evict(ConnectionPhase::body, &address) || evict(ConnectionPhase::writing, &address);
  }
  if (statistics.open < options_.connections_max) {
    return true;
  }
  return evict(ConnectionPhase::idle, nullptr) || evict(ConnectionPhase::draining, nullptr) ||
         evict(ConnectionPhase::header, nullptr) || evict(ConnectionPhase::body, nullptr) ||
         evict(ConnectionPhase::writing, nullptr);
}

void Server::Impl::take_turn_later(std::shared_ptr<Session> session) {
  turns_.push_back(std::move(session));
  if (turns_.size() == 1) {
    post_turn();
  }
}

void Server::Impl::post_turn() {
  boost::asio::post(io_, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) {
      return;
    }
    self->turns_.front()->resume();
    self->turns_.pop_front();
    if (!self->turns_.empty()) {
      self->post_turn();
    }
  });
}

/// Closes the one that has been in a phase for the longest time, of one address if given.
bool Server::Impl::evict(ConnectionPhase phase, const std::string* address) {
  const auto session = connections_.oldest(
      phase, [&](const Session& each) { return address == nullptr || each.peer().address == *address; });
  if (!session) {
    return false;
  }
  ++statistics.evicted;
  session->close();
  return true;
}

void Server::Impl::move(Session& session, ConnectionPhase to) {
  arm(connections_.move(session, to, monotonic_now()));
}

void Server::Impl::remove(Session& session) {
  input_bytes_ -= session.charged_input();
  output_bytes_ -= session.charged_output();
  --statistics.open;
  if (const auto found = per_address_.find(session.peer().address); found != per_address_.end()) {
    if (--found->second == 0) {
      per_address_.erase(found);
    }
  }
  connections_.remove(session);
  if (statistics.open == 0) {
    timer_.cancel();
    armed_ = Instant::max();
  }
  note_pressure();
}

void Server::Impl::charge_input(std::size_t before, std::size_t after) {
  input_bytes_ = input_bytes_ - before + after;
  while (input_bytes_ > options_.input_bytes_max && evict(ConnectionPhase::body, nullptr)) {
    warn_throttled(Warning::memory, "HTTP: too many unfinished requests; the oldest were closed");
  }
  note_pressure();
}

void Server::Impl::charge_output(std::size_t before, std::size_t after) {
  output_bytes_ = output_bytes_ - before + after;
  while (output_bytes_ > options_.output_bytes_max && evict(ConnectionPhase::writing, nullptr)) {
    warn_throttled(Warning::memory, "HTTP: too many answers that nobody reads; the oldest were closed");
  }
  note_pressure();
}

/// Posted, because the buffers of the last session go when it is left.
void Server::Impl::note_pressure() {
  if (pressure_.ends(input_bytes_ + output_bytes_, statistics.open) && options_.on_pressure_end) {
    boost::asio::post(io_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        self->options_.on_pressure_end();
      }
    });
  }
}

void Server::Impl::arm(Instant deadline) {
  if (deadline >= armed_) {
    return;
  }
  armed_ = deadline;
  timer_.expires_at(steady(deadline));
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (const auto self = weak.lock(); self && !error) {
      self->expire();
    }
  });
}

void Server::Impl::expire() {
  const Instant now = monotonic_now();
  armed_ = Instant::max();
  while (const auto session = connections_.overdue(now)) {
    session->expire();
    if (connections_.overdue(now) == session) {
      session->close();
    }
  }
  if (const Instant next = connections_.next_deadline(); next != Instant::max()) {
    arm(std::max(next, now + kTimerGrain));
  }
}

void Server::Impl::warn_throttled(Warning kind, std::string_view message) {
  Instant& last = warned_[static_cast<std::size_t>(kind)];
  const Instant now = monotonic_now();
  if (options_.warn && (last == Instant{} || now - last >= limits::http_warning_pause)) {
    last = now;
    options_.warn(message);
  }
}

std::string_view Server::Impl::date() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != date_second_) {
    date_second_ = now.tv_sec;
    date_ = http_date(date_second_);
  }
  return date_;
}

Server::Server(boost::asio::io_context& io, ServerOptions options, Handler handler)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(handler))) {}

Server::~Server() {
  impl_->shutdown();
}

Status Server::add_listener(UniqueFd socket, std::string name, Credentials credentials) {
  return impl_->add_listener(std::move(socket), std::move(name), std::move(credentials));
}

void Server::stop_listening() {
  impl_->stop_listening();
}
void Server::close_gracefully() {
  impl_->close_gracefully();
}
const ServerStatistics& Server::statistics() const {
  return impl_->statistics;
}

}  // namespace holdfast::http
