// model_supervisor.hpp: a small stand-in for a node's supervisor with its programs: it takes LocalCommands,
// lets states take their time (start delay, stop delay, crash with autorestart) and tells what changed. Pure:
// the world calls due() and advance(). It outlives its agent, as programs under a keeper do.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/random.hpp"
#include "cluster/codec/process_fact.hpp"
#include "cluster/outcome.hpp"

namespace holdfast::simulator {

struct ModelDone {
  std::string operation;
  cluster::OperationCode code;
};

class ModelSupervisor {
 public:
  explicit ModelSupervisor(Random random) : random_(random) {}

  /// `last_words` only makes the row long.
  void define(const std::string& group, const std::string& name, int startsecs, const std::string& last_words = {});
  void command(Instant now, const cluster::LocalCommand& command);
  /// A running program dies; Supervisor's autorestart starts it again.
  void crash_one(Instant now);
  /// A planned stop: everything that runs is stopped.
  void stop_all(Instant now);
  /// Wall clock minus the clock of the `now` that it is given; start and stop stamps are wall times.
  void set_wall_offset(std::int64_t ns) { wall_offset_ns_ = ns; }
  /// The whole node dies: programs with it.
  void kill_all(Instant now);
  [[nodiscard]] std::optional<Instant> due() const;
  void advance(Instant now);

  [[nodiscard]] std::vector<cluster::ProcessFact> facts() const;
  std::vector<cluster::ProcessFact> take_changed();
  std::vector<ModelDone> take_done();
  [[nodiscard]] bool runs(const std::string& namespec) const;

 private:
  struct Program {
    cluster::ProcessFact fact;
    std::optional<Instant> due;
    ProcessState next = ProcessState::stopped;
    std::string operation;  // waits for the end of this transition
    bool again = false;     // restart: start after the stop
  };
  void enter(Program& program, Instant now, ProcessState state);
  void start(Program& program, Instant now);
  void stop(Program& program, Instant now);
  void done(Program& program, cluster::OperationCode code);

  /// A program's transition may end at another time than before: `due` is found anew.
  void due_changes() { due_known_ = false; }

  Random random_;
  std::map<std::string, Program> programs_;
  mutable bool due_known_ = false;  // asked for after every event
  mutable std::optional<Instant> due_;
  std::vector<cluster::ProcessFact> changed_;
  std::vector<ModelDone> done_;
  int next_pid_ = 100;
  std::int64_t wall_offset_ns_ = 0;
};

}  // namespace holdfast::simulator
