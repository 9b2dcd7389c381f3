// The network between the nodes: delay, loss, duplicates, tails, cut links, and old packets that arrive after
// a heal.
#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "cluster/codec/message_codec.hpp"
#include "simulator/simulated_world.hpp"

namespace holdfast::simulator {
namespace {

constexpr std::size_t kHeldMax = 400;
constexpr std::uint32_t kCalmLossPerMillion = 1000;
constexpr Duration kRetransmission = 200ms;  // TCP's least, twice as long each time

/// The minor version of the protocol that a type of frame came with.
int minor_of(cluster::FrameType type) {
  if (type == cluster::FrameType::roster) {
    return 2;
  }
  return type == cluster::FrameType::loss_report ? 1 : 0;
}

}  // namespace

Duration SimulatedWorld::draw_delay() {
  if (faulty_ && random_.chance(options_.tail_per_million)) {
    return std::chrono::milliseconds(random_.between(1, 3000));
  }
  return std::chrono::microseconds(random_.between(100, 3000));
}

Duration SimulatedWorld::draw_lateness() {
  if (options_.stalls_of_threads == StallProfile::none) {
    return {};
  }
  // Measured: 99 in 100 and the worst of some thousand; beyond that each step is e times as rare.
  const bool favoured = options_.stalls_of_threads == StallProfile::favoured;
  const std::int64_t usual_us = favoured ? 19'000 : 256'000;
  const std::int64_t step_us = favoured ? 17'000 : 23'000;
  const std::uint64_t draw = random_.below(1000);
  if (draw < 990) {
    return std::chrono::microseconds(random_.between(0, draw < 500 ? 5000 : usual_us));
  }
  std::int64_t late_us = usual_us;
  while (random_.chance(367'879)) {
    late_us += step_us;
  }
  return std::chrono::microseconds(late_us + random_.between(0, step_us));
}

/// The frame as an agent of the sender's version would have made it; notes for whom an order is meant.
void SimulatedWorld::speak_own_version(Packet& packet) {
  const Machine& sender = machines_[packet.from];
  packet.major = sender.major;
  packet.sent_at = now_;
  const auto type = static_cast<cluster::FrameType>(packet.bytes->at(4));
  if (type == cluster::FrameType::command) {
    const auto decoded = cluster::decode_message(*packet.bytes);
    CHECK(decoded.ok());
    const auto& command = std::get<cluster::Command>(decoded.value().message);
    meant_for_[command.operation] = command.target_incarnation;
  }
  if (sender.major == cluster::kProtocolMajor && sender.minor == cluster::kProtocolMinor) {
    return;
  }
  auto frame = cluster::decode_frame(*packet.bytes);
  CHECK(frame.ok());
  frame.value().header.proto_major = sender.major;
  frame.value().header.proto_minor = sender.minor;
  packet.bytes =
      std::make_shared<const std::string>(cluster::encode_frame(frame.value().header, frame.value().payload));
}

bool SimulatedWorld::cut(std::size_t from, std::size_t to) const {
  return cuts_[from][to] > 0;
}
void SimulatedWorld::cut_link(std::size_t from, std::size_t to) {
  cuts_[from][to] = 1;
}

void SimulatedWorld::transmit(Packet packet) {
  if (packet.kind == Kind::frame && machines_[packet.from].node) {
    packet.number = machines_[packet.from].node->identity().incarnation;
    const int since = minor_of(static_cast<cluster::FrameType>(packet.bytes->at(4)));
    if (since > machines_[packet.from].minor) {
      return;  // an agent of that version makes none
    }
    if (since > machines_[packet.to].minor) {
      fail(roster_[packet.from].nick + " sends " + roster_[packet.to].nick + " a type younger than its version");
    }
    speak_own_version(packet);
    if (packet.stream == cluster::Stream::ctl && dead_connections_.contains({packet.from, packet.to})) {
      return;
    }
    if (const auto burst = bursts_.find({packet.from, packet.to});
        burst != bursts_.end() && now_ < burst->second && packet.stream == cluster::Stream::ctl && faulty_) {
      return;
    }
  }
  if (cut(packet.from, packet.to)) {
    if (held_.size() < kHeldMax && random_.chance(options_.stale_per_million)) {
      held_.push_back(std::move(packet));
    }
    return;
  }
  if (faulty_ && random_.chance(options_.loss_per_million)) {
    return;
  }
  if (faulty_ && random_.chance(options_.duplicate_per_million)) {
    Packet copy = packet;
    push(now_ + draw_delay() + std::chrono::milliseconds(random_.between(0, 2000)), std::move(copy));
  }
  const Instant at =
      options_.stalls_of_threads == StallProfile::none ? now_ + draw_delay() : arrival_in_order(packet.from, packet.to);
  push(at, std::move(packet));
}

/// As TCP has it: what is lost comes later, and nothing that was sent after it comes before.
Instant SimulatedWorld::arrival_in_order(std::size_t from, std::size_t to) {
  Instant at = now_ + draw_delay();
  for (Duration wait = kRetransmission; random_.chance(kCalmLossPerMillion); wait *= 2) {
    at = at + wait;
  }
  Instant& last = last_arrival_[from][to];
  last = std::max(last, at);
  return last;
}

/// What `to` hears of `from` comes by a new connection.
void SimulatedWorld::connect_anew(std::size_t from, std::size_t to) {
  if (dead_connections_.erase({from, to}) != 0) {
    clear_since_[from][to] = now_;
    calm_since_ = now_;
    say(roster_[to].nick + " has connected to " + roster_[from].nick + " anew");
  }
}

void SimulatedWorld::heal_all() {
  bool any = false;
  for (std::size_t from = 0; from < cuts_.size(); ++from) {
    for (std::size_t to = 0; to < cuts_.size(); ++to) {
      if (std::exchange(cuts_[from][to], 0) != 0) {
        clear_since_[from][to] = now_;
        any = true;
      }
    }
  }
  if (any) {
    say("-- all links heal, " + std::to_string(held_.size()) + " old packets arrive");
  }
  for (Packet& packet : held_) {
    push(now_ + draw_delay(), std::move(packet));
  }
  held_.clear();
}

}  // namespace holdfast::simulator
