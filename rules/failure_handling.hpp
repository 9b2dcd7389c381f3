// failure_handling.hpp: what follows when a process that ran crashes or is lost with its instance (contract
// supvisors.md 4.7). Collects decisions per application, the stronger replacing the weaker (RFS-2), and holds them back
// while the application has a job (RFS-3). What is lost together starts in the order of its ranks. Restarts of an
// application that crashes again and again are spaced out, and given up after limits::rules_restart_attempts, which is
// said and shown (the peer loops without limit, RFS-4); restarts after the loss of a node are neither. Forced states
// never come here (RFS-1). Owned by Engine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/sequencer.hpp"
#include "rules/step_context.hpp"

namespace holdfast::rules {

class FailureHandler {
 public:
  /// FATAL or an unexpected EXITED of a process that no start job watches.
  void crashed(StepContext& context, const ProcessId& id, const std::string& identifier);
  /// The process ran on a lost instance and runs nowhere else.
  void lost(StepContext& context, const ProcessId& id, const std::string& identifier);
  /// Applies the process' strategy for a reason of the caller's (conciliation RUNNING_FAILURE).
  void apply(StepContext& context, const ProcessId& id, const std::string& cause);

  /// A person or a program wants it to run: its restarts are counted anew.
  void forgive(const std::string& application) { history_.erase(application); }

  /// Begins what is due and not held back; true if something began.
  bool trigger(StepContext& context, Sequencer& sequencer);
  void abort() { pending_.clear(); }

  [[nodiscard]] bool pending() const { return !pending_.empty(); }
  /// When a spaced-out restart is due; what waits for a job waits for that job's deadlines instead.
  [[nodiscard]] std::optional<Instant> next_deadline(const Sequencer& sequencer) const;

 private:
  struct Pending {
    std::string stop_cause;                      // not empty: stop the application
    std::string restart_cause;                   // not empty: restart the application
    std::string culprit;                         // the process whose failure that was
    std::map<std::string, std::string> restart;  // process -> cause
    bool at_once = false;                        // an instance was lost: no fault of the application
  };
  struct History {
    int restarts = 0;
    Instant last{};
    Instant not_before{};
  };
  void add(StepContext& context, const ProcessId& id, RunningFailureStrategy strategy, const std::string& cause);
  void promote(StepContext& context, const std::string& name, Pending& pending);
  void begin(StepContext& context, Sequencer& sequencer, const std::string& name, const Pending& pending);
  void begin_restarts(StepContext& context, Sequencer& sequencer, const std::string& name, const Pending& pending);
  /// Counts a restart of an application that crashed; false: it was the last one already.
  bool note_restart(StepContext& context, const std::string& application);
  void give_up(StepContext& context, const std::string& name, const Pending& pending);

  std::map<std::string, Pending> pending_;  // by application
  std::map<std::string, History> history_;
};

}  // namespace holdfast::rules
