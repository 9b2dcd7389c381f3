// The network between the nodes: delay, loss, duplicates, tails, cut links, and old packets that arrive after
// a heal.
#include "base/check.hpp"
#include "cluster/message_codec.hpp"
#include "simulator/simulated_world.hpp"

namespace holdfast::simulator {
namespace {

constexpr std::size_t kHeldMax = 400;

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
  const bool favoured = options_.stalls_of_threads == StallProfile::favoured;
  const std::int64_t usual_us = favoured ? 19'000 : 256'000;
  const std::int64_t worst_us = favoured ? 78'000 : 335'000;
  const std::uint64_t draw = random_.below(1000);
  return std::chrono::microseconds(draw < 500   ? random_.between(0, 5000)
                                   : draw < 990 ? random_.between(0, usual_us)
                                                : random_.between(usual_us, worst_us));
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
  packet.bytes = std::make_shared<const std::string>(
      cluster::encode_frame(frame.value().header, frame.value().payload));
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
    const bool young = packet.bytes->at(4) == static_cast<char>(cluster::FrameType::loss_report);
    if (young && machines_[packet.from].minor < cluster::kProtocolMinor) {
      return;  // an agent of that version makes none
    }
    if (young && machines_[packet.to].minor < cluster::kProtocolMinor) {
      fail(roster_[packet.from].nick + " sends " + roster_[packet.to].nick + " a type younger than its version");
    }
    speak_own_version(packet);
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
  push(now_ + draw_delay(), std::move(packet));
}

void SimulatedWorld::heal_all() {
  bool any = false;
  for (auto& row : cuts_) {
    for (int& count : row) {
      any = any || count > 0;
      count = 0;
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
