// The network between the nodes: delay, loss, duplicates, tails, cut links, and old packets that arrive after
// a heal.
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

bool SimulatedWorld::cut(std::size_t from, std::size_t to) const {
  return cuts_[from][to] > 0;
}
void SimulatedWorld::cut_link(std::size_t from, std::size_t to) {
  cuts_[from][to] = 1;
}

void SimulatedWorld::transmit(Packet packet) {
  if (packet.kind == Kind::frame && machines_[packet.from].node) {
    packet.number = machines_[packet.from].node->identity().incarnation;
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
