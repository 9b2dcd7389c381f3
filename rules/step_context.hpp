// step_context.hpp: what every part of the engine is handed during one step, and where it leaves what it
// decided. Lives on the stack of Engine::step only; nobody keeps a reference.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/actions.hpp"
#include "rules/rule_matcher.hpp"
#include "rules/view.hpp"

namespace holdfast::rules {

/// Why something is started or stopped, and on whose behalf.
struct Origin {
  std::string cause;         // "asked by admin", "automatic start", "n2 was lost"
  std::string operation_id;  // empty: automatic
  std::optional<StartingStrategy> strategy;
  std::string requester;
  std::optional<std::string> extra_args = std::nullopt;  // of a start; absent: what its process had
};

/// What a job reports to the operations that wait for it.
struct JobNotes {
  std::string application;
  std::optional<std::string> process;  // nullopt: of all of them
  std::string text;
};

struct StepContext {
  Instant now;
  const ClusterView& view;
  const Matcher& matcher;
  std::vector<Action>& actions;

  void decide(const Origin& origin, const ProcessId& id, std::string what, std::string why) {
    actions.emplace_back(Decision{origin.operation_id, id.group, id.name, std::move(what), std::move(why)});
  }
  /// Of the whole application.
  void decide_of(const Origin& origin, const std::string& application, std::string what, std::string why) {
    actions.emplace_back(Decision{origin.operation_id, application, std::nullopt, std::move(what), std::move(why)});
  }
  void force(const ProcessId& id, ProcessState state, std::string reason) {
    actions.emplace_back(ForcedState{id, state, std::move(reason), false});
  }
  [[nodiscard]] const ProcessView* process(const ProcessId& id) const;
  [[nodiscard]] const CopyView* copy(const ProcessId& id, const std::string& identifier) const;
  [[nodiscard]] const InstanceView* instance(const std::string& identifier) const;
  /// The instance's nick, for people.
  [[nodiscard]] std::string label(const std::string& identifier) const;
};

}  // namespace holdfast::rules
