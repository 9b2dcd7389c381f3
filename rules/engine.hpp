// engine.hpp: the rules engine as the Master's cluster node uses it: one step per event, then the actions. It
// composes matcher, placement, sequencer, failure handling and conciliation. It opens nothing, reads no clock
// and keeps no reference to the view between steps. Every start and stop has a reason; every job ends by
// events or by the deadline that next_deadline() gives.
//
// Driver: fill the ClusterView, call step(now, view, event), execute take_actions() in order, arm a timer
// for next_deadline() and answer it with TimePassed. A copyable value: `plan` runs a copy against a copy of
// the view. Called on the loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "rules/actions.hpp"
#include "rules/application_state.hpp"
#include "rules/conciliation.hpp"
#include "rules/events.hpp"
#include "rules/failure_handling.hpp"
#include "rules/rule_matcher.hpp"
#include "rules/rule_model.hpp"
#include "rules/sequencer.hpp"
#include "rules/view.hpp"

namespace holdfast::rules {

struct EngineOptions {
  StartingStrategy starting_strategy = StartingStrategy::config;
  ConciliationStrategy conciliation_strategy = ConciliationStrategy::user;
};

/// One line of a dry run (contract 4.8).
struct PlannedStart {
  ProcessId id;
  ProcessState state = ProcessState::stopped;  // at the end of the dry run
  std::string identifier;                      // chosen; empty: none
  std::string reason;                          // why there, or why nowhere; empty: its turn does not come
};

class Engine {
 public:
  Engine(RuleSet rules, EngineOptions options);

  void step(Instant now, const ClusterView& view, const Event& event);
  [[nodiscard]] std::vector<Action> take_actions();
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  /// A start or stop job, a sequence, or a deferred failure is open. A follower's engine is never busy.
  [[nodiscard]] bool busy() const;
  [[nodiscard]] bool starting() const;
  [[nodiscard]] bool stopping() const;
  [[nodiscard]] std::vector<JobView> jobs() const;

  /// New rules and defaults from now on; jobs in progress keep what they planned.
  void set_rules(RuleSet rules, EngineOptions options);
  [[nodiscard]] const Matcher& matcher() const { return matcher_; }
  [[nodiscard]] const EngineOptions& options() const { return options_; }

  /// Managed processes with more than one running copy (contract 4.6), sorted.
  [[nodiscard]] std::vector<ProcessId> conflicts(const ClusterView& view) const;

  /// What starting this application (or, with a process, only that) would do now; nothing is touched.
  /// Requests that would be refused give their fault as error, with its detail. (test_start_application,
  /// test_start_process.)
  [[nodiscard]] Result<std::vector<PlannedStart>> plan(Instant now, const ClusterView& view,
                                                       const Request& request) const;

 private:
  /// A crash that has not been decided yet: of a copy that was seen alive, or that has lived since it was last seen.
  bool is_new_crash(const ProcessId& id, const std::string& identifier, const CopyView& copy);
  /// Takes note of the copies as they are: what happened before this node was Master is no news.
  void look_around(const ClusterView& view, const Event& event);
  void handle(StepContext& context, const CopyChanged& event);
  void handle(StepContext& context, const InstanceLost& event);
  void handle(StepContext& context, const Request& event);
  void handle(StepContext& context, const AutomaticStart& event);
  void handle(StepContext& context, const Conciliate& event);
  void handle(StepContext& context, const OrderRefused& event);
  void handle(StepContext& context, const TimePassed& event);
  void handle(StepContext& context, const Abort& event);

  /// A copy as it was last seen.
  struct Seen {
    bool alive = false;
    std::int64_t event_us = 0;
  };

  Matcher matcher_;
  EngineOptions options_;
  std::map<std::string, std::map<ProcessId, Seen>> seen_;  // by identifier
  bool looked_around_ = false;
  Sequencer sequencer_;
  FailureHandler failures_;
  Conciliator conciliator_;
  std::vector<Action> actions_;
};

}  // namespace holdfast::rules
