#include "http/server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/clock.hpp"
#include "http/listener.hpp"
#include "http/server_impl.hpp"
#include "http/session.hpp"

namespace holdfast::http {
namespace {

/// Connections. The buffers of so many break the heap into pieces too small for an answer, so that it grows though little of
/// it is in use; worth giving back when no more than the second number are left.
constexpr std::size_t kCrowd = 128;
constexpr std::size_t kCrowdOver = 64;

constexpr int kSendBufferBytes = 256 * 1024;  // of the kernel, for each TCP client

constexpr Duration kTimerGrain = 20ms;  // deadlines that close are handled together
constexpr Duration kComplaintPause = 1s;

std::chrono::steady_clock::time_point steady(Instant at) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(at.ns));
}

/// Fills in who is at the other end of an accepted socket.
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

}  // namespace

std::size_t default_body_limit(std::string_view path) {
  const bool rpc = path.starts_with("/RPC2") || path.starts_with("/api/") || path.starts_with("/holdfast/");
  return rpc ? limits::http_rpc_body : limits::http_form_body;
}

Server::Impl::Impl(boost::asio::io_context& io, ServerOptions options, Handler handler)
    : io_(io),
      options_(std::move(options)),
      handler_(std::move(handler)),
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
    return Error{listener->name + ": the listening socket cannot be watched: " + error.message(),
                 error.value()};
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
  std::vector<std::shared_ptr<Session>> all;
  for (const LaneList& lane : lanes_) {
    for (const LaneEntry& entry : lane) {
      all.push_back(entry.session);
    }
  }
  for (const auto& session : all) {
    session->close_gracefully();
  }
}

void Server::Impl::shutdown() {
  stop_listening();
  for (LaneList& lane : lanes_) {
    while (!lane.empty()) {
      const auto session = lane.front().session;
      session->close();
    }
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
      ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
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
    complain(Complaint::refused,
             "HTTP: a connection from " + peer.description + " was refused: all connections are in use");
    return;
  }
  const std::string address = peer.address;
  auto session = std::make_shared<Session>(*this, std::move(peer), listener.credentials);
  if (!session->start(std::move(fd))) {
    ++statistics.refused;
    return;
  }
  LaneList& idle = list_of(Lane::idle);
  const Instant now = monotonic_now();
  idle.push_back(LaneEntry{session, now});
  session->place = std::prev(idle.end());
  session->lane = Lane::idle;
  ++statistics.open;
  ++per_address_[address];
  arm(now + timeout_of(Lane::idle));
}

/// No descriptor is left. The client is taken with the reserved one and closed, so that it does not wait in
/// vain and the listening socket does not wake the loop again and again; then accepting pauses.
void Server::Impl::out_of_descriptors(const std::shared_ptr<Listener>& listener) {
  ++statistics.out_of_descriptors;
  complain(Complaint::descriptors,
           "HTTP: no file descriptor is left for a new connection; raise minfds or close some");
  const bool freed = evict(Lane::idle, nullptr) || evict(Lane::header, nullptr);
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
    return evict(Lane::idle, &address) || evict(Lane::header, &address) || evict(Lane::body, &address) ||
           evict(Lane::writing, &address);
  }
  if (statistics.open < options_.connections_max) {
    return true;
  }
  return evict(Lane::idle, nullptr) || evict(Lane::draining, nullptr) || evict(Lane::header, nullptr) ||
         evict(Lane::body, nullptr) || evict(Lane::writing, nullptr);
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

/// Closes the oldest of a lane, of one address if given.
bool Server::Impl::evict(Lane lane, const std::string* address) {
  for (const LaneEntry& entry : list_of(lane)) {
    if (address == nullptr || entry.session->peer().address == *address) {
      const auto session = entry.session;
      ++statistics.evicted;
      session->close();
      return true;
    }
  }
  return false;
}

void Server::Impl::move(Session& session, Lane to) {
  LaneList& target = list_of(to);
  target.splice(target.end(), list_of(session.lane), session.place);
  session.lane = to;
  if (to != Lane::busy) {
    session.place->since = monotonic_now();
    arm(session.place->since + timeout_of(to));
  }
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
  list_of(session.lane).erase(session.place);
  if (statistics.open == 0) {
    timer_.cancel();
    armed_ = Instant::max();
  }
  note_flood();
}

void Server::Impl::charge_input(std::size_t before, std::size_t after) {
  input_bytes_ = input_bytes_ - before + after;
  while (input_bytes_ > options_.input_bytes_max && evict(Lane::body, nullptr)) {
    complain(Complaint::memory, "HTTP: too many unfinished requests; the oldest were closed");
  }
  note_flood();
}

void Server::Impl::charge_output(std::size_t before, std::size_t after) {
  output_bytes_ = output_bytes_ - before + after;
  while (output_bytes_ > options_.output_bytes_max && evict(Lane::writing, nullptr)) {
    complain(Complaint::memory, "HTTP: too many answers that nobody reads; the oldest were closed");
  }
  note_flood();
}

/// Posted, because the buffers of the last session go when it is left.
void Server::Impl::note_flood() {
  const std::size_t used = input_bytes_ + output_bytes_;
  flooded_ = flooded_ || used >= limits::http_flood_bytes;
  crowded_ = crowded_ || statistics.open >= kCrowd;
  const bool flood_over = flooded_ && used <= limits::http_calm_bytes;
  const bool crowd_over = crowded_ && statistics.open <= kCrowdOver;
  if (flood_over || crowd_over) {
    flooded_ = flooded_ && !flood_over;
    crowded_ = crowded_ && !crowd_over;
    if (options_.flood_over) {
      boost::asio::post(io_, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
          self->options_.flood_over();
        }
      });
    }
  }
}

Duration Server::Impl::timeout_of(Lane lane) const {
  switch (lane) {
    case Lane::idle:
      return options_.idle_timeout;
    case Lane::header:
      return options_.header_timeout;
    case Lane::body:
      return options_.body_timeout;
    case Lane::writing:
      return options_.write_timeout;
    case Lane::draining:
      return options_.drain_timeout;
    case Lane::busy:
      break;
  }
  return Duration::max();
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
  Instant next = Instant::max();
  for (const Lane lane : {Lane::idle, Lane::header, Lane::body, Lane::writing, Lane::draining}) {
    LaneList& list = list_of(lane);
    const Duration timeout = timeout_of(lane);
    while (!list.empty() && list.front().since + timeout <= now) {
      const auto session = list.front().session;
      session->expire();
      if (!list.empty() && list.front().session == session) {
        session->close();
      }
    }
    if (!list.empty()) {
      next = std::min(next, list.front().since + timeout);
    }
  }
  if (next != Instant::max()) {
    arm(std::max(next, now + kTimerGrain));
  }
}

void Server::Impl::complain(Complaint kind, std::string_view message) {
  Instant& last = complained_[static_cast<std::size_t>(kind)];
  const Instant now = monotonic_now();
  if (options_.warn && (last == Instant{} || now - last >= kComplaintPause)) {
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
