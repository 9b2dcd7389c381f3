#include "simulator/simulated_world.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace holdfast::simulator {
namespace {

constexpr std::size_t kLogLines = 200;
constexpr const char* kPeople = "people";
constexpr Duration kLookPeriod = 200ms;
constexpr std::size_t kChecksumAt = 60;  // in a frame's header

std::string stamp_of(Instant at) {
  char text[32];
  std::snprintf(text, sizeof(text), "%9.3f ", static_cast<double>(at.ns / 1000) / 1e6);
  return text;
}

rules::RuleSet make_rules(const WorldOptions& options) {
  rules::RuleSet set;
  for (int a = 0; a < options.applications; ++a) {
    rules::ApplicationRule application;
    application.selector.name = "app" + std::to_string(a);
    application.start_sequence = 1 + a % 2;
    application.running_failure_strategy = rules::RunningFailureStrategy::restart_process;
    application.starting_failure_strategy = rules::StartingFailureStrategy::continue_;
    for (int p = 0; p < options.programs; ++p) {
      rules::ProgramRule program;
      program.selector.name = "prog" + std::to_string(p);
      program.leaves.identifiers = "*";
      program.leaves.start_sequence = 1 + p;
      program.leaves.required = true;
      program.leaves.expected_loading = 5;
      program.leaves.running_failure_strategy = rules::RunningFailureStrategy::restart_process;
      application.programs.push_back(std::move(program));
    }
    set.applications.push_back(std::move(application));
  }
  if (options.people_programs > 0) {
    rules::ApplicationRule application = set.applications.front();
    application.selector.name = kPeople;
    application.start_sequence = 0;  // never started by itself: what is lost is made good as a loss, or not at all
    application.programs.resize(1);
    for (int p = 1; p < options.people_programs; ++p) {
      application.programs.push_back(application.programs.front());
      application.programs.back().selector.name = "prog" + std::to_string(p);
    }
    set.applications.push_back(std::move(application));
  }
  return set;
}

}  // namespace

SimulatedWorld::SimulatedWorld(WorldOptions options, bool verbose)
    : options_(options), verbose_(verbose), random_(options.seed * 2 + 1), rules_(make_rules(options_)) {
  result_.digest = 0xCBF29CE484222325ULL;
  const auto count = static_cast<std::size_t>(options_.nodes);
  cuts_.assign(count, std::vector<int>(count, 0));
  clear_since_.assign(count, std::vector<Instant>(count));
  last_arrival_.assign(count, std::vector<Instant>(count));
  last_beat_.assign(count, std::vector<Instant>(count));
  writings_.assign(count, 1);
  seen_.assign(count, std::vector<Seen>(count));
  machines_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    Machine& machine = machines_[i];
    machine.identifier = "10.0.0." + std::to_string(i + 1) + ":60000";
    machine.node_id = cluster::node_id_of(machine.identifier);
    by_node_[machine.node_id] = i;
    roster_.push_back(
        {machine.identifier, "n" + std::to_string(i + 1), i < static_cast<std::size_t>(options_.core_nodes)});
    machine.clock_offset_ns = random_.between(1, 1'000'000) * 1'000'000;
    machine.clock_ppm = options_.fast_clocks ? random_.between(-9000, 9000) : random_.between(-200, 200);
    machine.supervisor = std::make_unique<ModelSupervisor>(Random(random_.next()));
    for (int a = 0; a < options_.applications; ++a) {
      for (int p = 0; p < options_.programs; ++p) {
        machine.supervisor->define("app" + std::to_string(a), "prog" + std::to_string(p), p % 2);
      }
    }
    for (int p = 0; p < options_.people_programs; ++p) {
      machine.supervisor->define(kPeople, "prog" + std::to_string(p), 0);
    }
    for (int b = 0; b < options_.ballast; ++b) {
      machine.supervisor->define("ballast" + std::to_string(i), std::to_string(b), 1, std::string(4000, 'x'));
    }
    machine.supervisor->set_wall_offset(machine.wall_offset_ns - machine.clock_offset_ns);
    Packet packet;
    packet.kind = Kind::boot;
    packet.to = i;
    Duration after = std::chrono::milliseconds(random_.between(0, 1000));
    if (options_.discovery && i > 0 && Random(options_.seed ^ i).chance(400'000)) {
      after += 7 * after;  // it joins those that are at work
    }
    push(now_ + after, std::move(packet));
  }
  if (options_.other_major) {
    machines_.back().major = cluster::kProtocolMajor + 1;
  }
  if (options_.older_minor) {
    machines_.front().minor = 0;
  }
  for (int a = 0; a < options_.applications; ++a) {
    for (int p = 0; p < options_.programs; ++p) {
      wanted_.push_back("app" + std::to_string(a) + ":prog" + std::to_string(p));
    }
  }
  for (int p = 0; p < options_.people_programs; ++p) {
    wanted_.push_back(std::string(kPeople) + ":prog" + std::to_string(p));
  }
  if (options_.people_programs > 0) {
    Packet people;
    people.kind = Kind::people;
    push(now_ + options_.boot, std::move(people));
  }
  if (options_.dead_connections || options_.power_cuts || options_.long_absences) {
    Packet rare;
    rare.kind = Kind::rare_fault;
    push(now_ + options_.boot + std::chrono::milliseconds(random_.between(1000, 3000)), std::move(rare));
  }
  Packet first_fault;
  first_fault.kind = Kind::fault;
  push(now_ + options_.boot, std::move(first_fault));
  Packet look;
  look.kind = Kind::look;
  push(now_ + kLookPeriod, std::move(look));
}

