// many_runs.hpp: runs a range of seeds on several processes, each its share, and sums up: which seeds failed, how long
// it took after the last fault until all was well, how much was simulated. Which process runs a seed changes nothing
// about it. Used by main.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "simulator/simulated_world.hpp"

namespace holdfast::simulator {

struct ManyRuns {
  std::uint64_t from = 1;
  std::uint64_t seeds = 0;
  int jobs = 1;
  std::string mutation;  // not empty: some seed must fail, and one is enough
  std::function<WorldOptions(std::uint64_t seed)> options_of;
};

/// Prints failures as they come and a summary; true if all is as it should be.
bool run(const ManyRuns& runs);

/// A failing seed: its options, its last events, what was wrong.
void report(const WorldOptions& options, const RunResult& result);

}  // namespace holdfast::simulator
