#include "rules/placement.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace holdfast::rules {
namespace {

constexpr std::size_t kNamedInReason = 8;  // instances that one reason names; the others are counted

std::string percent(int load) {
  return std::to_string(load) + " %";
}

const ProcessView* find_process(const ClusterView& view, const ProcessId& id) {
  const auto application = view.applications.find(id.application);
  if (application == view.applications.end()) {
    return nullptr;
  }
  const auto found = application->second.find(id.process);
  return found == application->second.end() ? nullptr : &found->second;
}

/// Why this copy may not be started there; empty: it may (contract 4.1, load apart).
std::string refusal(const InstanceView& instance, const ProcessView& process, const std::string& name) {
  if (!instance.running) {
    return label_of(instance) + " is not running";
  }
  const auto copy = process.copies.find(instance.identifier);
  if (copy == process.copies.end()) {
    return label_of(instance) + " does not define " + name;
  }
  return copy->second.disabled ? name + " is disabled on " + label_of(instance) : "";
}

std::string overload(const InstanceView& instance, int there, int wanted) {
  return label_of(instance) + " would exceed " + percent(limits::rules_node_load_max) + " (" +
         std::to_string(there) + " + " + std::to_string(wanted) + ")";
}

/// Instances in order of preference of the rule, and how the reason calls that order.
struct Candidates {
  std::vector<std::size_t> instances;
  std::string order;                 // "in order of declaration"
  std::vector<std::string> remarks;  // why others are not among them
};

Candidates named_candidates(const IdentifierRule& rule, const ClusterView& view) {
  Candidates result;
  std::vector<std::string> unknown;
  result.instances = instances_of(rule, view, &unknown);
  result.order = rule.names.empty() ? "in order of declaration" : "in the order of the rule's identifiers";
  for (const auto& name : unknown) {
    result.remarks.push_back("no instance is called " + name);
  }
  return result;
}

/// RUL-H2: the one instance that the process' index gives it. By index and not by arrival, so every node and
/// every later Master finds the same one.
Candidates assigned_candidate(const IdentifierRule& rule, const ClusterView& view,
                              const ProcessView& process) {
  Candidates list = named_candidates(rule, view);
  const auto index = static_cast<std::size_t>(std::max(process.process_index, 0));
  if (list.instances.empty()) {
    return list;
  }
  if (rule.pair && index >= list.instances.size()) {
    list.remarks.push_back("`@` gives one instance to each of the first " +
                           std::to_string(list.instances.size()) + ", this is number " +
                           std::to_string(index + 1));
    list.instances.clear();
    return list;
  }
  list.instances = {list.instances[index % list.instances.size()]};
  list.order = std::string("by `") + (rule.pair ? "@" : "#") + "` for index " + std::to_string(index);
  return list;
}

/// RUL-H3: element (N - 1) mod length. A stereotype counts as one element, all its instances are candidates.
Candidates numbered_candidates(const IdentifierRule& rule, const ClusterView& view,
                               const std::string& application) {
  std::size_t begin = application.size();
  while (begin > 0 && application[begin - 1] >= '0' && application[begin - 1] <= '9') {
    --begin;
  }
  const auto number = text::parse_int(std::string_view(application).substr(begin));
  const bool separated = begin > 0 && (application[begin - 1] == '-' || application[begin - 1] == '_');
  Candidates result;
  if (!number || *number < 1 || !separated) {
    result.remarks.push_back("`#` needs an application name that ends in -N or _N");
    return result;
  }
  const auto index = static_cast<std::size_t>(*number - 1);
  if (!rule.names.empty()) {
    result = named_candidates({{rule.names[index % rule.names.size()]}, false, false}, view);
  } else if (!view.instances.empty()) {
    result.instances = {index % view.instances.size()};
  }
  result.order = "by `#` for number " + std::to_string(*number);
  return result;
}

/// Identifiers of the application when it goes together, else of the process (contract RUL-A2).
Candidates candidates_of(const ClusterView& view, const Matcher& matcher, const ProcessId& id,
                         const ProcessView& process) {
  const auto& application = matcher.application(id.application);
  if (application.distribution != Distribution::all_instances) {
    return application.identifiers.spread ? numbered_candidates(application.identifiers, view, id.application)
                                          : named_candidates(application.identifiers, view);
  }
  const auto& rule = matcher.program(id).identifiers;
  return rule.spread || rule.pair ? assigned_candidate(rule, view, process) : named_candidates(rule, view);
}

/// Where the application runs already: a part that is started later joins it.
std::set<std::string> homes(const ClusterView& view, const std::string& application, bool nodes) {
  std::set<std::string> found;
  const auto processes = view.applications.find(application);
  if (processes == view.applications.end()) {
    return found;
  }
  for (const auto& [name, process] : processes->second) {
    for (const auto& instance : view.instances) {
      const auto copy = process.copies.find(instance.identifier);
      if (copy != process.copies.end() && in_running_set(copy->second.state)) {
        found.insert(nodes ? instance.node : instance.identifier);
      }
    }
  }
  return found;
}

void keep_home(const ClusterView& view, const Matcher& matcher, const std::string& application,
               Candidates& candidates) {
  const auto distribution = matcher.application(application).distribution;
  if (distribution == Distribution::all_instances) {
    return;
  }
  const bool nodes = distribution == Distribution::single_node;
  const auto home = homes(view, application, nodes);
  if (home.empty()) {
    return;
  }
  std::vector<std::size_t> kept;
  for (const auto index : candidates.instances) {
    const auto& instance = view.instances[index];
    if (home.count(nodes ? instance.node : instance.identifier) != 0) {
      kept.push_back(index);
    } else {
      candidates.remarks.push_back(label_of(instance) + " is not where the rest of " + application + " runs");
    }
  }
  candidates.instances = kept;
}

/// The choice among those that fit (contract STR-1..6).
std::optional<std::size_t> choose(const ClusterView& view, const LoadTable& loads,
                                  const PlacementQuery& query, const std::vector<std::size_t>& fitting) {
  std::optional<std::size_t> best;
  const auto key = [&](std::size_t i, bool node_first) {
    return node_first ? std::pair(loads.node(i), loads.instance(i))
                      : std::pair(loads.instance(i), loads.node(i));
  };
  for (const auto i : fitting) {
    switch (query.strategy) {
      case StartingStrategy::config:
        return i;
      case StartingStrategy::local:
        if (query.requester.empty() ? view.instances[i].local
                                    : view.instances[i].identifier == query.requester) {
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
    return {"", "no resource available: " + joined(remarks)};
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

std::string label_of(const InstanceView& instance) {
  return instance.nick.empty() ? instance.identifier : instance.nick;
}

LoadTable::LoadTable(const ClusterView& view, const Matcher& matcher) : instances_(view.instances.size(), 0) {
  std::map<std::string, std::size_t> nodes;
  for (std::size_t i = 0; i < view.instances.size(); ++i) {
    const auto& instance = view.instances[i];
    index_.emplace(instance.identifier, i);
    // An instance whose machine is not known yet counts as a machine of its own.
    const std::string key = instance.node.empty() ? "\n" + instance.identifier : instance.node;
    node_of_.push_back(nodes.emplace(key, nodes.size()).first->second);
  }
  nodes_.assign(nodes.size(), 0);
  for (const auto& [application, processes] : view.applications) {
    for (const auto& [name, process] : processes) {
      for (const auto& [identifier, copy] : process.copies) {
        if (in_running_set(copy.state)) {
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

Placement place_process(const ClusterView& view, const Matcher& matcher, const LoadTable& loads,
                        const ProcessId& id, const PlacementQuery& query) {
  const ProcessView* process = find_process(view, id);
  if (process == nullptr) {
    return {"", "no resource available: no instance defines " + namespec_of(id)};
  }
  Candidates candidates = candidates_of(view, matcher, id, *process);
  keep_home(view, matcher, id.application, candidates);
  const int load = matcher.program(id).expected_loading;
  std::vector<std::size_t> fitting;
  std::vector<std::string> remarks = candidates.remarks;
  for (const auto index : candidates.instances) {
    const auto& instance = view.instances[index];
    const std::string refused = refusal(instance, *process, id.process);
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
std::string group_refusal(const ClusterView& view, const std::string& application,
                          const InstanceView& instance) {
  for (const auto& [name, process] : view.applications.at(application)) {
    std::string refused = refusal(instance, process, name);
    if (!refused.empty()) {
      return refused;
    }
  }
  return {};
}

int sum_of_loads(const Matcher& matcher, const std::string& application,
                 const std::vector<std::string>& processes) {
  int sum = 0;
  for (const auto& name : processes) {
    sum += matcher.program({application, name}).expected_loading;
  }
  return sum;
}

GroupPlacement on_one_instance(const ClusterView& view, const LoadTable& loads,
                               const std::string& application, const std::vector<std::string>& processes,
                               const PlacementQuery& query, const Candidates& candidates, int load) {
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
std::vector<std::size_t> on_node(const ClusterView& view, const Candidates& candidates,
                                 const InstanceView& home, const ProcessView& process,
                                 const std::string& name) {
  std::vector<std::size_t> found;
  for (const auto index : candidates.instances) {
    const auto& instance = view.instances[index];
    const bool same = home.node.empty() ? instance.identifier == home.identifier : instance.node == home.node;
    if (same && refusal(instance, process, name).empty()) {
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
    return {{}, "no resource available: nothing to place"};
  }
  for (const auto& name : processes) {
    if (found->second.count(name) == 0) {
      return {{}, "no resource available: no instance defines " + name};
    }
  }
  const auto& rules = matcher.application(application);
  Candidates candidates = rules.identifiers.spread ? numbered_candidates(rules.identifiers, view, application)
                                                   : named_candidates(rules.identifiers, view);
  keep_home(view, matcher, application, candidates);
  const int load = sum_of_loads(matcher, application, processes);
  return rules.distribution == Distribution::single_node
             ? on_one_node(view, matcher, loads, application, processes, query, candidates, load)
             : on_one_instance(view, loads, application, processes, query, candidates, load);
}

}  // namespace holdfast::rules