SimulatedWorld::~SimulatedWorld() = default;

Instant SimulatedWorld::local(std::size_t i, Instant world) const {
  return Instant{world.ns + machines_[i].clock_offset_ns + world.ns / 1'000'000 * machines_[i].clock_ppm};
}

Instant SimulatedWorld::world(std::size_t i, Instant local) const {
  const std::int64_t elapsed = local.ns - machines_[i].clock_offset_ns;
  const std::int64_t rate = 1'000'000 + machines_[i].clock_ppm;
  return Instant{elapsed / rate * 1'000'000 + elapsed % rate * 1'000'000 / rate};
}

std::size_t SimulatedWorld::index_of(const std::string& identifier) const {
  return index_of(cluster::node_id_of(identifier));
}

std::size_t SimulatedWorld::index_of(cluster::NodeId node) const {
  const auto at = by_node_.find(node);
  CHECK(at != by_node_.end());
  return at->second;
}

void SimulatedWorld::say(const std::string& line) {
  log_.emplace_back(now_, line);
  if (log_.size() > kLogLines) {
    log_.pop_front();
  }
  if (verbose_) {
    std::printf("%s%s\n", stamp_of(now_).c_str(), line.c_str());
  }
}

void SimulatedWorld::push(Instant at, Packet what) {
  std::size_t place = packets_.size();
  if (free_packets_.empty()) {
    packets_.push_back(std::move(what));
  } else {
    place = free_packets_.back();
    free_packets_.pop_back();
    packets_[place] = std::move(what);
  }
  queue_.push(Event{std::max(at, now_), sequence_++, place});
}

SimulatedWorld::Packet SimulatedWorld::pop() {
  const Event event = queue_.top();
  queue_.pop();
  now_ = event.at;
  free_packets_.push_back(event.packet);
  return std::move(packets_[event.packet]);
}

RunResult SimulatedWorld::run() {
  const Instant end = now_ + options_.boot + options_.faults + options_.quiet;
  // Five heartbeats a second to each peer and as much again for repair, greetings and orders.
  const auto seconds = static_cast<std::uint64_t>((end - now_) / 1s);
  const std::uint64_t events_max = 20 * seconds * machines_.size() * machines_.size() + 100'000;
  while (!queue_.empty() && !result_.violation && queue_.top().at <= end && !over()) {
    const Packet packet = pop();
    ++result_.events;
    const std::uint64_t what = packet.bytes ? cluster::stable_hash({packet.bytes->data() + kChecksumAt, 4}) : 0;
    result_.digest = (result_.digest ^ static_cast<std::uint64_t>(now_.ns) ^ what ^ (std::uint64_t(packet.to) << 48) ^
                      (std::uint64_t(static_cast<unsigned>(packet.kind)) << 56)) *
                     0x100000001B3ULL;
    handle(packet);
    if (result_.events > events_max) {
      fail("more than " + std::to_string(events_max) + " events: work without bound");
    }
  }
  if (!result_.violation) {
    check_convergence();
  }
  for (const auto& [at, line] : log_) {
    result_.last_events.push_back(stamp_of(at) + line);
  }
  return std::move(result_);
}

