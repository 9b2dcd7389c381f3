// The options of a run, drawn from its seed, and as text.
#include "simulator/world_options.hpp"

#include <algorithm>

#include "base/random.hpp"

namespace holdfast::simulator {
namespace {

/// From a generator of their own, so that what a seed means does not change with each new fault.
void draw_more(WorldOptions& options) {
  Random random(options.seed ^ 0xFA17ULL);
  const auto sometimes = [&](std::uint32_t per_cent) { return random.chance(per_cent * 10'000); };
  options.leaves = sometimes(30);
  options.drop_bursts = sometimes(30);
  options.wall_steps = sometimes(30);
  options.fast_clocks = sometimes(20);
  options.other_major = sometimes(10);
  options.older_minor = sometimes(10) && !options.node_crashes;  // it knows no loss reports
  if (options.leaves && sometimes(25)) {                         // planned stops alone: what they may not do shows best
    options.loss_per_million = options.duplicate_per_million = options.tail_per_million = 0;
    options.partitions = options.agent_crashes = options.node_crashes = options.pauses = options.stalls = false;
    options.drop_bursts = options.other_major = false;
  }
  options.ballast = sometimes(15) && options.nodes <= 6 ? static_cast<int>(random.between(20, 60)) : 0;
}

/// Faults that are rare together, or want a world of their own.
void draw_rare(WorldOptions& options) {
  Random random(options.seed ^ 0xFA18ULL);
  const auto sometimes = [&](std::uint32_t per_cent) { return random.chance(per_cent * 10'000); };
  options.dead_connections = sometimes(25);
  options.power_cuts = sometimes(6);
  options.long_absences = sometimes(10);
  if (sometimes(4)) {
    options.lost_disks = options.wall_steps = options.agent_crashes = true;
  }
  if (options.power_cuts) {  // who alone knows what ran there must live on: no other fault takes it away
    options.people_programs = static_cast<int>(random.between(1, 2));
    options.partitions = options.agent_crashes = options.node_crashes = options.pauses = options.stalls = false;
    options.leaves = options.lost_disks = options.operators = options.program_crashes = false;
    options.other_major = options.older_minor = options.long_absences = false;
    options.faults = std::max<Duration>(options.faults, 14s);
  }
  if (options.long_absences) {  // bounds on what is seen hold for who is awake and connected
    options.partitions = options.pauses = options.stalls = options.other_major = false;
    options.faults = 15s;
  }
}

/// Nodes that know themselves and a seed: whom they meet they know. A world of its own, so that what the others' seeds
/// mean stays.
void draw_discovery(WorldOptions& options) {
  Random random(options.seed ^ 0xFA19ULL);
  options.discovery = random.chance(120'000) && !options.power_cuts;
  if (options.discovery) {
    options.older_minor = false;  // it reads no lists
  }
}

/// What is decided about nodes that are lost, besides moving their programs.
void draw_reactions(WorldOptions& options) {
  Random random(options.seed ^ 0xFA1AULL);
  const std::uint64_t kind = random.below(100);
  if (options.power_cuts || options.other_major) {
    return;  // what people alone start, and who waits for a version that never comes, is not what is looked at
  }
  if (options
          .discovery) {  // of these, fences alone: that all must be there means little where nobody knows who all are
    options.auto_fence = kind < 25;
  } else {
    options.auto_fence = kind < 15;
  }
  if (options.auto_fence && random.chance(500'000)) {  // crashes alone: who is fenced then never changes by itself
    options.loss_per_million = options.tail_per_million = 0;
    options.partitions = options.pauses = options.stalls = options.drop_bursts = options.dead_connections = false;
    options.leaves = options.older_minor = false;
    options.agent_crashes = options.node_crashes = true;
  }
  if (!options.discovery && kind >= 12 && kind < 27) {
    options.failure = kind < 22 ? FailureStrategy::resync : FailureStrategy::shutdown;
    options.synchronisation.timeout.reset();                                                  // contract CFG-X4
    options.core_nodes = std::max(options.core_nodes, options.synchronisation.core ? 1 : 0);  // and CFG-X1
  }
}

}  // namespace

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
  options.detection = often() ? cluster::DetectorTimings::tolerant_profile() : cluster::DetectorTimings::fast_profile();
  const std::uint64_t wait = random.below(4);
  options.core_nodes = random.chance(300'000) ? static_cast<int>(random.between(1, 2)) : 0;
  options.synchronisation.strict = wait == 0;
  options.synchronisation.list = wait == 1;
  options.synchronisation.majority = wait == 2;
  options.synchronisation.core = wait == 3;
  options.synchronisation.timeout = std::chrono::seconds(random.between(3, 6));
  options.starting = random.chance(500'000) ? StartingStrategy::less_loaded : StartingStrategy::config;
  options.conciliation = random.chance(500'000) ? ConciliationStrategy::infanticide : ConciliationStrategy::senicide;
  options.faults = std::chrono::seconds(random.between(5, 15));
  draw_more(options);
  draw_rare(options);
  draw_discovery(options);
  draw_reactions(options);
  return options;
}

WorldOptions calm_options(std::uint64_t seed, int nodes, int hours, StallProfile profile) {
  WorldOptions options;
  options.seed = seed;
  options.nodes = nodes > 0 ? nodes : 10;
  options.stalls_of_threads = profile;
  options.detection = profile == StallProfile::plain ? cluster::DetectorTimings::tolerant_profile()
                                                     : cluster::DetectorTimings::fast_profile();
  options.synchronisation.strict = true;
  options.quiet = std::chrono::hours(hours);
  options.faults = {};
  return options;
}

std::string describe(const WorldOptions& o) {
  std::string text = "seed " + std::to_string(o.seed) + ", " + std::to_string(o.nodes) + " nodes, " +
                     std::to_string(o.applications) + "x" + std::to_string(o.programs) + " programs, loss " +
                     std::to_string(o.loss_per_million) + ", dup " + std::to_string(o.duplicate_per_million) +
                     ", tail " + std::to_string(o.tail_per_million) + ", stale " + std::to_string(o.stale_per_million);
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
  add(o.leaves, "leaves");
  add(o.drop_bursts, "drop bursts");
  add(o.wall_steps, "wall steps");
  add(o.fast_clocks, "fast clocks");
  add(o.other_major, "another major");
  add(o.older_minor, "an older minor");
  add(o.dead_connections, "dead connections");
  add(o.long_absences, "long absences");
  add(o.power_cuts, "power cuts");
  add(o.discovery, "discovery");
  add(o.ballast > 0, "ballast");
  add(o.auto_fence, "auto_fence");
  add(o.failure == FailureStrategy::resync, "RESYNC");
  add(o.failure == FailureStrategy::shutdown, "SHUTDOWN");
  add(o.stalls_of_threads == StallProfile::favoured, "stalls of nice -10");
  add(o.stalls_of_threads == StallProfile::plain, "stalls of nice 0");
  add(o.synchronisation.strict, "STRICT");
  add(o.synchronisation.list, "LIST");
  add(o.synchronisation.majority, "majority");
  add(o.synchronisation.core, "CORE");
  return text + ", " + std::string(name_of(o.starting)) + ", " + std::string(name_of(o.conciliation)) + ", faults " +
         std::to_string(o.faults / 1s) + " s, quiet " + std::to_string(o.quiet / 1s) + " s";
}

}  // namespace holdfast::simulator
