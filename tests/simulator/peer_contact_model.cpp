// A node's gossip thread, and what it asks of the HTTP ports of the others: HELLO and probe.
#include "base/check.hpp"
#include "base/limits.hpp"
#include "simulator/simulated_world.hpp"

namespace holdfast::simulator {

/// The gossip thread: every 200 ms the last heartbeat that the loop prepared, unless the loop has not turned
/// for 2 s.
void SimulatedWorld::beat(std::size_t i) {
  Machine& machine = machines_[i];
  Packet next;
  next.kind = Kind::beat;
  next.to = i;
  next.to_life = machine.life;
  push(now_ + limits::gossip_heartbeat_period + draw_lateness(), std::move(next));
  if (machine.heartbeat.empty() || now_ - machine.turned > limits::gossip_loop_stall_max) {
    return;
  }
  machine.beat_seq += 1;
  std::string bytes = machine.heartbeat;
  CHECK(cluster::restamp_heartbeat(bytes.data(), bytes.size(), machine.beat_seq,
                                   static_cast<std::uint64_t>(local(i, now_).ms())));
  broadcast(i, cluster::Stream::ctl, std::make_shared<const std::string>(std::move(bytes)));
}

void SimulatedWorld::broadcast(std::size_t i, cluster::Stream stream, const std::shared_ptr<const std::string>& bytes) {
  for (std::size_t to = 0; to < machines_.size(); ++to) {
    if (to != i) {
      Packet packet;
      packet.from = i;
      packet.to = to;
      packet.stream = stream;
      packet.bytes = bytes;
      transmit(std::move(packet));
    }
  }
}

void SimulatedWorld::greet(std::size_t from, const std::string& identifier) {
  const std::size_t to = index_of(identifier);
  machines_[from].open_hellos.insert(to);
  send_hello(from, to);
}

/// Whoever is there; an address of its own greets nobody (the product's HELLO finds that it speaks to itself).
void SimulatedWorld::greet_seed(std::size_t from, const std::string& endpoint) {
  const std::size_t to = index_of(endpoint);
  if (to == from) {
    return step(from, cluster::SeedAnswered{endpoint, endpoint, {}});
  }
  machines_[from].open_seeds.insert(to);
  send_hello(from, to);
}

void SimulatedWorld::seed_answered(std::size_t i, std::size_t seed, bool answered) {
  const std::string& identifier = machines_[seed].identifier;
  step(i, cluster::SeedAnswered{identifier, answered ? identifier : "", answered ? "" : "no answer"});
}

void SimulatedWorld::send_hello(std::size_t from, std::size_t to) {
  Machine& machine = machines_[from];
  Packet packet;
  packet.kind = Kind::hello;
  packet.from = from;
  packet.to = to;
  packet.from_life = machine.life;
  packet.number = machine.node->identity().incarnation;
  packet.known = machine.node->known_incarnation(machines_[to].identifier);
  transmit(std::move(packet));
  Packet timeout;
  timeout.kind = Kind::hello_timeout;
  timeout.from = to;
  timeout.to = from;
  timeout.to_life = machine.life;
  push(now_ + 1s, std::move(timeout));
}

void SimulatedWorld::probe(std::size_t from, const std::string& identifier) {
  const std::size_t to = index_of(identifier);
  const bool open = !cut(from, to) && !cut(to, from);
  Packet packet;
  packet.kind = Kind::probe;
  packet.from = to;
  packet.to = from;
  packet.to_life = machines_[from].life;
  packet.accepted = open && (machines_[to].node || machines_[to].programs_up);  // a keeper holds the socket
  packet.refused = open && !packet.accepted;
  push(now_ + (open ? draw_delay() * 2 : Duration(300ms)), std::move(packet));
}

void SimulatedWorld::refuse_version(std::size_t i, std::size_t peer) {
  step(i, cluster::HelloFailed{machines_[peer].identifier, cluster::HelloFault::incompatible, "no version"});
  if (machines_[i].node) {
    const cluster::MemberView* member = member_at(i, peer);
    if (member != nullptr && member->state == MemberState::stopped) {
      fail(roster_[i].nick + " shows an incompatible node as STOPPED");
    }
  }
}

}  // namespace holdfast::simulator
