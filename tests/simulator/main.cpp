// simulate: runs seeds of the simulated world. A failing seed is printed with its options and last events,
// and
//   simulate --seed S            runs one (twice: the digests must be equal); -v prints its history
//   simulate --seeds N --from S  runs many, on --jobs processes; exit status 1 if any fails, or if it took too long
//                                until all was well again
//   simulate --mutation NAME     the same with one deliberate fault; exit status 0 only if some seed notices
//                                it
//   simulate --calm HOURS        no fault but late threads and lost segments: nobody may be called dead
// --nodes N, --minutes M and --discovery give what else is drawn from the seed.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "simulator/many_runs.hpp"
#include "simulator/simulated_world.hpp"

namespace {

using namespace std::chrono_literals;
using holdfast::simulator::RunResult;
using holdfast::simulator::SimulatedWorld;
using holdfast::simulator::WorldOptions;

struct Arguments {
  std::uint64_t seed = 0;
  std::uint64_t seeds = 0;
  std::uint64_t from = 1;
  int nodes = 0;
  int minutes = 0;
  int jobs = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 64U));
  int calm_hours = 0;
  bool plain = false;
  bool discovery = false;
  bool verbose = false;
  std::string mutation;
};

bool set_mutation(holdfast::cluster::Mutations& mutations, const std::string& name) {
  using holdfast::cluster::Mutation;
  const std::vector<std::pair<std::string, Mutation>> known{
      {"term-check-off", Mutation::skip_term_check},
      {"epoch-not-persisted", Mutation::forget_epoch},
      {"snapshot-ignores-seq", Mutation::snapshot_ignores_seq},
      {"every-copy-executed", Mutation::execute_every_copy},
      {"any-incarnation", Mutation::accept_any_incarnation},
      {"no-gap-repair", Mutation::no_gap_repair},
      {"rival-ignored", Mutation::ignore_rival_master},
      {"forced-kept", Mutation::keep_forced},
      {"fences-forgotten", Mutation::forget_fences},
      {"fenced-counted", Mutation::count_fenced},
      {"losses-kept", Mutation::keep_losses},
      {"leave-is-loss", Mutation::leave_is_loss},
      {"old-orders-executed", Mutation::execute_old_orders},
      {"target-life-ignored", Mutation::ignore_target_life},
      {"known-life-ignored", Mutation::ignore_known_life},
      {"never-reconnected", Mutation::never_reconnect},
      {"never-dead", Mutation::never_dead},
      {"dead-without-witness", Mutation::dead_without_witness},
      {"late-is-dead", Mutation::late_is_dead},
      {"roster-kept", Mutation::roster_kept},
  };
  for (const auto& [known_name, mutation] : known) {
    if (known_name == name) {
      mutations.inject(mutation);
      return true;
    }
  }
  return name.empty();
}

WorldOptions options_for(std::uint64_t seed, const Arguments& arguments) {
  using holdfast::simulator::StallProfile;
  WorldOptions options = arguments.calm_hours > 0 ? holdfast::simulator::calm_options(
                                                        seed, arguments.nodes, arguments.calm_hours,
                                                        arguments.plain ? StallProfile::plain : StallProfile::favoured)
                                                  : holdfast::simulator::draw_options(seed, arguments.nodes);
  if (arguments.discovery) {
    options.discovery = true;
    options.older_minor = false;  // it reads no lists
  }
  if (arguments.minutes > 0) {
    options.faults = std::chrono::minutes(arguments.minutes);
  }
  set_mutation(options.mutations, arguments.mutation);
  return options;
}

int run_many(const Arguments& arguments) {
  holdfast::simulator::ManyRuns runs;
  runs.from = arguments.from;
  runs.seeds = arguments.seeds;
  runs.jobs = arguments.jobs;
  runs.mutation = arguments.mutation;
  runs.options_of = [&](std::uint64_t seed) { return options_for(seed, arguments); };
  return run(runs) ? 0 : 1;
}

int run_one(const Arguments& arguments) {
  const WorldOptions options = options_for(arguments.seed, arguments);
  std::printf("%s\n", describe(options).c_str());
  const RunResult result = SimulatedWorld(options, arguments.verbose).run();
  std::printf("%llu events, %llu orders, %llu terms, digest %016llx\n", static_cast<unsigned long long>(result.events),
              static_cast<unsigned long long>(result.commands), static_cast<unsigned long long>(result.terms),
              static_cast<unsigned long long>(result.digest));
  if (result.views_equal_after) {
    std::printf("one Master and equal views %lld ms after the last fault\n",
                static_cast<long long>(*result.views_equal_after / 1ms));
  }
  if (result.violation) {
    holdfast::simulator::report(options, result);
    return 1;
  }
  if (arguments.calm_hours > 0) {
    return 0;  // a long run; seeds of the usual kind show that two runs are the same
  }
  if (SimulatedWorld(options, false).run().digest != result.digest) {
    std::printf("FAILED: two runs of this seed differ\n");
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Runs Holdfast's cluster core in a simulated world.");
  app.add_option("--seed", arguments.seed, "one seed");
  app.add_option("--seeds", arguments.seeds, "how many seeds");
  app.add_option("--from", arguments.from, "the first of many seeds");
  app.add_option("--nodes", arguments.nodes, "number of nodes (else drawn from the seed)");
  app.add_option("--minutes", arguments.minutes, "how long faults go on (else drawn from the seed)");
  app.add_option("--calm", arguments.calm_hours,
                 "hours without any fault but threads that wake late, as under 32 hogs, and one segment in "
                 "1000 lost; nobody may be called dead");
  app.add_flag("--plain", arguments.plain, "with --calm: at nice 0, detection tolerant (else -10, fast)");
  app.add_flag("--discovery", arguments.discovery, "nodes find each other (else drawn from the seed)");
  app.add_option("--jobs", arguments.jobs, "processes")->check(CLI::Range(1, 64));
  app.add_option("--mutation", arguments.mutation, "a deliberate fault that must be noticed");
  app.add_flag("-v,--verbose", arguments.verbose, "print the history");
  CLI11_PARSE(app, argc, argv);
  holdfast::cluster::Mutations unused;
  if (!set_mutation(unused, arguments.mutation)) {
    std::fprintf(stderr, "simulate: no mutation is called %s\n", arguments.mutation.c_str());
    return 2;
  }
  return arguments.seeds > 0 ? run_many(arguments) : run_one(arguments);
}
