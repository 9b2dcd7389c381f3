// failure_handling.hpp: what follows when a process that ran crashes or is lost with its instance (contract
// supvisors.md 4.7). Collects decisions per application, the stronger replacing the weaker (RFS-2), holds
// them back while the application has a job (RFS-3), and spaces repeated restarts of one application out (the
// peer loops without limit, RFS-4). Forced states never come here (RFS-1). Owned by Engine.
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
  void note_restart(StepContext& context, const std::string& application);

  std::map<std::string, Pending> pending_;  // by application
  std::map<std::string, History> history_;
};

}  // namespace holdfast::rules
