// What arrives at a node: frames, HELLOs, probes and timers, at once or when its loop turns again.
#include <algorithm>
#include <utility>
#include <variant>

#include "simulator/simulated_world.hpp"

namespace holdfast::simulator {

void SimulatedWorld::wake(std::size_t i) {
  Machine& machine = machines_[i];
  if (machine.paused_until && *machine.paused_until <= now_) {
    machine.paused_until.reset();
    beat(i);  // the gossip thread goes on where it stood
  }
  if (machine.stalled_until && *machine.stalled_until <= now_) {
    machine.stalled_until.reset();
  }
  if (machine.paused_until || machine.stalled_until) {
    return;
  }
  machine.awake_since = now_;
  calm_since_ = now_;
  auto waiting = std::exchange(machine.waiting, {});  // frames before timers, as the driver must
  for (const auto& [stamp, waited] : waiting) {
    feed(i, waited, stamp);
  }
  if (machine.node) {
    step(i, cluster::TimePassed{});
  }
}

void SimulatedWorld::feed(std::size_t i, const Packet& packet, Instant stamp) {
  Machine& machine = machines_[i];
  if (!machine.node) {
    return;
  }
  const Machine& other = machines_[packet.from];
  switch (packet.kind) {
    case Kind::timer: {
      if (machine.timer_at != now_) {
        return;  // another one was armed since
      }
      machine.timer_at.reset();
      const auto due = machine.node->next_deadline();
      if (due && local(i, now_) >= *due) {
        step(i, cluster::TimePassed{});
      } else {
        arm(i);
      }
      return;
    }
    case Kind::frame: {
      auto& input = std::get<cluster::FrameReceived>(frame_input_);
      input.sender = other.node_id;
      input.stream = packet.stream;
      input.bytes.assign(*packet.bytes);
      input.stamp = local(i, stamp);
      const cluster::MemberView* before = member_at(i, packet.from);
      const bool old_life = before != nullptr && packet.number != 0 && packet.number < before->incarnation;
      const Instant heard_before = before != nullptr ? before->heard_at.value_or(Instant{}) : Instant{};
      frame_sent_ = packet.sent_at;
      step(i, frame_input_);
      frame_sent_.reset();
      const cluster::MemberView* after = member_at(i, packet.from);
      const bool heard = after != nullptr && after->heard_at.value_or(Instant{}) != heard_before;
      if (old_life && heard) {
        fail(roster_[i].nick + " believes a frame of an earlier life of " + roster_[packet.from].nick);
      }
      if (heard) {
        note_silence(packet.from, i);
      }
      if (packet.major != machine.major && heard) {
        fail(roster_[i].nick + " believes a frame of another protocol of " + roster_[packet.from].nick);
      }
      check_tables(i, packet.from);
      return;
    }
    case Kind::hello: {
      if (other.life != packet.from_life || !other.node) {
        return;  // the challenge would not be answered
      }
      Packet answer;
      answer.kind = Kind::hello_answer;
      answer.from = i;
      answer.to = packet.from;
      answer.to_life = packet.from_life;
      answer.from_life = machine.life;
      answer.known = machine.node->known_incarnation(other.identifier);
      answer.number = machine.node->identity().incarnation;
      transmit(std::move(answer));
      return take_hello(i, packet);
    }
    case Kind::hello_answer: {
      const bool asked_by_name = machine.open_hellos.erase(packet.from) != 0;
      const bool asked_as_seed = machine.open_seeds.erase(packet.from) != 0;
      if (!asked_by_name && !asked_as_seed) {
        return;
      }
      take_hello(i, packet);
      if (asked_as_seed) {
        seed_answered(i, packet.from, other.major == machine.major);
      }
      return;
    }
    case Kind::hello_timeout:
      if (machine.open_seeds.erase(packet.from) != 0) {
        seed_answered(i, packet.from, false);
      }
      if (machine.open_hellos.erase(packet.from) != 0) {
        step(i, cluster::HelloFailed{other.identifier, cluster::HelloFault::unreachable, "no answer"});
      }
      return;
    case Kind::probe:
      step(i, cluster::HttpProbe{other.identifier, packet.accepted, packet.refused});
      return;
    case Kind::beat:
    case Kind::programs:
    case Kind::boot:
    case Kind::down:
    case Kind::wake:
    case Kind::fault:
    case Kind::rare_fault:
    case Kind::people:
    case Kind::look:
      return;
  }
}

/// Either side of a HELLO, when the other one has proved who it is.
void SimulatedWorld::take_hello(std::size_t i, const Packet& packet) {
  const Machine& other = machines_[packet.from];
  if (!machines_[i].node) {
    return;
  }
  if (other.major != machines_[i].major) {
    return refuse_version(i, packet.from);
  }
  if (const std::string why = machines_[i].node->objection_to(other.identifier, roster_[packet.from].nick);
      !why.empty()) {
    fail(roster_[i].nick + " refuses " + roster_[packet.from].nick + ": " + why);
  }
  cluster::HelloDone input;
  input.identifier = other.identifier;
  input.nick = roster_[packet.from].nick;
  input.incarnation = packet.number;
  input.machine_id = "m" + std::to_string(packet.from);
  input.agent.instance = std::to_string(packet.from_life);
  input.my_incarnation_known = packet.known;
  step(i, input);
}

/// The time between two heartbeats that count, for the figures of a calm run.
void SimulatedWorld::note_silence(std::size_t from, std::size_t to) {
  Instant& last = last_beat_[from][to];
  if (last != Instant{} && now_ > Instant{} + options_.boot) {
    result_.longest_silence = std::max(result_.longest_silence, now_ - last);
  }
  last = now_;
}

}  // namespace holdfast::simulator
