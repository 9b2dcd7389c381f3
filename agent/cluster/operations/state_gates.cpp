#include "cluster/operations/state_gates.hpp"

#include "base/enumeration.hpp"
#include "base/text.hpp"

namespace holdfast::cluster {

std::vector<std::string> StateSet::names() const {
  std::vector<std::string> names;
  for (const ClusterState state : all_values<ClusterState>()) {
    if (contains(state)) {
      names.emplace_back(name_of(state));
    }
  }
  return names;
}

std::string closed_gate_text(ClusterState state, StateSet expected) {
  return "invalid Supvisors state=" + std::string(name_of(state)) + " - state expected in " +
         text::quoted_list(expected.names());
}

}  // namespace holdfast::cluster
