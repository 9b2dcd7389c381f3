// world_options.hpp: what one simulated run is made of; all of it drawn from the seed unless given. Printed
// before a run and with every failure. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "cluster/node_options.hpp"

namespace holdfast::simulator {

/// How late a thread wakes on two cores with 32 hogs (reference cluster.md 1.5, measured).
enum class StallProfile : std::uint8_t {
  none,
  favoured,  // nice -10: 99 in 100 within 19 ms, all within 78 ms
  plain,     // nice 0: 99 in 100 within 256 ms, all within 335 ms
};

struct WorldOptions {
  std::uint64_t seed = 0;
  int nodes = 3;
  int applications = 2;
  int programs = 2;  // of each application
  Duration boot = 5s;
  Duration faults = 15s;
  Duration quiet = 25s;
  std::uint32_t loss_per_million = 0;
  std::uint32_t duplicate_per_million = 0;
  std::uint32_t tail_per_million = 0;   // packets that take up to 3 s
  std::uint32_t stale_per_million = 0;  // of packets on a cut link that arrive after its heal
  bool partitions = false;
  bool one_way = false;
  bool partial = false;        // single links
  bool agent_crashes = false;  // programs live on
  bool node_crashes = false;   // programs die too
  bool pauses = false;         // whole process
  bool stalls = false;         // the loop only
  bool program_crashes = false;
  bool lost_disks = false;  // a restart without its identity file, or with an older one
  bool operators = false;
  bool leaves = false;            // planned stops of a node
  bool drop_bursts = false;       // one publisher's frames to one subscriber, as at a high-water mark
  bool wall_steps = false;        // steps of a node's wall clock
  bool fast_clocks = false;       // monotonic rates up to 0.9 % apart instead of 0.02 %
  bool other_major = false;       // one node speaks another protocol until the faults are over
  bool older_minor = false;       // one node is of the minor version before this one
  bool dead_connections = false;  // one that carries nothing any more until its reader makes it anew
  bool long_absences = false;     // a node that stays away for longer than anybody waits
  bool power_cuts = false;        // several nodes at once, back before anybody misses them
  int people_programs = 0;        // of an application that only people start
  bool discovery = false;         // nodes know only the first one or two; some come when the others are at work
  int ballast = 0;                // long rows on each node, so that a snapshot takes several chunks
  StallProfile stalls_of_threads = StallProfile::none;
  cluster::DetectorTimings detection;
  cluster::Synchronisation synchronisation;
  StartingStrategy starting = StartingStrategy::config;
  ConciliationStrategy conciliation = ConciliationStrategy::infanticide;
  int core_nodes = 0;
  bool auto_fence = false;
  FailureStrategy failure = FailureStrategy::continue_;
  cluster::Mutations mutations;
};

WorldOptions draw_options(std::uint64_t seed, int nodes);
/// No fault but the profile's stalls, for `hours`: nobody may be called dead.
WorldOptions calm_options(std::uint64_t seed, int nodes, int hours, StallProfile profile);
std::string describe(const WorldOptions& options);

}  // namespace holdfast::simulator