void SimulatedWorld::handle(const Packet& packet) {
  Machine& machine = machines_[packet.to];
  switch (packet.kind) {
    case Kind::boot:
      if (!machine.node) {
        boot(packet.to);
      }
      return;
    case Kind::fault:
      fault();
      return;
    case Kind::rare_fault:
      rare_fault();
      return;
    case Kind::people:
      start_peoples_application();
      return;
    case Kind::look: {
      look();
      Packet again;
      again.kind = Kind::look;
      push(now_ + kLookPeriod, std::move(again));
      return;
    }
    case Kind::programs:
      machine.programs_at.reset();
      if (machine.programs_up) {
        machine.supervisor->advance(local(packet.to, now_));
        programs_moved(packet.to);
      }
      return;
    case Kind::down:
      if (packet.to_life == machine.life && machine.node) {
        end_agent(packet.to);
      }
      return;
    case Kind::wake:
      if (packet.to_life == machine.life && machine.node) {
        wake(packet.to);
      }
      return;
    case Kind::beat:
      if (packet.to_life == machine.life && machine.node && !machine.paused_until) {
        beat(packet.to);
      }
      return;
    case Kind::timer:
    case Kind::frame:
    case Kind::hello:
    case Kind::hello_answer:
    case Kind::hello_timeout:
    case Kind::probe:
      break;
  }
  if (!machine.node || (packet.to_life != 0 && packet.to_life != machine.life)) {
    return;
  }
  if (machine.paused_until || machine.stalled_until) {
    if (packet.kind != Kind::timer) {
      // A loop that stalls has a gossip thread that stamps; a paused process reads its sockets when it wakes.
      const Instant stamp = machine.paused_until ? *machine.paused_until : now_;
      machine.waiting.emplace_back(stamp, packet);
    } else {
      machine.timer_at.reset();
    }
    return;
  }
  feed(packet.to, packet, now_);
}

void SimulatedWorld::boot(std::size_t i) {
  Machine& machine = machines_[i];
  ++machine.life;
  machine.is_leaving = false;
  machine.programs_up = true;
  machine.paused_until.reset();
  machine.stalled_until.reset();
  machine.waiting.clear();
  machine.timer_at.reset();
  machine.open_hellos.clear();
  machine.open_seeds.clear();
  machine.heartbeat.clear();
  machine.fences = machine.fences_before = {};
  machine.beat_seq = 0;
  machine.awake_since = now_;
  machine.down_since.reset();
  calm_since_ = now_;
  for (std::size_t other = 0; other < machines_.size(); ++other) {  // its sockets are new
    connect_anew(i, other);
    connect_anew(other, i);
  }
  cluster::NodeOptions options;
  options.identifier = machine.identifier;
  options.roster = roster_;
  if (options_.discovery) {
    options.discovery = true;
    options.roster = {roster_[i]};
    for (std::size_t seed = 0; seed < 1 + options_.seed % 2; ++seed) {
      options.seeds.push_back(machines_[seed].identifier);
    }
    for (std::size_t core = 0; core < static_cast<std::size_t>(options_.core_nodes); ++core) {
      options.core.push_back(roster_[core].nick);
    }
  }
  // As storage::StateDir::next_incarnation: above the file, and by the wall clock above what a lost one held.
  const std::int64_t wall_ms = (now_.ns + machine.wall_offset_ns) / 1'000'000;
  options.incarnation = std::max(machine.disk.incarnation + 1, static_cast<std::uint64_t>(wall_ms));
  options.term = machine.disk.term;
  options.machine_id = "m" + std::to_string(i);
  options.detection = options_.detection;
  options.synchronisation = options_.synchronisation;
  options.starting_strategy = options_.starting;
  options.conciliation_strategy = options_.conciliation;
  options.auto_fence = options_.auto_fence;
  options.failure_strategy = options_.failure;
  options.rules = rules_;
  options.mutations = options_.mutations;
  machine.node = std::make_unique<cluster::Node>(std::move(options), Random(random_.next()));
  say(roster_[i].nick + " boots, incarnation " + std::to_string(machine.node->identity().incarnation));
  machine.supervisor->take_changed();
  machine.supervisor->take_done();
  Packet first;
  first.kind = Kind::beat;
  first.to = i;
  first.to_life = machine.life;
  push(now_ + std::chrono::milliseconds(random_.between(1, 200)), std::move(first));
  step(i, cluster::LocalTable{machine.supervisor->facts()});
}

void SimulatedWorld::step(std::size_t i, const cluster::Input& input) {
  Machine& machine = machines_[i];
  if (!machine.node) {
    return;
  }
  machine.turned = now_;
  machine.node->step(local(i, now_), input);
  check_fences(i);
  execute(i, machine.node->take_outcome());
  if (machine.node) {
    arm(i);
  }
}

