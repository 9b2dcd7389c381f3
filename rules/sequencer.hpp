// sequencer.hpp: who starts and stops when: one application by ranks, the automatic start and the ordered
// stop of all, restarts as stop then start, single processes (contract supvisors.md 4.3-4.5, RST-1, LOST-1).
// Owns the jobs and the open operations, and answers them. It decides nothing about failures of what runs
// (failure_handling) nor conflicts. At most one start job and one stop job per application; a stop request
// ends the application's start job first. Called by Engine within a step; copyable, keeps no reference.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rules/events.hpp"
#include "rules/start_job.hpp"
#include "rules/step_context.hpp"
#include "rules/stop_job.hpp"

namespace holdfast::rules {

/// A valid request: accepted when its work has not ended in the same step, and not answered for good yet.
struct Operation {
  Request request;
  std::vector<std::string> processes;  // what a process request stands for
  std::string trouble;                 // what failed on the way, for the answer
  std::string chosen;                  // of start_any_process: its namespec
  bool fresh = true;                   // in the step that accepted it: an end now means that nothing was queued
};

class Sequencer {
 public:
  /// Validates, answers a refusal, or begins; what is still open at the end of the step is answered Accepted.
  void request(StepContext& context, const Request& request);
  void automatic_start(StepContext& context, const std::string& cause);
  void abort(StepContext& context, const std::string& reason);
  void order_refused(StepContext& context, const OrderRefused& refusal);

  /// Commands pending on a dead instance fail or move on; gives the processes that jobs take care of
  /// (LOST-1).
  std::set<ProcessId> instance_lost(StepContext& context, const InstanceLost& lost);

  // For failure handling and conciliation.
  void stop_application(StepContext& context, const std::string& name, const Origin& origin);
  void restart_application(StepContext& context, const std::string& name, const Origin& origin);
  void start_process(StepContext& context, const ProcessId& id, const Origin& origin);
  /// The same, when those of its application that were given before it, with lower ranks, run. It has no job yet.
  void start_in_rank(StepContext& context, const ProcessId& id, const Origin& origin);
  void stop_copies(StepContext& context, const ProcessId& id, const std::vector<std::string>& identifiers,
                   const Origin& origin);
  void restart_process(StepContext& context, const ProcessId& id, const Origin& origin);

  /// Looks at the view and the time, moves every job as far as it goes, answers what ended.
  void advance(StepContext& context);

  /// True once after jobs() changed.
  bool take_changed() { return std::exchange(changed_, false); }
  /// The ordered stop of everything is under way: nothing is started any more.
  [[nodiscard]] bool ending() const { return shutdown_.has_value(); }
  [[nodiscard]] bool starting() const { return !starts_.empty() || sequence_.has_value(); }
  [[nodiscard]] bool stopping() const { return !stops_.empty() || shutdown_.has_value(); }
  [[nodiscard]] bool busy() const { return starting() || stopping(); }
  [[nodiscard]] bool has_job(const std::string& application) const;
  /// True if a start of this process was ordered and its outcome is open.
  [[nodiscard]] bool is_starting(const ProcessId& id) const;
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  [[nodiscard]] std::vector<JobView> jobs() const;

 private:
  /// Applications by rank; the next rank begins when the jobs of the current one are gone (contract SEQ-2,
  /// STP-3).
  struct RankQueue {
    std::map<int, std::vector<std::string>> ranks;
    std::vector<std::string> current;
    Origin origin;
  };
  /// A start that waits for the application's stop job to end (contract RST-1).
  struct DeferredStart {
    std::optional<std::string> process;  // nullopt: the application
    Origin origin;
  };

  // Requests, one function per kind of object.
  void request_application(StepContext& context, const Request& request);
  void request_process(StepContext& context, const Request& request);
  void request_any(StepContext& context, const Request& request);
  void request_everything(StepContext& context, const Request& request);
  void refuse(StepContext& context, const Request& request, Fault fault, std::string detail, std::string why);
  bool accept(StepContext& context, const Request& request, std::vector<std::string> processes,
              std::string chosen = {});

  bool begin_start(StepContext& context, const std::string& name, const Origin& origin);
  void begin_stop(StepContext& context, const std::string& name, const Origin& origin);
  void drop_start(StepContext& context, const std::string& name, const std::string& why);
  void after_stop(StepContext& context, const std::string& name, const std::vector<DeferredStart>& starts);
  bool advance_starts(StepContext& context);
  bool advance_stops(StepContext& context);
  bool advance_sequence(StepContext& context);
  bool advance_shutdown(StepContext& context);
  void answer_ended_operations(StepContext& context);
  [[nodiscard]] bool is_open(const Operation& operation) const;
  void answer(StepContext& context, const Operation& operation);
  [[nodiscard]] static std::vector<std::string> failed_processes(const StepContext& context,
                                                                 const Operation& operation);
  void note_trouble(const JobNotes& notes);
  [[nodiscard]] LazyLoads loads(const StepContext& context) const;
  [[nodiscard]] bool waits_for_stop(const Operation& operation, const std::string& process) const;
  /// Takes a process' start back, if one is under way, and gives the copies to stop.
  std::vector<std::string> copies_to_stop(StepContext& context, const ProcessId& id);
  void stop_process(StepContext& context, const ProcessId& id, const Origin& origin);

  std::map<std::string, StartJob> starts_;
  std::map<std::string, StopJob> stops_;
  std::map<std::string, std::vector<DeferredStart>> deferred_;  // by application
  std::optional<RankQueue> sequence_;
  std::optional<RankQueue> shutdown_;
  std::vector<Operation> operations_;
  std::uint64_t last_order_id_ = 0;
  bool changed_ = false;
};

}  // namespace holdfast::rules
