#include "transport/event_publisher.hpp"

#include <optional>
#include <vector>
#include <zmq.hpp>

#include "base/limits.hpp"
#include "transport/gossip_sockets.hpp"

namespace holdfast::transport {
namespace {

constexpr std::string_view kEventZapDomain = "holdfast-events";
constexpr std::size_t kZapPartsOfPlain =
    8;  // RFC 27: version, id, domain, address, identity, mechanism, user, password

std::string text_in(const zmq::message_t& part) {
  return {static_cast<const char*>(part.data()), part.size()};
}

/// One message; none waiting, or interrupted: false. Parts beyond `max` are read and forgotten.
bool take_message(zmq::socket_t& socket, std::size_t max, std::vector<std::string>& parts) {
  parts.clear();
  bool more = true;
  while (more) {
    zmq::message_t part;
    if (zmq_msg_recv(part.handle(), socket.handle(), ZMQ_DONTWAIT) < 0) {
      return false;
    }
    if (parts.size() < max) {
      parts.push_back(text_in(part));
    } else {
      parts.resize(max + 1);  // too many: what is judged by their number fails
    }
    more = part.more();
  }
  return true;
}

bool give_part(zmq::socket_t& socket, std::string_view part, int flags) {
  return zmq_send(socket.handle(), part.data(), part.size(), ZMQ_DONTWAIT | flags) >= 0;
}

}  // namespace

class EventPublisher::Sockets {
 public:
  explicit Sockets(const EventPublisherOptions& options) : account_(options.account) {
    if (account_) {
      zap_.emplace(context_, zmq::socket_type::rep);  // bound before the socket that asks it
      zap_->set(zmq::sockopt::linger, 0);
      zap_->bind("inproc://zeromq.zap.01");
    }
    events_ = zmq::socket_t(context_, zmq::socket_type::xpub);
    events_.set(zmq::sockopt::linger, 0);
    events_.set(zmq::sockopt::ipv6, true);
    events_.set(zmq::sockopt::sndhwm, limits::event_zmq_hwm);
    events_.set(zmq::sockopt::maxmsgsize, limits::event_zmq_message_bytes);
    events_.set(zmq::sockopt::backlog, limits::event_zmq_backlog);
    events_.set(zmq::sockopt::handshake_ivl, 2000);
    events_.set(zmq::sockopt::tcp_keepalive, 1);
    events_.set(zmq::sockopt::tcp_keepalive_idle, 10);
    events_.set(zmq::sockopt::tcp_keepalive_intvl, 5);
    events_.set(zmq::sockopt::tcp_keepalive_cnt, 3);
    events_.set(zmq::sockopt::xpub_verbose, true);  // each new subscriber is told how things stand
    if (account_) {
      events_.set(zmq::sockopt::plain_server, true);
      events_.set(zmq::sockopt::zap_domain, std::string(kEventZapDomain));
    }
    events_.bind(tcp_endpoint(options.bind_address, options.port));
  }

  [[nodiscard]] std::uint16_t port() { return port_of(events_.get(zmq::sockopt::last_endpoint)); }
  [[nodiscard]] std::array<int, 2> fds() {
    return {events_.get(zmq::sockopt::fd), zap_ ? zap_->get(zmq::sockopt::fd) : -1};
  }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

  void publish(std::string_view header, std::string_view body) {
    if (give_part(events_, header, ZMQ_SNDMORE)) {
      (void)give_part(events_, body, 0);
    }
  }

  void pump(const Handlers& handlers) {
    judge_accounts();
    std::vector<std::string> parts;
    while (take_message(events_, 1, parts)) {
      if (parts.size() != 1 || parts.front().empty()) {
        continue;  // no subscription: nobody has anything else to say here
      }
      const std::string text = parts.front().substr(1);
      if (parts.front().front() == '\1') {
        handlers.on_subscribed(text);
      } else if (parts.front().front() == '\0') {
        handlers.on_unsubscribed(text);
      }
    }
  }

 private:
  void judge_accounts() {
    std::vector<std::string> parts;
    while (zap_ && take_message(*zap_, kZapPartsOfPlain, parts)) {
      const bool granted = parts.size() == kZapPartsOfPlain && parts[0] == "1.0" && parts[2] == kEventZapDomain &&
                           parts[5] == "PLAIN" && account_(parts[6], parts[7]);
      refused_ += granted ? 0 : 1;
      (void)(give_part(*zap_, "1.0", ZMQ_SNDMORE) &&
             give_part(*zap_, parts.size() > 1 ? parts[1] : std::string(), ZMQ_SNDMORE) &&
             give_part(*zap_, granted ? "200" : "400", ZMQ_SNDMORE) &&
             give_part(*zap_, granted ? "" : "wrong user name or password", ZMQ_SNDMORE) &&
             give_part(*zap_, "", ZMQ_SNDMORE) && give_part(*zap_, "", 0));
    }
  }

  std::function<bool(const std::string&, const std::string&)> account_;
  zmq::context_t context_;
  std::optional<zmq::socket_t> zap_;
  zmq::socket_t events_;
  std::uint64_t refused_ = 0;
};

EventPublisher::EventPublisher(Handlers handlers) : handlers_(std::move(handlers)) {}

EventPublisher::~EventPublisher() = default;

Result<std::uint16_t> EventPublisher::open(const EventPublisherOptions& options) {
  try {
    sockets_ = std::make_unique<Sockets>(options);
    return sockets_->port();
  } catch (const zmq::error_t& error) {
    return Error{tcp_endpoint(options.bind_address, options.port) + ": " + error.what(), error.num()};
  }
}

void EventPublisher::publish(std::string_view header, std::string_view body) {
  if (sockets_) {
    sockets_->publish(header, body);
    pump();
  }
}

void EventPublisher::pump() {
  if (sockets_) {
    sockets_->pump(handlers_);
  }
}

std::array<int, 2> EventPublisher::fds() const {
  return sockets_->fds();
}

std::uint64_t EventPublisher::refused() const {
  return sockets_ ? sockets_->refused() : 0;
}

}  // namespace holdfast::transport
