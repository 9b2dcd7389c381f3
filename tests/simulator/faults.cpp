// What goes wrong, drawn from the seed.
#include <utility>

#include "simulator/simulated_world.hpp"

namespace holdfast::simulator {
namespace {

constexpr Duration kKnowsTheOthers = 2s;  // after a node's start
constexpr std::int64_t kMonthMs = 30LL * 24 * 3600 * 1000;

}  // namespace

void SimulatedWorld::partition() {
  const auto random_node = [&] { return static_cast<std::size_t>(random_.below(machines_.size())); };
  std::string sides;
  if (options_.partial && random_.chance(300'000)) {
    const std::size_t a = random_node();
    const std::size_t b = random_node();
    if (a != b) {
      cut_link(a, b);
      cut_link(b, a);
      sides = roster_[a].nick + " x " + roster_[b].nick;
    }
  } else {
    const bool one_way = options_.one_way && random_.chance(300'000);
    std::vector<bool> left(machines_.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
      left[i] = random_.chance(500'000);
      sides += (left[i] ? " " : " |") + roster_[i].nick;
    }
    for (std::size_t a = 0; a < left.size(); ++a) {
      for (std::size_t b = 0; b < left.size(); ++b) {
        if (left[a] && !left[b]) {
          cut_link(a, b);
          if (!one_way) {
            cut_link(b, a);
          }
        }
      }
    }
    sides += one_way ? " (one way)" : "";
  }
  say("-- cut:" + sides);
}

/// `away`: else drawn.
void SimulatedWorld::crash(std::size_t i, bool with_programs, std::optional<Duration> away) {
  Machine& machine = machines_[i];
  if (!machine.node) {
    return;
  }
  say(std::string("-- crash of ") + roster_[i].nick + (with_programs ? " with its programs" : "'s agent"));
  machine.node.reset();
  ++machine.life;
  if (with_programs) {
    machine.supervisor->kill_all(local(i, now_));
    machine.programs_up = false;
    machine.down_since = now_;
  }
  if (options_.lost_disks && random_.chance(300'000)) {
    const bool is_older = random_.chance(500'000);
    say(std::string("-- its identity file is ") + (is_older ? "restored from an old copy" : "lost"));
    machine.disk = is_older ? machine.backup : cluster::Identity{};
    if (options_.wall_steps && random_.chance(500'000)) {  // of a machine that was restored
      set_wall_clock(i, -random_.between(10'000, kMonthMs));
    }
    machine.last_executed = {};
    std::erase_if(written_, [&](const auto& item) { return item.first.first == i; });
    ++writings_[i];
    for (std::vector<Seen>& by_owner : seen_) {
      by_owner[i] = {};
    }
  }
  Packet boot;
  boot.kind = Kind::boot;
  boot.to = i;
  if (!away) {
    away = std::chrono::milliseconds(with_programs ? random_.between(100, 6000) : random_.between(50, 2500));
  }
  push(now_ + *away, std::move(boot));
}

void SimulatedWorld::fault() {
  if (now_ >= Instant{} + options_.boot + options_.faults) {
    end_faults();
    return;
  }
  const auto i = static_cast<std::size_t>(random_.below(machines_.size()));
  Machine& machine = machines_[i];
  switch (random_.below(12)) {
    case 0:
    case 1:
      if (options_.partitions) {
        partition();
      }
      break;
    case 2:
    case 3:
      heal_all();
      break;
    case 4:
      if (options_.agent_crashes) {
        crash(i, false);
      }
      break;
    case 5:
      if (options_.node_crashes) {
        crash(i, true);
      }
      break;
    case 6:
      freeze(i);
      break;
    case 7:
      if (options_.program_crashes && machine.programs_up) {
        machine.supervisor->crash_one(local(i, now_));
        programs_moved(i);
      }
      break;
    case 8:
      if (options_.operators) {
        operate();
      }
      break;
    case 9:
      if (options_.leaves) {
        leave(i);
      }
      break;
    case 10:
      if (options_.drop_bursts) {
        drop_burst(i);
      }
      break;
    case 11:
      if (options_.wall_steps) {
        step_wall_clock(i);
      }
      break;
    default:
      break;
  }
  Packet next;
  next.kind = Kind::fault;
  push(now_ + std::chrono::milliseconds(random_.between(50, 1500)), std::move(next));
}

/// The whole process, or its loop alone.
void SimulatedWorld::freeze(std::size_t i) {
  Machine& machine = machines_[i];
  if ((!options_.pauses && !options_.stalls) || !machine.node || machine.paused_until || machine.stalled_until) {
    return;
  }
  const bool loop_only = options_.stalls && (!options_.pauses || random_.chance(500'000));
  const Instant until = now_ + std::chrono::milliseconds(random_.between(100, 5000));
  (loop_only ? machine.stalled_until : machine.paused_until) = until;
  say("-- " + roster_[i].nick + (loop_only ? "'s loop stalls for " : " is frozen for ") +
      std::to_string((until - now_) / 1ms) + " ms");
  Packet wake;
  wake.kind = Kind::wake;
  wake.to = i;
  wake.to_life = machine.life;
  push(until, std::move(wake));
}

/// Faults that come a few times in a run, or once.
void SimulatedWorld::rare_fault() {
  if (!faulty_) {
    return;
  }
  const auto from = static_cast<std::size_t>(random_.below(machines_.size()));
  const auto to = static_cast<std::size_t>(random_.below(machines_.size()));
  if (options_.dead_connections && from != to && dead_connections_.insert({from, to}).second) {
    say("-- the connection by which " + roster_[to].nick + " hears " + roster_[from].nick + " dies silently");
  }
  if (options_.power_cuts && peoples_runs_) {
    power_cut();
  }
  if (options_.long_absences && !std::exchange(absence_over_, true)) {
    crash(from, true, std::chrono::milliseconds(random_.between(10'000, 14'000)));
  }
  Packet next;
  next.kind = Kind::rare_fault;
  push(now_ + (options_.power_cuts ? Duration(8s) : std::chrono::milliseconds(random_.between(1000, 6000))),
       std::move(next));
}

/// All but some go down together and are back before anybody could call them dead: only who was spared knows what
/// ran there.
void SimulatedWorld::power_cut() {
  const auto spared = static_cast<std::size_t>(random_.below(machines_.size()));
  if (!awake_for(spared, kKnowsTheOthers)) {
    return;  // it has yet to join (only with discovery), and knows nothing
  }
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    if (i != spared && random_.chance(700'000)) {
      crash(i, true, std::chrono::milliseconds(random_.between(100, 900)));
    }
  }
}

/// The agent says LEAVE, stops its programs and ends; later the node is started again.
void SimulatedWorld::leave(std::size_t i) {
  Machine& machine = machines_[i];
  if (!machine.node || machine.paused_until || machine.stalled_until || machine.is_leaving) {
    return;
  }
  say("-- planned stop of " + roster_[i].nick);
  machine.is_leaving = true;
  for (const std::string& namespec : wanted_) {
    if (machine.supervisor->runs(namespec)) {
      stopped_on_purpose_.insert(namespec);
      touched_.insert(namespec.substr(0, namespec.find(':')));  // people start it again
    }
  }
  step(i, cluster::PlannedStop{});
  machine.supervisor->stop_all(local(i, now_));
  programs_moved(i);
  Packet down;
  down.kind = Kind::down;
  down.to = i;
  down.to_life = machine.life;
  push(now_ + std::chrono::milliseconds(random_.between(400, 1500)), std::move(down));
}

void SimulatedWorld::end_agent(std::size_t i) {
  Machine& machine = machines_[i];
  say(roster_[i].nick + " has ended");
  machine.node.reset();
  ++machine.life;
  machine.supervisor->kill_all(local(i, now_));
  machine.programs_up = false;
  Packet boot;
  boot.kind = Kind::boot;
  boot.to = i;
  push(now_ + std::chrono::milliseconds(random_.between(100, 6000)), std::move(boot));
}

void SimulatedWorld::drop_burst(std::size_t from) {
  const auto to = static_cast<std::size_t>(random_.below(machines_.size()));
  const auto lasts = std::chrono::milliseconds(random_.between(50, 1500));
  bursts_[{from, to}] = now_ + lasts;
  say("-- " + roster_[from].nick + " drops what it publishes to " + roster_[to].nick + " for " +
      std::to_string(lasts / 1ms) + " ms");
}

void SimulatedWorld::step_wall_clock(std::size_t i) {
  const std::int64_t widest_ms = random_.chance(500'000) ? 5000 : kMonthMs;
  set_wall_clock(i, random_.between(-widest_ms, widest_ms));
}

void SimulatedWorld::set_wall_clock(std::size_t i, std::int64_t step_ms) {
  machines_[i].wall_offset_ns += step_ms * 1'000'000;
  machines_[i].supervisor->set_wall_offset(machines_[i].wall_offset_ns - machines_[i].clock_offset_ns);
  say("-- " + roster_[i].nick + "'s wall clock steps by " + std::to_string(step_ms) + " ms");
}

/// Nodes of another version are replaced by ones of this.
void SimulatedWorld::upgrade() {
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    if (machines_[i].major != cluster::kProtocolMajor) {
      machines_[i].major = cluster::kProtocolMajor;
      crash(i, false);
    }
  }
}

void SimulatedWorld::end_faults() {
  heal_all();
  faulty_ = false;
  calm_since_ = now_;
  upgrade();
  say("-- the last fault is over");
}

}  // namespace holdfast::simulator
