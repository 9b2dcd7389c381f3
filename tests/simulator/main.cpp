// simulate: runs seeds of the simulated world. A failing seed is printed with its options and last events,
// and
//   simulate --seed S            runs one (twice: the digests must be equal); -v prints its history
//   simulate --seeds N --from S  runs many, on --jobs processes; exit status 1 if any fails
//   simulate --mutation NAME     the same with one deliberate fault; exit status 0 only if some seed notices
//   it
//   simulate --calm HOURS        no fault but late threads: nobody may be called dead
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "simulator/simulated_world.hpp"

namespace {

using holdfast::simulator::RunResult;
using holdfast::simulator::SimulatedWorld;
using holdfast::simulator::WorldOptions;

struct Arguments {
  std::uint64_t seed = 0;
  std::uint64_t seeds = 0;
  std::uint64_t from = 1;
  int nodes = 0;
  int minutes = 0;
  int jobs = 2;
  int calm_hours = 0;
  bool plain = false;
  bool verbose = false;
  std::string mutation;
};

bool set_mutation(holdfast::cluster::Mutations& mutations, const std::string& name) {
  const std::vector<std::pair<std::string, bool*>> known{
      {"term-check-off", &mutations.skip_term_check},
      {"epoch-not-persisted", &mutations.forget_epoch},
      {"snapshot-ignores-seq", &mutations.snapshot_ignores_seq},
      {"every-copy-executed", &mutations.execute_every_copy},
      {"any-incarnation", &mutations.accept_any_incarnation},
      {"no-gap-repair", &mutations.no_gap_repair},
      {"rival-ignored", &mutations.ignore_rival_master},
      {"losses-kept", &mutations.keep_losses},
      {"leave-is-loss", &mutations.leave_is_loss},
      {"old-orders-executed", &mutations.execute_old_orders},
      {"target-life-ignored", &mutations.ignore_target_life},
      {"known-life-ignored", &mutations.ignore_known_life},
  };
  for (const auto& [known_name, flag] : known) {
    if (known_name == name) {
      *flag = true;
      return true;
    }
  }
  return name.empty();
}

WorldOptions options_for(std::uint64_t seed, const Arguments& arguments) {
  using holdfast::simulator::StallProfile;
  WorldOptions options =
      arguments.calm_hours > 0
          ? holdfast::simulator::calm_options(seed, arguments.nodes, arguments.calm_hours,
                                              arguments.plain ? StallProfile::plain : StallProfile::favoured)
          : holdfast::simulator::draw_options(seed, arguments.nodes);
  if (arguments.minutes > 0) {
    options.faults = std::chrono::minutes(arguments.minutes);
  }
  set_mutation(options.mutations, arguments.mutation);
  return options;
}

void report(const WorldOptions& options, const RunResult& result) {
  std::printf("FAILED %s\n", describe(options).c_str());
  for (const std::string& line : result.last_events) {
    std::printf("  %s\n", line.c_str());
  }
  std::printf("FAILED seed %llu: %s\n", static_cast<unsigned long long>(options.seed),
              result.violation->c_str());
  std::fflush(stdout);
}

/// Runs every `stride`-th seed; the number of failing ones.
int run_share(const Arguments& arguments, std::uint64_t first, std::uint64_t stride) {
  int failed = 0;
  std::uint64_t events = 0;
  for (std::uint64_t seed = arguments.from + first; seed < arguments.from + arguments.seeds; seed += stride) {
    const WorldOptions options = options_for(seed, arguments);
    const RunResult result = SimulatedWorld(options, false).run();
    events += result.events;
    if (result.violation) {
      ++failed;
      if (arguments.mutation.empty()) {
        report(options, result);
      } else {
        std::printf("seed %llu notices %s: %s\n", static_cast<unsigned long long>(seed),
                    arguments.mutation.c_str(), result.violation->c_str());
        return failed;
      }
      if (failed >= 5) {
        break;  // enough to read
      }
    } else if (seed % 50 == 0 && SimulatedWorld(options, false).run().digest != result.digest) {
      std::printf("FAILED seed %llu: two runs differ\n", static_cast<unsigned long long>(seed));
      ++failed;
    }
  }
  std::printf("%llu events\n", static_cast<unsigned long long>(events));
  return failed;
}

int run_many(const Arguments& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<pid_t> children;
  for (int job = 0; job < arguments.jobs; ++job) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      const int failed =
          run_share(arguments, static_cast<std::uint64_t>(job), static_cast<std::uint64_t>(arguments.jobs));
      std::fflush(stdout);
      _exit(failed == 0 ? 0 : 1);
    }
    children.push_back(child);
  }
  bool failed = false;
  for (const pid_t child : children) {
    int status = 0;
    failed = waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0 || failed;
  }
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
  std::printf("%llu seeds in %lld ms: %s\n", static_cast<unsigned long long>(arguments.seeds),
              static_cast<long long>(took.count()), failed ? "some failed" : "all held");
  if (!arguments.mutation.empty()) {
    std::printf("mutation %s was %s\n", arguments.mutation.c_str(), failed ? "noticed" : "NOT noticed");
    return failed ? 0 : 1;
  }
  return failed ? 1 : 0;
}

int run_one(const Arguments& arguments) {
  const WorldOptions options = options_for(arguments.seed, arguments);
  std::printf("%s\n", describe(options).c_str());
  const RunResult result = SimulatedWorld(options, arguments.verbose).run();
  std::printf("%llu events, %llu orders, %llu terms, digest %016llx\n",
              static_cast<unsigned long long>(result.events),
              static_cast<unsigned long long>(result.commands), static_cast<unsigned long long>(result.terms),
              static_cast<unsigned long long>(result.digest));
  if (result.violation) {
    report(options, result);
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
                 "hours without any fault but threads that wake late, as under 32 hogs; nobody may be called "
                 "dead");
  app.add_flag("--plain", arguments.plain, "with --calm: at nice 0, detection tolerant (else -10, fast)");
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
