// supvisors_rows.hpp: the methods of supvisors.* by subject, and what their functions have in common: the read models
// that a call is answered from. Used by supvisors_*.cpp only.
#pragma once

#include <string>
#include <vector>

#include "api/fault.hpp"
#include "api/methods/method_rows.hpp"
#include "api/methods/supvisors_faults.hpp"

namespace holdfast::api {

std::vector<MethodRow> supvisors_cluster_rows();
std::vector<MethodRow> supvisors_application_rows();
std::vector<MethodRow> supvisors_process_rows();
/// Start, restart and stop of applications and processes.
std::vector<MethodRow> supvisors_action_rows();
/// A start on this node, of whichever process has a place, and what a start would do.
std::vector<MethodRow> supvisors_start_rows();
/// What changes the cluster as a whole, and which programs of this node may start.
std::vector<MethodRow> supvisors_control_rows();

inline const cluster::View& view_of(const MethodCall& call) {
  return call.ports.cluster->node().view();
}
inline const rules::Matcher& matcher_of(const MethodCall& call) {
  return call.ports.cluster->node().engine().matcher();
}

/// The processes that a namespec names; empty: none.
std::vector<ProcessId> processes_of(const MethodCall& call, const std::string& namespec);

/// Calls `use` with the name of the application that an argument names; answers BAD_NAME when there is none.
template <typename Use>
void with_application(const MethodCall& call, std::size_t index, Use use) {
  const std::string name = call.arguments.string(index);
  if (!view_of(call).cluster.applications.contains(name)) {
    return call.done(unknown_application(name));
  }
  use(name);
}

}  // namespace holdfast::api
