#include "rules/candidates.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.hpp"

namespace holdfast::rules {
namespace {

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
Candidates assigned_candidate(const IdentifierRule& rule, const ClusterView& view, const ProcessView& process) {
  Candidates list = named_candidates(rule, view);
  const auto index = static_cast<std::size_t>(std::max(process.process_index, 0));
  if (list.instances.empty()) {
    return list;
  }
  if (rule.pair && index >= list.instances.size()) {
    list.remarks.push_back("`@` gives one instance to each of the first " + std::to_string(list.instances.size()) +
                           ", this is number " + std::to_string(index + 1));
    list.instances.clear();
    return list;
  }
  list.instances = {list.instances[index % list.instances.size()]};
  list.order = std::string("by `") + (rule.pair ? "@" : "#") + "` for index " + std::to_string(index);
  return list;
}

/// RUL-H3: element (N - 1) mod length. A stereotype counts as one element, all its instances are candidates.
Candidates numbered_candidates(const IdentifierRule& rule, const ClusterView& view, const std::string& application) {
  const auto number = application_number(application);
  Candidates result;
  if (!number) {
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
      if (copy != process.copies.end() && is_active(copy->second)) {
        found.insert(nodes ? node_key(instance) : instance.identifier);
      }
    }
  }
  return found;
}

Candidates application_candidates(const ClusterView& view, const Matcher& matcher, const std::string& application) {
  const IdentifierRule& rule = matcher.application(application).identifiers;
  return rule.spread ? numbered_candidates(rule, view, application) : named_candidates(rule, view);
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
    if (home.count(nodes ? node_key(instance) : instance.identifier) != 0) {
      kept.push_back(index);
    } else {
      candidates.remarks.push_back(label_of(instance) + " is not where the rest of " + application + " runs");
    }
  }
  candidates.instances = kept;
}

}  // namespace

std::string percent(int load) {
  return std::to_string(load) + " %";
}

std::string label_of(const InstanceView& instance) {
  return instance.nick.empty() ? instance.identifier : instance.nick;
}

std::string node_key(const InstanceView& instance) {
  return instance.node.empty() ? "\n" + instance.identifier : instance.node;
}

const ProcessView* find_process(const ClusterView& view, const ProcessId& id) {
  const auto application = view.applications.find(id.group);
  if (application == view.applications.end()) {
    return nullptr;
  }
  const auto found = application->second.find(id.name);
  return found == application->second.end() ? nullptr : &found->second;
}

ProcessView* find_process(ClusterView& view, const ProcessId& id) {
  return const_cast<ProcessView*>(find_process(std::as_const(view), id));
}

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
  return label_of(instance) + " would exceed " + percent(limits::rules_node_load_max) + " (" + std::to_string(there) +
         " + " + std::to_string(wanted) + ")";
}

Candidates candidates_for(const ClusterView& view, const Matcher& matcher, const ProcessId& id,
                          const ProcessView& process) {
  Candidates candidates;
  const auto& rule = matcher.program(id).identifiers;
  if (matcher.application(id.group).distribution != Distribution::all_instances) {
    candidates = application_candidates(view, matcher, id.group);
  } else if (rule.spread || rule.pair) {
    candidates = assigned_candidate(rule, view, process);
  } else {
    candidates = named_candidates(rule, view);
  }
  keep_home(view, matcher, id.group, candidates);
  return candidates;
}

std::vector<std::string> assigned_instances(const ClusterView& view, const Matcher& matcher, const ProcessId& id) {
  std::vector<std::string> identifiers;
  if (const ProcessView* process = find_process(view, id)) {
    for (const std::size_t index : assigned_candidate(matcher.program(id).identifiers, view, *process).instances) {
      identifiers.push_back(view.instances[index].identifier);
    }
  }
  return identifiers;
}

Candidates candidates_for_all(const ClusterView& view, const Matcher& matcher, const std::string& application) {
  Candidates candidates = application_candidates(view, matcher, application);
  keep_home(view, matcher, application, candidates);
  return candidates;
}

}  // namespace holdfast::rules
