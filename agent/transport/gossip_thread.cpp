#include "transport/gossip_thread.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "transport/frame_check.hpp"

namespace holdfast::transport {
namespace {

constexpr Duration kIdleCheckPeriod = 1s;
constexpr Duration kFirstConnectionMax = 300ms;  // of a peer that is to come first
constexpr int kWatchedEvents = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                               ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;

bool receive(zmq::socket_t& socket, zmq::message_t& into) {
  return zmq_msg_recv(into.handle(), socket.handle(), ZMQ_DONTWAIT) >= 0;
}

bool send(zmq::socket_t& socket, zmq::message_t& frame) {
  return zmq_msg_send(frame.handle(), socket.handle(), ZMQ_DONTWAIT) >= 0;
}

/// The remaining parts of a message whose last received part is `part`.
void skip_rest(zmq::socket_t& socket, zmq::message_t& part) {
  while (part.more() && receive(socket, part)) {
  }
}

std::string_view view(const zmq::message_t& message) {
  return {static_cast<const char*>(message.data()), message.size()};
}

}  // namespace

GossipThread::GossipThread(const TransportOptions& options, GossipShared& shared)
    : options_(options), shared_(shared), maker_(context_, options.keys) {}

Result<Ports> GossipThread::open() {
  constexpr int kSocketsPerPeer = 3;
  constexpr int kOwnSockets = 16;
  std::string doing = "made";
  try {
    // Two nodes' sockets may not share ZeroMQ's default of 1023.
    context_.set(zmq::ctxopt::max_sockets,
                 static_cast<int>(limits::gossip_peers_max) * kSocketsPerPeer + kOwnSockets);
    zap_.emplace(context_, owners_, options_.keys.empty());
    ctl_ = maker_.bound(Stream::ctl);
    bulk_ = maker_.bound(Stream::bulk);
    router_ = maker_.bound(Stream::direct);
    watch(ctl_, Stream::ctl);
    watch(bulk_, Stream::bulk);
    watch(router_, Stream::direct);
    Ports ports;
    doing = "bound to " + tcp_endpoint(options_.bind_address, options_.ports.ctl) + " (ctl)";
    ports.ctl = bind(ctl_, Stream::ctl, options_.ports.ctl);
    doing = "bound to " + tcp_endpoint(options_.bind_address, options_.ports.bulk) + " (bulk)";
    ports.bulk = bind(bulk_, Stream::bulk, options_.ports.bulk);
    doing = "bound to " + tcp_endpoint(options_.bind_address, options_.ports.direct) + " (direct)";
    ports.direct = bind(router_, Stream::direct, options_.ports.direct);
    return ports;
  } catch (const zmq::error_t& error) {
    return Error{"a gossip socket cannot be " + doing + ": " + error.what() + "; no gossip is started",
                 error.num()};
  }
}

std::uint16_t GossipThread::bind(zmq::socket_t& socket, Stream, std::uint16_t port) {
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
    if (peers_changed_) {
      rebuild_poll_list();
    }
    const int ready =
        zmq_poll(poll_list_.data(), static_cast<int>(poll_list_.size()), poll_timeout_ms(monotonic_now()));
    const Instant now = monotonic_now();
    if (ready > 0) {
      // The list and the sockets stay as they are until all of them were served; commands come last.
      for (std::size_t i = 0; i < poll_list_.size(); ++i) {
        if (poll_list_[i].revents != 0) {
          handle(sources_[i], now);
        }
      }
    }
    if (loop_has_news_) {
      wake_loop();
    }
    take_commands();
    if (zap_waits_) {
      answer_zap(now);
    }
    const Instant then = monotonic_now();
    if (then >= next_beat_) {
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

void GossipThread::rebuild_poll_list() {
  using Kind = Source::Kind;
  poll_list_.clear();
  sources_.clear();
  const auto add = [this](Source source, void* socket, int fd) {
    sources_.push_back(source);
    poll_list_.push_back({socket, fd, ZMQ_POLLIN, 0});
  };
  add({Kind::wake, Stream::ctl, nullptr, nullptr}, nullptr, shared_.wake_thread.get());
  add({Kind::zap, Stream::ctl, nullptr, nullptr}, zap_->socket(), -1);
  for (zmq::socket_t& monitor : monitors_) {
    add({Kind::monitor, Stream::ctl, nullptr, &monitor}, monitor.handle(), -1);
  }
  add({Kind::publisher, Stream::ctl, nullptr, &ctl_}, ctl_.handle(), -1);
  add({Kind::publisher, Stream::bulk, nullptr, &bulk_}, bulk_.handle(), -1);
  // All `ctl` before the rest: heartbeats get the earliest stamp.
  for (auto& [node_id, peer] : peers_) {
    if (peer.ctl.handle() != nullptr) {
      add({Kind::subscriber, Stream::ctl, &peer, &peer.ctl}, peer.ctl.handle(), -1);
    }
  }
  add({Kind::router, Stream::direct, nullptr, &router_}, router_.handle(), -1);
  for (auto& [node_id, peer] : peers_) {
    if (peer.bulk.handle() != nullptr) {
      add({Kind::subscriber, Stream::bulk, &peer, &peer.bulk}, peer.bulk.handle(), -1);
    }
  }
  peers_changed_ = false;
}

long GossipThread::poll_timeout_ms(Instant now) const {
  if (more_commands_) {
    return 0;
  }
  const Instant due = std::min({next_beat_, next_idle_check_, next_connect_});
  if (due == Instant::max()) {
    return -1;
  }
  const std::int64_t left_ns = std::max<std::int64_t>((due - now).count(), 0);
  return static_cast<long>((left_ns + 999'999) / 1'000'000);
}

void GossipThread::handle(const Source& source, Instant now) {
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
      return take_events(*source.socket, now);
    case Source::Kind::publisher:
      return take_subscriptions(*source.socket, source.stream);
    case Source::Kind::router:
      return take_direct(now);
    case Source::Kind::subscriber:
      return take_published(*source.peer, *source.socket, source.stream, now);
  }
}

void GossipThread::wake_loop() {
  loop_has_news_ = false;
  (void)eventfd_write(shared_.wake_loop.get(), 1);  // never full: the loop's read takes the whole count
}

// --- Commands of the loop ---

void GossipThread::take_commands() {
  GossipCommand command;
  int taken = 0;
  more_commands_ = false;
  while (shared_.commands.pop(command)) {
    shared_.command_bytes.fetch_sub(command.frame.size(), std::memory_order_relaxed);
    carry_out(command);
    if (++taken == limits::gossip_messages_per_turn) {
      more_commands_ = true;
      return;
    }
  }
}

void GossipThread::carry_out(GossipCommand& command) {
  switch (command.kind) {
    case GossipCommand::Kind::none:
      return;
    case GossipCommand::Kind::admit:
      return admit(std::move(*command.peer));
    case GossipCommand::Kind::forget:
      return forget(command.node_id);
    case GossipCommand::Kind::reconnect: {
      const auto found = peers_.find(command.node_id);
      if (found != peers_.end()) {
        connect(found->second);
      }
      return;
    }
    case GossipCommand::Kind::heartbeat:
      heartbeat_ = std::move(command.frame);
      return heartbeat_soon();
    case GossipCommand::Kind::publish:
      return publish(command.stream, command.frame);
    case GossipCommand::Kind::send:
      return send_direct(command.node_id, command.frame);
  }
}

void GossipThread::admit(Peer&& peer) {
  const auto known = peers_.find(peer.node_id);
  if (known == peers_.end() && peers_.size() >= limits::gossip_peers_max) {
    GossipTallies::add(shared_.tallies.socket_failures);
    return;
  }
  if (known != peers_.end()) {
    const Peer& old = known->second.peer;
    if (old.curve_public == peer.curve_public && old.address == peer.address && old.ports == peer.ports &&
        (known->second.ctl.handle() != nullptr || peer.comes_first)) {
      return;
    }
    owners_.erase(old.curve_public);
  }
  if (!options_.keys.empty()) {
    // A key has one owner: the node that HELLO named last.
    if (const auto owner = owners_.owner_of(peer.curve_public)) {
      forget(*owner);
    }
    owners_.set(peer.curve_public, peer.node_id);
  }
  PeerSockets& entry = peers_[peer.node_id];
  entry.peer = std::move(peer);
  if (entry.peer.comes_first && !options_.keys.empty()) {
    disconnect(entry);
    entry.connect_at = monotonic_now() + kFirstConnectionMax;
    next_connect_ = std::min(next_connect_, entry.connect_at);
  } else {
    connect(entry);
  }
  heartbeat_soon();
}

/// A peer has been let in that had to come first: now it lets us in, too.
void GossipThread::has_come(std::uint64_t node_id) {
  const auto found = peers_.find(node_id);
  if (found != peers_.end() && found->second.connect_at != Instant::max()) {
    connect(found->second);
  }
}

/// It did not come (its packets are lost, ours may get through): we try all the same.
void GossipThread::connect_overdue(Instant now) {
  next_connect_ = Instant::max();
  for (auto& [node_id, entry] : peers_) {
    if (entry.connect_at <= now) {
      connect(entry);
    } else {
      next_connect_ = std::min(next_connect_, entry.connect_at);
    }
  }
}

void GossipThread::forget(std::uint64_t node_id) {
  const auto found = peers_.find(node_id);
  if (found == peers_.end()) {
    return;
  }
  owners_.erase(found->second.peer.curve_public);
  peers_.erase(found);
  peers_changed_ = true;
}

void GossipThread::disconnect(PeerSockets& entry) {
  peers_changed_ = true;
  entry.ctl.close();
  entry.bulk.close();
  entry.direct.close();
  entry.connect_at = Instant::max();
}

void GossipThread::connect(PeerSockets& entry) {
  const Peer& peer = entry.peer;
  disconnect(entry);
  try {
    zmq::socket_t ctl = maker_.connecting(Stream::ctl, peer.curve_public);
    ctl.connect(tcp_endpoint(peer.address, peer.ports.ctl));
    zmq::socket_t bulk = maker_.connecting(Stream::bulk, peer.curve_public);
    bulk.connect(tcp_endpoint(peer.address, peer.ports.bulk));
    entry.ctl = std::move(ctl);
    entry.bulk = std::move(bulk);
  } catch (const zmq::error_t&) {
    GossipTallies::add(shared_.tallies.socket_failures);
  }
}

void GossipThread::publish(Stream stream, zmq::message_t& frame) {
  const std::size_t size = frame.size();
  if (!send(stream == Stream::ctl ? ctl_ : bulk_, frame)) {
    shared_.tallies.drop(Drop::queue_full_out);
    return;
  }
  GossipTallies::add(shared_.tallies.frames_out);
  GossipTallies::add(shared_.tallies.bytes_out, size);
}

void GossipThread::send_direct(std::uint64_t node_id, zmq::message_t& frame) {
  const auto found = peers_.find(node_id);
  if (found == peers_.end()) {
    shared_.tallies.drop(Drop::wrong_owner);
    return;
  }
  PeerSockets& entry = found->second;
  if (entry.direct.handle() == nullptr) {
    try {
      zmq::socket_t direct = maker_.connecting(Stream::direct, entry.peer.curve_public);
      direct.connect(tcp_endpoint(entry.peer.address, entry.peer.ports.direct));
      entry.direct = std::move(direct);
    } catch (const zmq::error_t&) {
      GossipTallies::add(shared_.tallies.socket_failures);
      return;
    }
  }
  entry.direct_used = monotonic_now();
  if (next_idle_check_ == Instant::max()) {
    next_idle_check_ = entry.direct_used + kIdleCheckPeriod;
  }
  const std::size_t size = frame.size();
  if (!send(entry.direct, frame)) {
    shared_.tallies.drop(Drop::queue_full_out);
    return;
  }
  GossipTallies::add(shared_.tallies.frames_out);
  GossipTallies::add(shared_.tallies.bytes_out, size);
}

void GossipThread::close_idle_dealers(Instant now) {
  bool any_left = false;
  for (auto& [node_id, peer] : peers_) {
    if (peer.direct.handle() == nullptr) {
      continue;
    }
    if (now - peer.direct_used > limits::gossip_dealer_idle_max) {
      peer.direct.close();
    } else {
      any_left = true;
    }
  }
  next_idle_check_ = any_left ? now + kIdleCheckPeriod : Instant::max();
}

// --- What comes in ---

void GossipThread::answer_zap(Instant now) {
  zap_waits_ = false;
  for (int i = 0; i < limits::gossip_messages_per_turn; ++i) {
    const auto verdict = zap_->answer_one();
    if (!verdict) {
      return;
    }
    if (!verdict->admitted) {
      refuse(Drop::unknown_key, verdict->address, now);
    } else if (verdict->owner) {
      has_come(*verdict->owner);
    }
  }
}

void GossipThread::take_events(zmq::socket_t& monitor, Instant now) {
  for (int i = 0; i < limits::gossip_messages_per_turn; ++i) {
    zmq::message_t part;
    if (!receive(monitor, part)) {
      return;
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
      refuse(Drop::handshake_failed, {}, now);
    }
  }
}

void GossipThread::take_subscriptions(zmq::socket_t& publisher, Stream stream) {
  for (int i = 0; i < limits::gossip_messages_per_turn; ++i) {
    zmq::message_t part;
    if (!receive(publisher, part)) {
      return;
    }
    const char first = part.size() > 0 ? *static_cast<const char*>(part.data()) : '\2';
    skip_rest(publisher, part);
    if (first == '\1' && stream == Stream::ctl) {
      heartbeat_soon();
    } else if (first != '\1' && first != '\0') {
      shared_.tallies.drop(Drop::malformed);  // a subscriber that sends something else upstream
    }
  }
}

void GossipThread::take_published(PeerSockets& peer, zmq::socket_t& socket, Stream stream, Instant now) {
  for (int i = 0; i < limits::gossip_messages_per_turn; ++i) {
    zmq::message_t frame;
    if (!receive(socket, frame)) {
      return;
    }
    if (frame.more()) {
      skip_rest(socket, frame);
      refuse(Drop::malformed, peer.peer.identifier, now);
      continue;
    }
    arrived(&peer, stream, frame, now);
  }
}

void GossipThread::take_direct(Instant now) {
  for (int i = 0; i < limits::gossip_messages_per_turn; ++i) {
    zmq::message_t routing;
    zmq::message_t frame;
    if (!receive(router_, routing)) {
      return;
    }
    if (!routing.more() || !receive(router_, frame)) {
      refuse(Drop::malformed, {}, now);
      continue;
    }
    const PeerSockets* owner = owner_of_direct(frame);
    if (frame.more()) {
      skip_rest(router_, frame);
      refuse(Drop::malformed, owner != nullptr ? owner->peer.identifier : std::string_view{}, now);
      continue;
    }
    arrived(owner, Stream::direct, frame, now);
  }
}

const GossipThread::PeerSockets* GossipThread::owner_of_direct(zmq::message_t& frame) const {
  std::optional<std::uint64_t> node_id;
  if (options_.keys.empty()) {
    node_id = cluster::peek_sender(view(frame));  // open mode: what it says is believed
  } else if (const char* user = zmq_msg_gets(frame.handle(), "User-Id"); user != nullptr) {
    if (const auto key = CurvePublicKey::from_hex(user)) {
      node_id = owners_.owner_of(*key);
    }
  }
  const auto found = node_id ? peers_.find(*node_id) : peers_.end();
  return found == peers_.end() ? nullptr : &found->second;
}

void GossipThread::arrived(const PeerSockets* owner, Stream stream, zmq::message_t& frame, Instant now) {
  const std::optional<Drop> flaw =
      check_frame(view(frame), options_.cluster_id, owner != nullptr ? owner->peer.node_id : 0);
  if (flaw) {
    refuse(*flaw, owner != nullptr ? std::string_view(owner->peer.identifier) : std::string_view{}, now);
    return;
  }
  const std::size_t size = frame.size();
  const std::size_t waiting = shared_.arrival_bytes.fetch_add(size, std::memory_order_relaxed);
  SpscRing<GossipArrival>& ring = stream == Stream::ctl ? shared_.ctl : shared_.other;
  if (waiting + size > limits::gossip_queue_bytes_max ||
      !ring.push(GossipArrival{owner->peer.node_id, stream, now, std::move(frame)})) {
    shared_.arrival_bytes.fetch_sub(size, std::memory_order_relaxed);
    shared_.tallies.drop(Drop::queue_full_in);
    return;
  }
  loop_has_news_ = true;
  GossipTallies::add(shared_.tallies.frames_in);
  GossipTallies::add(shared_.tallies.bytes_in, size);
}

void GossipThread::refuse(Drop cause, std::string_view from, Instant now) {
  shared_.tallies.drop(cause);
  GossipRefusal refusal;
  refusal.cause = cause;
  refusal.stamp = now;
  const std::size_t size = std::min(from.size(), refusal.from.size() - 1);
  std::copy_n(from.begin(), size, refusal.from.begin());
  if (shared_.refusals.push(std::move(refusal))) {  // full: the counters know
    loop_has_news_ = true;
  }
}

// --- The heartbeat ---

void GossipThread::heartbeat_soon() {
  next_beat_ = std::min(next_beat_, last_beat_ + limits::gossip_welcome_period_min);
}

void GossipThread::beat(Instant now) {
  if (heartbeat_.size() == 0 || peers_.empty()) {
    next_beat_ = Instant::max();  // heartbeat_soon() begins again
    return;
  }
  next_beat_ = now + limits::gossip_heartbeat_period;
  const std::int64_t turned_ns = shared_.loop_turned_ns.load(std::memory_order_relaxed);
  if (turned_ns == INT64_MIN || now - Instant{turned_ns} > limits::gossip_loop_stall_max) {
    return;  // a hung loop must not hide behind a healthy thread
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
  last_beat_ = now;
  GossipTallies::add(shared_.tallies.heartbeats_out);
  publish(Stream::ctl, frame);
}

}  // namespace holdfast::transport
