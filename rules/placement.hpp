// placement.hpp: where one process, or a whole application, may start, and the choice by strategy (contract
// supvisors.md 4.1, 4.3 point 3, 2.5 signs). Pure: (rules, view, loads) to a choice with its reason. Loads
// count what runs and every start under way in any job, so two applications never overload a node together.
// The limit is 100 % of expected_loading per node. Called by the sequencer.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/rule_matcher.hpp"
#include "rules/view.hpp"

namespace holdfast::rules {

/// How every reason begins that says why a process or an application can start nowhere; the causes follow.
inline constexpr std::string_view kNoResource = "no resource available";

/// Declared load per instance and per node, in percent.
class LoadTable {
 public:
  /// What is in running-set now.
  LoadTable(const ClusterView& view, const Matcher& matcher);

  /// A start under way, or just decided, that the view does not show yet.
  void add(const std::string& identifier, int load);
  [[nodiscard]] int instance(std::size_t index) const { return instances_[index]; }
  /// Of the whole machine on which this instance is.
  [[nodiscard]] int node(std::size_t index) const { return nodes_[node_of_[index]]; }

 private:
  std::vector<int> instances_;
  std::vector<std::size_t> node_of_;
  std::vector<int> nodes_;
  std::map<std::string, std::size_t> index_;
};

/// A LoadTable made when somebody first needs it: most steps place nothing.
class LazyLoads {
 public:
  explicit LazyLoads(std::function<LoadTable()> make) : make_(std::move(make)) {}
  LoadTable& get() {
    if (!table_) {
      table_ = make_();
    }
    return *table_;
  }

 private:
  std::function<LoadTable()> make_;
  std::optional<LoadTable> table_;
};

struct Placement {
  std::string identifier;  // empty: none
  std::string reason;      // "n2: fits, first in order of declaration; n1 is not running"
  [[nodiscard]] bool found() const { return !identifier.empty(); }
};

struct PlacementQuery {
  StartingStrategy strategy = StartingStrategy::config;
  std::string requester;  // LOCAL: the instance asked; empty: the instance that runs the engine
};

/// One process on its own (distribution ALL_INSTANCES, and every single start).
Placement place_process(const ClusterView& view, const Matcher& matcher, const LoadTable& loads, const ProcessId& id,
                        const PlacementQuery& query);

/// Distribution SINGLE_INSTANCE and SINGLE_NODE: the processes of the start sequence (with the sum of their
/// loads) go together. `chosen` has one entry per process, or is empty with the reason.
struct GroupPlacement {
  std::map<std::string, std::string> chosen;  // process -> identifier
  std::string reason;
};
GroupPlacement place_together(const ClusterView& view, const Matcher& matcher, const LoadTable& loads,
                              const std::string& application, const std::vector<std::string>& processes,
                              const PlacementQuery& query);

}  // namespace holdfast::rules
