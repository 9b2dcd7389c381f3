// rules_view.hpp: keeps the rules engine's ClusterView in step with the replicated tables: one copy per row and
// node, marked lost (FATAL, contract INS-1) when its node is. Merges Supervisor's groups of all nodes into
// applications, and notes in `touched` what it did. Pure functions on the view; decides nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "cluster/codec/process_fact.hpp"
#include "cluster/replicated_table.hpp"
#include "rules/events.hpp"
#include "rules/view.hpp"

namespace holdfast::cluster {

/// Sets the copy that `fact` describes; `since` is on the viewer's clock, `change` grows over all calls.
void put_copy(rules::ClusterView& view, const std::string& identifier, const ProcessFact& fact, Instant since,
              Instant now, std::uint64_t change);

/// Removes it; a process without copies and an application without processes go too (contract PRC-7).
void remove_copy(rules::ClusterView& view, const std::string& identifier, const ProcessId& id);

/// The copy's state becomes FATAL or, after a planned leave, STOPPED: no end that was expected.
void end_copy(rules::ClusterView& view, const std::string& identifier, const ProcessId& id, ProcessState state,
              Instant now, std::uint64_t change);

/// What runs there by the view, in order of name.
std::vector<ProcessId> running_on(const rules::ClusterView& view, const std::string& identifier);
/// Everything that node defines by the view.
std::vector<ProcessId> defined_on(const rules::ClusterView& view, const std::string& identifier);

}  // namespace holdfast::cluster
