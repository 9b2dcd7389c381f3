#include "rules/placement.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/limits.hpp"
#include "rules/candidates.hpp"

namespace holdfast::rules {
namespace {

constexpr std::size_t kNamedInReason = 8;  // instances that one reason names; the others are counted

/// The choice among those that fit (contract STR-1..6).
std::optional<std::size_t> choose(const ClusterView& view, const LoadTable& loads, const PlacementQuery& query,
                                  const std::vector<std::size_t>& fitting) {
  std::optional<std::size_t> best;
  const auto key = [&](std::size_t i, bool node_first) {
    return node_first ? std::pair(loads.node(i), loads.instance(i)) : std::pair(loads.instance(i), loads.node(i));
  };
  for (const auto i : fitting) {
    switch (query.strategy) {
      case StartingStrategy::config:
        return i;
      case StartingStrategy::local:
        if (query.requester.empty() ? view.instances[i].local : view.instances[i].identifier == query.requester) {
          return i;
        }
        break;
      case StartingStrategy::less_loaded:
      case StartingStrategy::less_loaded_node: {
        const bool node_first = query.strategy == StartingStrategy::less_loaded_node;
        if (!best || key(i, node_first) < key(*best, node_first)) {
          best = i;
        }
        break;
      }
      case StartingStrategy::most_loaded:
      case StartingStrategy::most_loaded_node: {
        const bool node_first = query.strategy == StartingStrategy::most_loaded_node;
        if (!best || key(i, node_first) >= key(*best, node_first)) {  // STR-3: ties go to the last
          best = i;
        }
        break;
      }
    }
  }
  return best;
}

std::string why_chosen(const LoadTable& loads, const PlacementQuery& query, const Candidates& candidates,
                       std::size_t index) {
  const std::string load =
      " (instance " + percent(loads.instance(index)) + ", node " + percent(loads.node(index)) + ")";
  switch (query.strategy) {
    case StartingStrategy::config:
      return "fits, first " + candidates.order;
    case StartingStrategy::less_loaded:
      return "fits, the least loaded instance" + load;
    case StartingStrategy::most_loaded:
      return "the most loaded instance that still fits" + load;
    case StartingStrategy::local:
      return "fits, and is the instance that was asked";
    case StartingStrategy::less_loaded_node:
      return "fits, on the least loaded node" + load;
    case StartingStrategy::most_loaded_node:
      return "on the most loaded node that still fits" + load;
  }
  return {};
}

std::string joined(const std::vector<std::string>& remarks) {
  std::string all;
  for (std::size_t i = 0; i < remarks.size() && i < kNamedInReason; ++i) {
    all += (i == 0 ? "" : "; ") + remarks[i];
  }
  if (remarks.size() > kNamedInReason) {
    all += "; and " + std::to_string(remarks.size() - kNamedInReason) + " more";
  }
  return all;
}

/// Chooses, and says why; `remarks` are those against the others.
Placement conclude(const ClusterView& view, const LoadTable& loads, const PlacementQuery& query,
                   const Candidates& candidates, const std::vector<std::size_t>& fitting,
                   std::vector<std::string> remarks) {
  const auto index = choose(view, loads, query, fitting);
  if (!index) {
    if (query.strategy == StartingStrategy::local && !fitting.empty()) {
      remarks.insert(remarks.begin(), "LOCAL: the instance that was asked is no candidate");
    }
    if (remarks.empty()) {
      remarks.emplace_back("no instance is a candidate");
    }
    return {"", std::string(kNoResource) + ": " + joined(remarks)};
  }
  const auto& chosen = view.instances[*index];
  std::string reason = label_of(chosen) + ": " + why_chosen(loads, query, candidates, *index);
  if (!remarks.empty()) {
    reason += "; " + joined(remarks);
  }
  return {chosen.identifier, reason};
}

bool by_config(const PlacementQuery& query) {
  return query.strategy == StartingStrategy::config;
}

}  // namespace

LoadTable::LoadTable(const ClusterView& view, const Matcher& matcher) : instances_(view.instances.size(), 0) {
  std::map<std::string, std::size_t> nodes;
  for (std::size_t i = 0; i < view.instances.size(); ++i) {
    const auto& instance = view.instances[i];
    index_.emplace(instance.identifier, i);
    node_of_.push_back(nodes.emplace(node_key(instance), nodes.size()).first->second);
  }
  nodes_.assign(nodes.size(), 0);
  for (const auto& [application, processes] : view.applications) {
    for (const auto& [name, process] : processes) {
      for (const auto& [identifier, copy] : process.copies) {
        if (is_active(copy)) {
          add(identifier, matcher.program({application, name}).expected_loading);
        }
      }
    }
  }
}

void LoadTable::add(const std::string& identifier, int load) {
  const auto found = index_.find(identifier);
  if (found != index_.end()) {
    instances_[found->second] += load;
    nodes_[node_of_[found->second]] += load;
  }
}

Placement place_process(const ClusterView& view, const Matcher& matcher, const LoadTable& loads, const ProcessId& id,
                        const PlacementQuery& query) {
  const ProcessView* process = find_process(view, id);
  if (process == nullptr) {
    return {"", std::string(kNoResource) + ": no instance defines " + full_namespec(id)};
  }
  const Candidates candidates = candidates_for(view, matcher, id, *process);
  const int load = matcher.program(id).expected_loading;
  std::vector<std::size_t> fitting;
  std::vector<std::string> remarks = candidates.remarks;
  for (const auto index : candidates.instances) {
    const auto& instance = view.instances[index];
    const std::string refused = refusal(instance, *process, id.name);
    if (!refused.empty()) {
      remarks.push_back(refused);
    } else if (loads.node(index) + load > limits::rules_node_load_max) {
      remarks.push_back(overload(instance, loads.node(index), load));
    } else {
      fitting.push_back(index);
      if (by_config(query)) {
        break;  // what comes later in the order does not matter
      }
    }
  }
  return conclude(view, loads, query, candidates, fitting, std::move(remarks));
}

namespace {

/// Why not all of `processes` may start on this instance; empty: they may.
std::string group_refusal(const ClusterView& view, const std::string& application, const InstanceView& instance) {
  for (const auto& [name, process] : view.applications.at(application)) {
    std::string refused = refusal(instance, process, name);
    if (!refused.empty()) {
      return refused;
    }
  }
  return {};
}

int sum_of_loads(const Matcher& matcher, const std::string& application, const std::vector<std::string>& processes) {
  int sum = 0;
  for (const auto& name : processes) {
    sum += matcher.program({application, name}).expected_loading;
  }
  return sum;
}

GroupPlacement on_one_instance(const ClusterView& view, const LoadTable& loads, const std::string& application,
                               const std::vector<std::string>& processes, const PlacementQuery& query,
                               const Candidates& candidates, int load) {
  std::vector<std::size_t> fitting;
  std::vector<std::string> remarks = candidates.remarks;
  for (const auto index : candidates.instances) {
    const auto& instance = view.instances[index];
    const std::string refused = group_refusal(view, application, instance);
    if (!refused.empty()) {
      remarks.push_back(refused);
    } else if (loads.node(index) + load > limits::rules_node_load_max) {
      remarks.push_back(overload(instance, loads.node(index), load));
    } else {
      fitting.push_back(index);
    }
  }
  const Placement placed = conclude(view, loads, query, candidates, fitting, std::move(remarks));
  GroupPlacement result{{}, "SINGLE_INSTANCE, " + placed.reason};
  if (placed.found()) {
    for (const auto& name : processes) {
      result.chosen[name] = placed.identifier;
    }
  }
  return result;
}

/// The instances of this node that may start the process, among the candidates.
std::vector<std::size_t> on_node(const ClusterView& view, const Candidates& candidates, const InstanceView& home,
                                 const ProcessView& process, const std::string& name) {
  std::vector<std::size_t> found;
  for (const auto index : candidates.instances) {
    const auto& instance = view.instances[index];
    if (node_key(instance) == node_key(home) && refusal(instance, process, name).empty()) {
      found.push_back(index);
    }
  }
  return found;
}

GroupPlacement on_one_node(const ClusterView& view, const Matcher& matcher, const LoadTable& loads,
                           const std::string& application, const std::vector<std::string>& processes,
                           const PlacementQuery& query, const Candidates& candidates, int load) {
  const auto& views = view.applications.at(application);
  std::vector<std::string> remarks = candidates.remarks;
  std::vector<std::size_t> fitting;  // instances whose node takes everything
  for (const auto index : candidates.instances) {
    const auto& instance = view.instances[index];
    std::string missing;
    for (const auto& name : processes) {
      if (on_node(view, candidates, instance, views.at(name), name).empty()) {
        missing = name;
        break;
      }
    }
    if (!instance.running) {
      remarks.push_back(label_of(instance) + " is not running");
    } else if (!missing.empty()) {
      remarks.push_back("no instance on the node of " + label_of(instance) + " can start " + missing);
    } else if (loads.node(index) + load > limits::rules_node_load_max) {
      remarks.push_back(overload(instance, loads.node(index), load));
    } else {
      fitting.push_back(index);
    }
  }
  const Placement node = conclude(view, loads, query, candidates, fitting, std::move(remarks));
  GroupPlacement result{{}, "SINGLE_NODE, " + node.reason};
  if (!node.found()) {
    return result;
  }
  const auto chosen = std::find_if(view.instances.begin(), view.instances.end(),
                                   [&](const InstanceView& i) { return i.identifier == node.identifier; });
  LoadTable spread = loads;  // each choice counts for the next one on that node
  for (const auto& name : processes) {
    const auto possible = on_node(view, candidates, *chosen, views.at(name), name);
    // LOCAL is settled by the node; its other instances may have to help out.
    const auto index = choose(view, spread, query, possible).value_or(possible.front());
    result.chosen[name] = view.instances[index].identifier;
    spread.add(view.instances[index].identifier, matcher.program({application, name}).expected_loading);
  }
  return result;
}

}  // namespace

GroupPlacement place_together(const ClusterView& view, const Matcher& matcher, const LoadTable& loads,
                              const std::string& application, const std::vector<std::string>& processes,
                              const PlacementQuery& query) {
  const auto found = view.applications.find(application);
  if (found == view.applications.end() || processes.empty()) {
    return {{}, std::string(kNoResource) + ": nothing to place"};
  }
  for (const auto& name : processes) {
    if (found->second.count(name) == 0) {
      return {{}, std::string(kNoResource) + ": no instance defines " + name};
    }
  }
  const auto& rules = matcher.application(application);
  const Candidates candidates = candidates_for_all(view, matcher, application);
  const int load = sum_of_loads(matcher, application, processes);
  return rules.distribution == Distribution::single_node
             ? on_one_node(view, matcher, loads, application, processes, query, candidates, load)
             : on_one_instance(view, loads, application, processes, query, candidates, load);
}

}  // namespace holdfast::rules
