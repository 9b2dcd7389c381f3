// rule_model.hpp: the rules as read from the XML files (declared leaves, each optional, with its location) and
// the effective rules of one application or process after models, aliases, defaults and post-load checks
// (contract supvisors.md 2.1-2.4). Plain values without behaviour. Made by rule_reader and rule_matcher; read
// by everything in rules/ and, for display, by api and dashboard.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_location.hpp"
#include "base/strategies.hpp"

namespace holdfast::rules {

class StatusFormula;

enum class Distribution { all_instances, single_instance, single_node };
constexpr std::string_view name_of(Distribution value) {
  switch (value) {
    case Distribution::all_instances:
      return "ALL_INSTANCES";
    case Distribution::single_instance:
      return "SINGLE_INSTANCE";
    case Distribution::single_node:
      return "SINGLE_NODE";
  }
  return {};
}

enum class StartingFailureStrategy { abort, stop, continue_ };
constexpr std::string_view name_of(StartingFailureStrategy value) {
  switch (value) {
    case StartingFailureStrategy::abort:
      return "ABORT";
    case StartingFailureStrategy::stop:
      return "STOP";
    case StartingFailureStrategy::continue_:
      return "CONTINUE";
  }
  return {};
}

enum class RunningFailureStrategy {
  continue_,
  restart_process,
  stop_application,
  restart_application,
  shutdown,
  restart
};
constexpr std::string_view name_of(RunningFailureStrategy value) {
  switch (value) {
    case RunningFailureStrategy::continue_:
      return "CONTINUE";
    case RunningFailureStrategy::restart_process:
      return "RESTART_PROCESS";
    case RunningFailureStrategy::stop_application:
      return "STOP_APPLICATION";
    case RunningFailureStrategy::restart_application:
      return "RESTART_APPLICATION";
    case RunningFailureStrategy::shutdown:
      return "SHUTDOWN";
    case RunningFailureStrategy::restart:
      return "RESTART";
  }
  return {};
}

/// A list of identifiers as effective: aliases expanded, the signs of contract 2.5 taken out. Names stay as
/// written (canonical, nick or stereotype); placement resolves them against the view. Empty names = `*`, all
/// instances.
struct IdentifierRule {
  std::vector<std::string> names;
  bool spread = false;  // `#`: round-robin over the list
  bool pair = false;    // `@`: one per instance of the list, the excess is never assigned
  friend bool operator==(const IdentifierRule&, const IdentifierRule&) = default;
};
/// `*`, `a,b`, `#,a,b`: as get_process_rules and the pages show it.
std::vector<std::string> items_of(const IdentifierRule& rule);

/// What a program or a model element says (contract 2.3); a leaf that is absent or was refused is nullopt.
struct ProgramLeaves {
  std::optional<std::string> reference;
  std::optional<std::string> identifiers;
  std::optional<int> start_sequence;
  std::optional<int> stop_sequence;
  std::optional<bool> required;
  std::optional<bool> wait_exit;
  std::optional<int> expected_loading;
  std::optional<StartingFailureStrategy> starting_failure_strategy;
  std::optional<RunningFailureStrategy> running_failure_strategy;
};

/// A name, or a pattern searched unanchored in names (contract RUL-L3). Exactly one is present; name wins if
/// both are.
struct Selector {
  std::optional<std::string> name;
  std::optional<std::string> pattern;
};
/// `name "x"` or `pattern "x"`.
std::string text_of(const Selector& selector);

struct AliasRule {
  std::string name;
  std::string items;
  SourceLocation declared_at;
};

struct ModelRule {
  std::string name;
  ProgramLeaves leaves;
  SourceLocation declared_at;
};

struct ProgramRule {
  Selector selector;
  ProgramLeaves leaves;
  SourceLocation declared_at;
};

struct ApplicationRule {
  Selector selector;
  std::optional<Distribution> distribution;
  std::optional<std::string> identifiers;
  std::optional<int> start_sequence;
  std::optional<int> stop_sequence;
  std::optional<StartingStrategy> starting_strategy;
  std::optional<StartingFailureStrategy> starting_failure_strategy;
  std::optional<RunningFailureStrategy> running_failure_strategy;
  std::optional<std::string> operational_status;
  std::vector<ProgramRule> programs;
  SourceLocation declared_at;
};

/// All rules files, merged in sorted order of their names.
struct RuleSet {
  std::vector<AliasRule> aliases;
  std::vector<ModelRule> models;
  std::vector<ApplicationRule> applications;
};

/// What holds for one process (contract 2.3 with defaults applied).
struct ProgramRules {
  IdentifierRule identifiers;
  int start_sequence = 0;
  int stop_sequence = 0;
  bool required = false;
  bool wait_exit = false;
  int expected_loading = 0;
  StartingFailureStrategy starting_failure_strategy = StartingFailureStrategy::abort;
  RunningFailureStrategy running_failure_strategy = RunningFailureStrategy::continue_;
  std::string origin;  // the element that matched, for reasons: `program name "x" at rules.xml:7`; empty = defaults

  /// RUL-C6: the node's own autorestart must be off for such a process, else both would act on one exit.
  [[nodiscard]] bool overrides_autorestart() const {
    return running_failure_strategy == RunningFailureStrategy::stop_application ||
           running_failure_strategy == RunningFailureStrategy::restart_application;
  }
};

/// What holds for one application (contract 2.2 with defaults applied). managed = a rule matches it.
struct ApplicationRules {
  bool managed = false;
  Distribution distribution = Distribution::all_instances;
  IdentifierRule identifiers;
  int start_sequence = 0;
  int stop_sequence = 0;
  StartingStrategy starting_strategy = StartingStrategy::config;
  StartingFailureStrategy starting_failure_strategy = StartingFailureStrategy::abort;
  RunningFailureStrategy running_failure_strategy = RunningFailureStrategy::continue_;
  std::string operational_status;                // empty, as `formula`, if it was refused
  std::shared_ptr<const StatusFormula> formula;  // null: `required` decides about failures
  std::string origin;
};

}  // namespace holdfast::rules
