// forced_fact.hpp: a state that the Master shows for a process instead of the real one, with its reason (contract
// supvisors.md PRC-5): a row of the Master's own replicated table, so that every node shows the same. Plain values.
#pragma once

#include <string>

#include "base/process_state.hpp"

namespace holdfast::cluster {

struct ForcedFact {
  std::string namespec;  // group:name; the process need not be the Master's own
  ProcessState state = ProcessState::fatal;
  std::string reason;
  std::int64_t at_us = 0;  // the Master's wall time when it said so: to say it again is another fact
  friend bool operator==(const ForcedFact&, const ForcedFact&) = default;
};

}  // namespace holdfast::cluster
