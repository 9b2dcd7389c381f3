#include "transport/gossip_transport.hpp"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <future>
#include <system_error>
#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "transport/gossip_shared.hpp"
#include "transport/gossip_thread.hpp"
#include "transport/thread_priority.hpp"

namespace holdfast::transport {
namespace {

void thread_main(const TransportOptions& options, GossipShared& shared, std::promise<Result<Ports>> answer) {
  pthread_setname_np(pthread_self(), "gossip");
  if (options.raise_priority) {
    // Before the ZeroMQ context: its threads inherit what this one has.
    shared.priority.store(raise_thread_priority(), std::memory_order_release);
  }
  GossipThread thread(options, shared);
  Result<Ports> ports = thread.open();
  const bool open = ports.ok();
  answer.set_value(std::move(ports));
  if (open) {
    thread.run();
  }
}

bool numeric(const std::string& address) {
  in6_addr parsed{};
  return inet_pton(AF_INET, address.c_str(), &parsed) == 1 || inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

bool is_heartbeat(std::string_view frame) {
  std::string copy(frame);
  return cluster::restamp_heartbeat(copy.data(), copy.size(), 0, 0);
}

}  // namespace

GossipTransport::GossipTransport(TransportOptions options)
    : options_(std::move(options)), shared_(std::make_unique<GossipShared>()) {
  shared_->wake_thread.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  shared_->wake_loop.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

GossipTransport::~GossipTransport() {
  stop();
}

Result<Ports> GossipTransport::start() {
  CHECK(!thread_.joinable());
  if (!shared_->wake_thread.valid() || !shared_->wake_loop.valid()) {
    return Error{"gossip: no file descriptor is left for the thread's eventfd; no gossip is started"};
  }
  if (!options_.bind_address.empty() && !numeric(options_.bind_address)) {
    return Error{"gossip: the bind address " + options_.bind_address + " is not numeric; no gossip is started"};
  }
  if (options_.keys.public_key().published()) {
    return Error{
        "gossip: the CURVE key is an example from a manual, whose secret everybody has; no gossip is "
        "started"};
  }
  std::promise<Result<Ports>> promise;
  std::future<Result<Ports>> answer = promise.get_future();
  // The new thread inherits the mask: signals are the loop's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread(thread_main, std::cref(options_), std::ref(*shared_), std::move(promise));
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return Error{std::string("gossip: the thread cannot be started: ") + error.what(), error.code().value()};
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  Result<Ports> ports = answer.get();
  if (!ports.ok()) {
    thread_.join();
  }
  return ports;
}

void GossipTransport::stop() {
  if (!thread_.joinable()) {
    return;
  }
  shared_->stop.store(true, std::memory_order_release);
  (void)eventfd_write(shared_->wake_thread.get(), 1);
  thread_.join();
}

Priority GossipTransport::priority() const {
  return shared_->priority.load(std::memory_order_acquire);
}

bool GossipTransport::open_mode() const {
  return options_.keys.empty();
}

bool GossipTransport::enqueue(GossipCommand&& command) {
  const std::size_t size = command.frame.size();
  const std::size_t waiting = shared_->command_bytes.fetch_add(size, std::memory_order_relaxed);
  if (waiting + size > limits::gossip_queue_bytes_max || !shared_->commands.push(std::move(command))) {
    shared_->command_bytes.fetch_sub(size, std::memory_order_relaxed);
    shared_->tallies.drop(Drop::queue_full_out);
    return false;
  }
  (void)eventfd_write(shared_->wake_thread.get(), 1);
  return true;
}

Status GossipTransport::admit(const Peer& peer) {
  const std::string who = "gossip: node " + peer.identifier + " is not admitted: ";
  if (peer.node_id == 0 || peer.node_id == options_.node_id) {
    return Error{who + "it has no id of its own"};
  }
  if (!numeric(peer.address)) {
    return Error{who + "its address '" + peer.address + "' is not numeric"};
  }
  if (peer.ports.ctl == 0 || peer.ports.bulk == 0 || peer.ports.direct == 0) {
    return Error{who + "it names no gossip ports"};
  }
  if (open_mode() != peer.curve_public.empty()) {
    return Error{who + (open_mode() ? "it has a CURVE key and this node is in open mode" : "it has no CURVE key")};
  }
  if (peer.curve_public.published() || (!open_mode() && peer.curve_public == options_.keys.public_key())) {
    return Error{who + "its CURVE key is this node's own or an example from a manual"};
  }
  GossipCommand command;
  command.kind = GossipCommand::Kind::admit;
  command.peer = std::make_unique<Peer>(peer);
  if (!enqueue(std::move(command))) {
    return Error{who + "the queue to the gossip thread is full; try again"};
  }
  return {};
}

bool GossipTransport::forget(std::uint64_t node_id) {
  GossipCommand command;
  command.kind = GossipCommand::Kind::forget;
  command.node_id = node_id;
  return enqueue(std::move(command));
}

bool GossipTransport::reconnect(std::uint64_t node_id) {
  GossipCommand command;
  command.kind = GossipCommand::Kind::reconnect;
  command.node_id = node_id;
  return enqueue(std::move(command));
}

bool GossipTransport::follow_bulk(std::uint64_t node_id, bool follow) {
  GossipCommand command;
  command.kind = GossipCommand::Kind::follow_bulk;
  command.node_id = node_id;
  command.follow = follow;
  return enqueue(std::move(command));
}

bool GossipTransport::set_heartbeat(std::string_view frame) {
  if (!frame.empty() && (frame.size() > limits::gossip_frame_bytes_max || !is_heartbeat(frame))) {
    shared_->tallies.drop(Drop::malformed);
    return false;
  }
  GossipCommand command;
  command.kind = GossipCommand::Kind::heartbeat;
  command.frame = zmq::message_t(frame.data(), frame.size());
  return enqueue(std::move(command));
}

bool GossipTransport::publish(Stream stream, std::string_view frame) {
  CHECK(stream != Stream::direct);
  if (frame.size() > limits::gossip_frame_bytes_max) {
    shared_->tallies.drop(Drop::oversized);
    return false;
  }
  GossipCommand command;
  command.kind = GossipCommand::Kind::publish;
  command.stream = stream;
  command.frame = zmq::message_t(frame.data(), frame.size());
  return enqueue(std::move(command));
}

bool GossipTransport::send(std::uint64_t node_id, std::string_view frame) {
  if (frame.size() > limits::gossip_frame_bytes_max) {
    shared_->tallies.drop(Drop::oversized);
    return false;
  }
  GossipCommand command;
  command.kind = GossipCommand::Kind::send;
  command.node_id = node_id;
  command.frame = zmq::message_t(frame.data(), frame.size());
  return enqueue(std::move(command));
}

void GossipTransport::loop_turned(Instant now) {
  shared_->loop_turned_ns.store(now.ns, std::memory_order_relaxed);
}

int GossipTransport::event_fd() const {
  return shared_->wake_loop.get();
}

std::size_t GossipTransport::drain(std::vector<Received>& into, std::size_t max) {
  eventfd_t count = 0;
  (void)eventfd_read(shared_->wake_loop.get(), &count);  // before the rings: what comes later sets it again
  std::size_t drained = 0;
  GossipArrival arrival;
  while (drained < max && (shared_->ctl.pop(arrival) || shared_->other.pop(arrival))) {
    shared_->arrival_bytes.fetch_sub(arrival.frame.size(), std::memory_order_relaxed);
    into.push_back(Received{arrival.node_id, arrival.stream, arrival.frame.to_string(), arrival.stamp});
    ++drained;
  }
  if (!shared_->ctl.empty() || !shared_->other.empty()) {
    (void)eventfd_write(shared_->wake_loop.get(), 1);
  }
  return drained;
}

void GossipTransport::drain_refusals(std::vector<Refusal>& into) {
  GossipRefusal refusal;
  while (shared_->refusals.pop(refusal)) {
    into.push_back(Refusal{refusal.cause, refusal.from.data(), refusal.stamp});
  }
}

Counters GossipTransport::counters() const {
  const GossipTallies& tallies = shared_->tallies;
  const auto read = [](const std::atomic<std::uint64_t>& tally) { return tally.load(std::memory_order_relaxed); };
  Counters counters;
  counters.frames_in = read(tallies.frames_in);
  counters.frames_out = read(tallies.frames_out);
  counters.bytes_in = read(tallies.bytes_in);
  counters.bytes_out = read(tallies.bytes_out);
  counters.heartbeats_out = read(tallies.heartbeats_out);
  counters.connections_accepted = read(tallies.connections_accepted);
  counters.connections_lost = read(tallies.connections_lost);
  counters.socket_failures = read(tallies.socket_failures);
  for (std::size_t i = 0; i < drop_causes; ++i) {
    counters.dropped[i] = read(tallies.dropped[i]);
  }
  return counters;
}

}  // namespace holdfast::transport
