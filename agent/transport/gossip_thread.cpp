#include "transport/gossip_thread.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/limits.hpp"

namespace holdfast::transport {
namespace {

constexpr int kWatchedEvents = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                               ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;

bool receive(zmq::socket_t& socket, zmq::message_t& into) {
  return zmq_msg_recv(into.handle(), socket.handle(), ZMQ_DONTWAIT) >= 0;
}

/// The remaining parts of a message whose last received part is `part`.
void skip_rest(zmq::socket_t& socket, zmq::message_t& part) {
  while (part.more() && receive(socket, part)) {
  }
}

}  // namespace

GossipThread::GossipThread(const TransportOptions& options, GossipShared& shared)
    : options_(options), shared_(shared), inbox_(shared, options.cluster_id), maker_(context_, options.keys) {}

bool GossipThread::send(zmq::socket_t& socket, zmq::message_t& frame) {
  return zmq_msg_send(frame.handle(), socket.handle(), ZMQ_DONTWAIT) >= 0;
}

Result<Ports> GossipThread::open() {
  std::string doing = "made";
  try {
    // Two nodes' sockets may not share ZeroMQ's default of 1023.
    context_.set(
        zmq::ctxopt::max_sockets,
        static_cast<int>(limits::gossip_peers_max) * limits::gossip_sockets_per_peer + limits::gossip_own_sockets);
    zap_.emplace(context_, owners_, options_.keys.empty());
    ctl_ = maker_.bound(Stream::ctl);
    bulk_ = maker_.bound(Stream::bulk);
    router_ = maker_.bound(Stream::direct);
    watch(ctl_, Stream::ctl);
    watch(bulk_, Stream::bulk);
    watch(router_, Stream::direct);
    Ports ports;
    doing = "bound to " + tcp_endpoint(options_.bind_address, options_.ports.ctl) + " (ctl)";
    ports.ctl = bind(ctl_, options_.ports.ctl);
    doing = "bound to " + tcp_endpoint(options_.bind_address, options_.ports.bulk) + " (bulk)";
    ports.bulk = bind(bulk_, options_.ports.bulk);
    doing = "bound to " + tcp_endpoint(options_.bind_address, options_.ports.direct) + " (direct)";
    ports.direct = bind(router_, options_.ports.direct);
    if (!wait_for_own()) {
      return Error{"gossip: no file descriptor is left to wait with; no gossip is started"};
    }
    return ports;
  } catch (const zmq::error_t& error) {
    return Error{"a gossip socket cannot be " + doing + ": " + error.what() + "; no gossip is started", error.num()};
  }
}

std::uint16_t GossipThread::bind(zmq::socket_t& socket, std::uint16_t port) {
  socket.bind(tcp_endpoint(options_.bind_address, port));
  return port_of(socket.get(zmq::sockopt::last_endpoint));
}

void GossipThread::watch(zmq::socket_t& socket, Stream stream) {
  const std::string endpoint = "inproc://monitor." + std::string(name_of(stream));
  if (zmq_socket_monitor(socket.handle(), endpoint.c_str(), kWatchedEvents) != 0) {
    throw zmq::error_t();
  }
  zmq::socket_t monitor(context_, zmq::socket_type::pair);
  monitor.set(zmq::sockopt::linger, 0);
  monitor.connect(endpoint);
  monitors_.push_back(std::move(monitor));
}

void GossipThread::run() {
  while (!shared_.stop.load(std::memory_order_acquire)) {
    const std::vector<SocketWaiter::Source*>& ready = waiter_.wait(poll_timeout_ms(monotonic_now()));
    const Instant now = monotonic_now();
    // The sockets stay as they are until all of them were served; commands come last.
    for (SocketWaiter::Source* source : ready) {
      handle(static_cast<Source&>(*source), now);
    }
    inbox_.wake_loop();
    take_commands();
    if (zap_waits_) {
      zap_waits_ = answer_zap(now);
    }
    const Instant then = monotonic_now();
    if (then >= schedule_.next()) {
      beat(then);
    }
    if (then >= next_idle_check_) {
      close_idle_dealers(then);
    }
    if (then >= next_connect_) {
      connect_overdue(then);
    }
  }
}

/// Everything but the peers' sockets, which come and go.
bool GossipThread::wait_for_own() {
  const auto add = [this](Source& source, Source::Kind kind, Stream stream, zmq::socket_t& socket) {
    source.kind = kind;
    source.stream = stream;
    source.socket = &socket;
    return waiter_.add(socket, source);
  };
  monitor_sources_.resize(monitors_.size());
  for (std::size_t i = 0; i < monitors_.size(); ++i) {
    if (!add(monitor_sources_[i], Source::Kind::monitor, Stream::ctl, monitors_[i])) {
      return false;
    }
  }
  return waiter_.add(shared_.wake_thread.get(), wake_source_) &&
         add(zap_source_, Source::Kind::zap, Stream::ctl, zap_->socket()) &&
         add(ctl_source_, Source::Kind::publisher, Stream::ctl, ctl_) &&
         add(bulk_source_, Source::Kind::publisher, Stream::bulk, bulk_) &&
         add(router_source_, Source::Kind::router, Stream::direct, router_);
}

int GossipThread::poll_timeout_ms(Instant now) const {
  if (more_commands_ || zap_waits_) {
    return 0;
  }
  const Instant due = std::min({schedule_.next(), next_idle_check_, next_connect_});
  if (due == Instant::max()) {
    return -1;
  }
  const std::int64_t left_ns = std::max<std::int64_t>((due - now).count(), 0);
  return static_cast<int>(std::min<std::int64_t>((left_ns + 999'999) / 1'000'000, INT_MAX));
}

void GossipThread::handle(Source& source, Instant now) {
  bool more = false;
  switch (source.kind) {
    case Source::Kind::wake: {
      eventfd_t count = 0;
      (void)eventfd_read(shared_.wake_thread.get(), &count);  // the commands are taken in every turn
      return;
    }
    case Source::Kind::zap:
      zap_waits_ = true;  // answered after the commands: who was admitted before it came is let in
      return;
    case Source::Kind::monitor:
      more = take_events(*source.socket, now);
      break;
    case Source::Kind::publisher:
      more = take_subscriptions(*source.socket, source.stream);
      break;
    case Source::Kind::router:
      more = take_direct(now);
      break;
    case Source::Kind::subscriber:
      more = take_published(*source.peer, *source.socket, source.stream, now);
      break;
  }
  if (more) {
    waiter_.revisit(source);
  }
}

// --- Commands of the loop ---

void GossipThread::take_commands() {
  GossipCommand command;
  int taken = 0;
  more_commands_ = false;
  while (shared_.commands.pop(command)) {
    shared_.command_bytes.fetch_sub(command.frame.size(), std::memory_order_relaxed);
    execute(command);
    if (++taken == limits::gossip_messages_per_turn) {
      more_commands_ = true;
      return;
    }
  }
}

void GossipThread::execute(GossipCommand& command) {
  switch (command.kind) {
    case GossipCommand::Kind::none:
      return;
    case GossipCommand::Kind::admit:
      return admit(std::move(*command.peer));
    case GossipCommand::Kind::forget:
      return forget(command.node_id);
    case GossipCommand::Kind::reconnect:
      if (const auto found = peers_.find(command.node_id); found != peers_.end()) {
        connect(found->second);
      }
      return;
    case GossipCommand::Kind::follow_bulk:
      if (const auto found = peers_.find(command.node_id); found != peers_.end()) {
        follow_bulk(found->second, command.follow);
      }
      return;
    case GossipCommand::Kind::heartbeat:
      heartbeat_ = std::move(command.frame);
      return schedule_.hurry(peers_.size());
    case GossipCommand::Kind::publish:
      return publish(command.stream, command.frame);
    case GossipCommand::Kind::send:
      return send_direct(command.node_id, command.frame);
  }
}

void GossipThread::publish(Stream stream, zmq::message_t& frame) {
  const std::size_t size = frame.size();
  if (!send(stream == Stream::ctl ? ctl_ : bulk_, frame)) {
    shared_.tallies.drop(Drop::queue_full_out);
    return;
  }
  // Sending may have taken in what a subscriber said, and the descriptor does not tell any more.
  waiter_.revisit(stream == Stream::ctl ? ctl_source_ : bulk_source_);
  GossipTallies::add(shared_.tallies.frames_out);
  GossipTallies::add(shared_.tallies.bytes_out, size);
}

// --- What comes in ---

bool GossipThread::answer_zap(Instant now) {
  for (int i = 0; i < limits::gossip_messages_per_turn; ++i) {
    const auto verdict = zap_->answer_one();
    if (!verdict) {
      return false;
    }
    if (!verdict->admitted) {
      inbox_.refuse(Drop::unknown_key, verdict->address, now);
    } else if (verdict->owner) {
      peer_connected(*verdict->owner);
    }
  }
  return true;
}

bool GossipThread::take_events(zmq::socket_t& monitor, Instant now) {
  for (int i = 0; i < limits::gossip_messages_per_turn; ++i) {
    zmq::message_t part;
    if (!receive(monitor, part)) {
      return false;
    }
    std::uint16_t event = 0;
    if (part.size() >= sizeof event) {
      std::memcpy(&event, part.data(), sizeof event);
    }
    skip_rest(monitor, part);
    if (event == ZMQ_EVENT_ACCEPTED) {
      GossipTallies::add(shared_.tallies.connections_accepted);
    } else if (event == ZMQ_EVENT_DISCONNECTED) {
      GossipTallies::add(shared_.tallies.connections_lost);
    } else {
      inbox_.refuse(Drop::handshake_failed, {}, now);
    }
  }
  return true;
}

bool GossipThread::take_subscriptions(zmq::socket_t& publisher, Stream stream) {
  for (int i = 0; i < limits::gossip_messages_per_turn; ++i) {
    zmq::message_t part;
    if (!receive(publisher, part)) {
      return false;
    }
    const char first = part.size() > 0 ? *static_cast<const char*>(part.data()) : '\2';
    skip_rest(publisher, part);
    if (first == '\1' && stream == Stream::ctl) {
      schedule_.hurry(peers_.size());
    } else if (first != '\1' && first != '\0') {
      shared_.tallies.drop(Drop::malformed);  // a subscriber that sends something else upstream
    }
  }
  return true;
}

bool GossipThread::take_published(PeerSockets& peer, zmq::socket_t& socket, Stream stream, Instant now) {
  for (int i = 0; i < limits::gossip_messages_per_turn; ++i) {
    zmq::message_t frame;
    if (!receive(socket, frame)) {
      return false;
    }
    if (frame.more()) {
      skip_rest(socket, frame);
      inbox_.refuse(Drop::malformed, peer.peer.identifier, now);
      continue;
    }
    inbox_.deliver(&peer.peer, stream, frame, now);
  }
  return true;
}

bool GossipThread::take_direct(Instant now) {
  for (int i = 0; i < limits::gossip_messages_per_turn; ++i) {
    zmq::message_t routing;
    zmq::message_t frame;
    if (!receive(router_, routing)) {
      return false;
    }
    if (!routing.more() || !receive(router_, frame)) {
      inbox_.refuse(Drop::malformed, {}, now);
      continue;
    }
    const Peer* owner = owner_of_direct(frame);
    if (frame.more()) {
      skip_rest(router_, frame);
      inbox_.refuse(Drop::malformed, owner != nullptr ? owner->identifier : std::string_view{}, now);
      continue;
    }
    inbox_.deliver(owner, Stream::direct, frame, now);
  }
  return true;
}

const Peer* GossipThread::owner_of_direct(zmq::message_t& frame) const {
  std::optional<std::uint64_t> node_id;
  if (options_.keys.empty()) {
    node_id = cluster::peek_sender(frame.to_string_view());  // open mode: what it says is believed
  } else if (const char* user = zmq_msg_gets(frame.handle(), "User-Id"); user != nullptr) {
    if (const auto key = CurvePublicKey::from_hex(user)) {
      node_id = owners_.owner_of(*key);
    }
  }
  const auto found = node_id ? peers_.find(*node_id) : peers_.end();
  return found == peers_.end() ? nullptr : &found->second.peer;
}

// --- The heartbeat ---

void GossipThread::beat(Instant now) {
  if (heartbeat_.size() == 0 || peers_.empty()) {
    schedule_.pause();
    return;
  }
  if (!schedule_.begin(now, shared_.loop_turned_ns.load(std::memory_order_relaxed))) {
    return;
  }
  zmq::message_t frame;
  if (zmq_msg_init_size(frame.handle(), heartbeat_.size()) != 0) {
    return;
  }
  std::memcpy(frame.data(), heartbeat_.data(), heartbeat_.size());
  if (!cluster::restamp_heartbeat(static_cast<char*>(frame.data()), frame.size(), ++heartbeat_seq_,
                                  static_cast<std::uint64_t>(now.ms()))) {
    return;
  }
  schedule_.sent(now);
  GossipTallies::add(shared_.tallies.heartbeats_out);
  publish(Stream::ctl, frame);
}

}  // namespace holdfast::transport
