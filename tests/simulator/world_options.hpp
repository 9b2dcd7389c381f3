// world_options.hpp: what one simulated run is made of; all of it drawn from the seed unless given. Printed
// before a run and with every failure. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "cluster/node_options.hpp"

namespace holdfast::simulator {

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
  bool lost_disks = false;  // a restart with an older identity file
  bool operators = false;
  bool leaves = false;
  cluster::DetectorTimings detection;
  cluster::Synchronisation synchronisation;
  StartingStrategy starting = StartingStrategy::config;
  ConciliationStrategy conciliation = ConciliationStrategy::infanticide;
  int core_nodes = 0;
  cluster::Mutations mutations;
};

WorldOptions draw_options(std::uint64_t seed, int nodes);
std::string describe(const WorldOptions& options);

}  // namespace holdfast::simulator