void SimulatedWorld::arm(std::size_t i) {
  Machine& machine = machines_[i];
  const auto due = machine.node->next_deadline();
  if (!due) {
    return;
  }
  // Timers are never early and a little late.
  const Instant at = std::max(world(i, *due), now_) + 100us + draw_lateness();
  if (machine.timer_at && *machine.timer_at <= at) {
    return;
  }
  machine.timer_at = at;
  Packet timer;
  timer.kind = Kind::timer;
  timer.to = i;
  timer.to_life = machine.life;
  push(at, std::move(timer));
}

void SimulatedWorld::execute(std::size_t i, cluster::Outcome outcome) {
  Machine& machine = machines_[i];
  check_outcome(i, outcome);
  if (outcome.persist) {
    machine.disk = *outcome.persist;
    if (machine.backup.incarnation == 0) {
      machine.backup = machine.disk;
    }
  }
  for (const cluster::HistoryRow& row : outcome.history) {
    check_verdict(i, row);
    say(roster_[i].nick + "   " + row.subject + " " + row.what +
        (row.operation.empty() ? "" : " [" + row.operation + "]") + ": " + row.why);
  }
  if (!outcome.commands.empty()) {
    for (const cluster::LocalCommand& command : outcome.commands) {
      check_command(i, command);
      machine.supervisor->command(local(i, now_), command);
    }
  }
  if (outcome.heartbeat) {
    machine.heartbeat = std::move(outcome.heartbeat->bytes);
    if (outcome.heartbeat->at_once) {
      machine.beat_seq += 1;
      std::string bytes = machine.heartbeat;
      CHECK(cluster::restamp_heartbeat(bytes.data(), bytes.size(), machine.beat_seq,
                                       static_cast<std::uint64_t>(local(i, now_).ms())));
      broadcast(i, cluster::Stream::ctl, std::make_shared<const std::string>(std::move(bytes)));
    }
  }
  for (cluster::Publish& item : outcome.publish) {
    broadcast(i, item.stream, std::make_shared<const std::string>(std::move(item.bytes)));
  }
  for (cluster::Send& item : outcome.sends) {
    send(i, std::move(item));
  }
  for (const cluster::NodeId silent : outcome.reconnects) {
    connect_anew(index_of(silent), i);
  }
  for (const cluster::Reply& reply : outcome.replies) {
    check_reply(i, reply);
  }
  for (const std::string& identifier : outcome.hellos) {
    greet(i, identifier);
  }
  for (const std::string& endpoint : outcome.seeds) {
    greet_seed(i, endpoint);
  }
  for (const std::string& identifier : outcome.probes) {
    probe(i, identifier);
  }
  programs_moved(i);
  if (outcome.end && !machine.is_leaving) {
    for (const std::string& namespec : wanted_) {
      touched_.insert(namespec.substr(0, namespec.find(':')));  // what was stopped in order is people's to start again
    }
    leave(i);
  }
}

void SimulatedWorld::send(std::size_t i, cluster::Send item) {
  check_order_to_fenced(i, item);
  Packet packet;
  packet.from = i;
  packet.to = index_of(item.node_id);
  packet.stream = cluster::Stream::direct;
  packet.bytes = std::make_shared<const std::string>(std::move(item.bytes));
  transmit(std::move(packet));
}

/// The supervisor tells the node what changed: inputs of their own, after the outcome is executed.
void SimulatedWorld::programs_moved(std::size_t i) {
  Machine& machine = machines_[i];
  arm_programs(i);
  if (!machine.node || machine.paused_until || machine.stalled_until) {
    return;  // told when the loop turns again: take_changed keeps them
  }
  for (cluster::ProcessFact& fact : machine.supervisor->take_changed()) {
    step(i, cluster::LocalProcessChanged{std::move(fact)});
    check_tables(i, i);
  }
  for (const ModelDone& done : machine.supervisor->take_done()) {
    step(i, cluster::LocalCommandDone{done.operation, done.code, {}});
  }
}

void SimulatedWorld::arm_programs(std::size_t i) {
  Machine& machine = machines_[i];
  const auto due = machine.supervisor->due();
  if (!due) {
    return;
  }
  const Instant at = world(i, *due) + 1ms;
  if (machine.programs_at && *machine.programs_at <= at) {
    return;
  }
  machine.programs_at = at;
  Packet packet;
  packet.kind = Kind::programs;
  packet.to = i;
  push(at, std::move(packet));
}

}  // namespace holdfast::simulator
