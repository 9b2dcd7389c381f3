// What goes wrong and what people ask for, drawn from the seed; and the options of a run.
#include "simulator/simulated_world.hpp"

namespace holdfast::simulator {

WorldOptions draw_options(std::uint64_t seed, int nodes) {
  Random random(seed ^ 0x5EEDULL);
  WorldOptions options;
  options.seed = seed;
  // Mostly small clusters, some large: cost grows with the square.
  const std::uint64_t size = random.below(100);
  options.nodes = static_cast<int>(size < 70   ? random.between(3, 6)
                                   : size < 95 ? random.between(7, 10)
                                               : random.between(11, 20));
  if (nodes > 0) {
    options.nodes = nodes;
  }
  const auto some = [&](std::int64_t max) {
    return random.chance(500'000) ? static_cast<std::uint32_t>(random.between(0, max)) : 0U;
  };
  const auto often = [&] { return random.chance(450'000); };
  options.applications = static_cast<int>(random.between(1, 3));
  options.programs = static_cast<int>(random.between(1, 3));
  options.loss_per_million = some(50'000);
  options.duplicate_per_million = some(50'000);
  options.tail_per_million = some(30'000);
  options.stale_per_million = some(300'000);
  options.partitions = often();
  options.one_way = often();
  options.partial = often();
  options.agent_crashes = often();
  options.node_crashes = often();
  options.pauses = often();
  options.stalls = often();
  options.program_crashes = often();
  options.lost_disks = random.chance(100'000);
  options.operators = often();
  options.detection =
      often() ? cluster::DetectorTimings::tolerant_profile() : cluster::DetectorTimings::fast_profile();
  const std::uint64_t wait = random.below(4);
  options.core_nodes = random.chance(300'000) ? static_cast<int>(random.between(1, 2)) : 0;
  options.synchronisation.strict = wait == 0;
  options.synchronisation.list = wait == 1;
  options.synchronisation.majority = wait == 2;
  options.synchronisation.core = wait == 3;
  options.synchronisation.timeout = std::chrono::seconds(random.between(3, 6));
  options.starting = random.chance(500'000) ? StartingStrategy::less_loaded : StartingStrategy::config;
  options.conciliation =
      random.chance(500'000) ? ConciliationStrategy::infanticide : ConciliationStrategy::senicide;
  options.faults = std::chrono::seconds(random.between(5, 15));
  return options;
}

std::string describe(const WorldOptions& o) {
  std::string text = "seed " + std::to_string(o.seed) + ", " + std::to_string(o.nodes) + " nodes, " +
                     std::to_string(o.applications) + "x" + std::to_string(o.programs) + " programs, loss " +
                     std::to_string(o.loss_per_million) + ", dup " + std::to_string(o.duplicate_per_million) +
                     ", tail " + std::to_string(o.tail_per_million) + ", stale " +
                     std::to_string(o.stale_per_million);
  const auto add = [&](bool is_on, const char* name) {
    if (is_on) {
      text += std::string(", ") + name;
    }
  };
  add(o.partitions, "partitions");
  add(o.one_way, "one-way");
  add(o.partial, "partial");
  add(o.agent_crashes, "agent crashes");
  add(o.node_crashes, "node crashes");
  add(o.pauses, "pauses");
  add(o.stalls, "stalls");
  add(o.program_crashes, "program crashes");
  add(o.lost_disks, "lost disks");
  add(o.operators, "operators");
  add(o.synchronisation.strict, "STRICT");
  add(o.synchronisation.list, "LIST");
  add(o.synchronisation.majority, "majority");
  add(o.synchronisation.core, "CORE");
  return text + ", " + std::string(name_of(o.starting)) + ", " + std::string(name_of(o.conciliation)) +
         ", faults " + std::to_string(o.faults / 1s) + " s, quiet " + std::to_string(o.quiet / 1s) + " s";
}

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

void SimulatedWorld::crash(std::size_t i, bool with_programs) {
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
  }
  if (options_.lost_disks && random_.chance(300'000)) {
    say("-- its identity file is lost");
    machine.disk = {};
    machine.last_executed = {};
    std::erase_if(written_, [&](const auto& item) { return item.first.first == i; });
    std::erase_if(seen_, [&](const auto& item) { return std::get<2>(item.first) == i; });
  }
  Packet boot;
  boot.kind = Kind::boot;
  boot.to = i;
  const std::int64_t away_ms = with_programs ? random_.between(100, 6000) : random_.between(50, 2500);
  push(now_ + std::chrono::milliseconds(away_ms), std::move(boot));
}

void SimulatedWorld::operate() {
  const auto i = static_cast<std::size_t>(random_.below(machines_.size()));
  if (!machines_[i].node || machines_[i].paused_until || machines_[i].stalled_until) {
    return;
  }
  cluster::OperatorRequest request;
  request.handle = ++next_handle_;
  request.user = "admin";
  request.deadline = 5s;
  request.target = wanted_[random_.below(wanted_.size())];
  switch (random_.below(3)) {
    case 0:
      request.action = cluster::Action::restart_process;
      break;
    case 1:
      request.action = cluster::Action::restart_application;
      request.target = request.target.substr(0, request.target.find(':'));
      break;
    default:
      request.action = cluster::Action::start_process;  // on a named node: a second copy to conciliate
      request.identifier = machines_[random_.below(machines_.size())].identifier;
      break;
  }
  ask(i, std::move(request));
}

void SimulatedWorld::ask(std::size_t i, cluster::OperatorRequest request) {
  say("-- " + roster_[i].nick + " is asked: " + std::string(name_of(request.action)) + " " + request.target +
      " " + request.identifier);
  touched_.insert(request.target.substr(0, request.target.find(':')));
  asked_[request.handle] = {i, machines_[i].life, now_ + request.deadline + 6s};  // a pause may come between
  step(i, request);
}

/// A restart whose Master died between stop and start is answered "unknown": people look and ask again.
void SimulatedWorld::finish_what_people_began() {
  for (const std::string& namespec : wanted_) {
    bool runs = false;
    for (const Machine& machine : machines_) {
      runs = runs || machine.supervisor->runs(namespec);
    }
    if (!runs && touched_.contains(namespec.substr(0, namespec.find(':')))) {
      cluster::OperatorRequest request;
      request.handle = ++next_handle_;
      request.user = "admin";
      request.action = cluster::Action::start_process;
      request.target = namespec;
      request.deadline = 5s;
      ask(static_cast<std::size_t>(random_.below(machines_.size())), std::move(request));
    }
  }
}

void SimulatedWorld::fault() {
  if (!faulty_) {
    finish_what_people_began();
    return;
  }
  if (now_ >= Instant{} + options_.boot + options_.faults) {
    end_faults();
    Packet later;
    later.kind = Kind::fault;
    push(now_ + options_.quiet - 10s, std::move(later));
    return;
  }
  const auto i = static_cast<std::size_t>(random_.below(machines_.size()));
  Machine& machine = machines_[i];
  switch (random_.below(9)) {
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
      if ((options_.pauses || options_.stalls) && machine.node && !machine.paused_until &&
          !machine.stalled_until) {
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
    default:
      break;
  }
  Packet next;
  next.kind = Kind::fault;
  push(now_ + std::chrono::milliseconds(random_.between(50, 1500)), std::move(next));
}

void SimulatedWorld::end_faults() {
  heal_all();
  faulty_ = false;
  say("-- the last fault is over");
}

}  // namespace holdfast::simulator
