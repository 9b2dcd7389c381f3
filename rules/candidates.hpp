// candidates.hpp: the instances where a process, or a whole application, is allowed, in the rule's order, and
// why others are not (contract supvisors.md 4.1, 2.5). Says nothing about loads. Pure; called by
// placement; find_process and label_of by whoever names a process or an instance.
#pragma once

#include <string>
#include <vector>

#include "rules/rule_matcher.hpp"
#include "rules/view.hpp"

namespace holdfast::rules {

/// Instances in order of preference of the rule, and how the reason calls that order.
struct Candidates {
  std::vector<std::size_t> instances;
  std::string order;                 // "in order of declaration"
  std::vector<std::string> remarks;  // why others are not among them
};

/// Of one process: its application's identifiers when that goes together (contract RUL-A2), else its own;
/// where the rest of such an application runs already, only that.
Candidates candidates_for(const ClusterView& view, const Matcher& matcher, const ProcessId& id,
                          const ProcessView& process);
/// Of an application that goes together.
Candidates candidates_for_all(const ClusterView& view, const Matcher& matcher, const std::string& application);

/// The identifiers that `#` or `@` of its rule gives a process (contract RUL-H2): one, or none. Empty, too, for a
/// process that no instance defines.
std::vector<std::string> assigned_instances(const ClusterView& view, const Matcher& matcher, const ProcessId& id);

/// Why this copy may not be started there; empty: it may (load apart).
std::string refusal(const InstanceView& instance, const ProcessView& process, const std::string& name);
/// The remark about an instance whose node has `there` percent and cannot take `wanted` more.
std::string overload(const InstanceView& instance, int there, int wanted);

/// What people read for an instance: its nick, else its identifier.
std::string label_of(const InstanceView& instance);
/// Its machine; an instance whose machine is not known yet counts as a machine of its own.
std::string node_key(const InstanceView& instance);
std::string percent(int load);

const ProcessView* find_process(const ClusterView& view, const ProcessId& id);
ProcessView* find_process(ClusterView& view, const ProcessId& id);

}  // namespace holdfast::rules
