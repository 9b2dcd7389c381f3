#include "cluster/mastery/state_machine.hpp"

namespace holdfast::cluster {

bool transition_allowed(ClusterState from, ClusterState to) {
  using S = ClusterState;
  const bool ending = to == S::restarting || to == S::shutting_down;
  switch (from) {
    case S::off:
      return to == S::synchronization;
    // A joining node goes straight to where the Master in sight is: it displaces nobody.
    case S::synchronization:
    case S::election:
      return to != S::final_state && to != from;
    case S::distribution:
      return to == S::off || to == S::synchronization || to == S::election || to == S::operation ||
             to == S::conciliation || ending;
    case S::operation:
      return to == S::off || to == S::synchronization || to == S::election || to == S::distribution ||
             to == S::conciliation || ending;
    case S::conciliation:
      return to == S::off || to == S::synchronization || to == S::election || to == S::distribution ||
             to == S::operation || ending;
    case S::restarting:
    case S::shutting_down:
      return to == S::final_state;
    case S::final_state:
      return false;
  }
  return false;
}

std::optional<std::string> synchronisation_ended(const Synchronisation& wanted, const SynchronisationFacts& facts) {
  const std::size_t known = facts.listed + facts.met;
  const std::size_t here = facts.present + facts.met_here;
  const std::string seen = std::to_string(here) + " of " + std::to_string(known) + " nodes";
  const bool alone = facts.listed <= 1;  // the list is this node only: it says nothing about others
  if (wanted.strict && facts.listed > 0 && facts.present >= facts.listed && (facts.settled || !alone)) {
    return "STRICT: every listed node is here (" + seen + ")";
  }
  if (wanted.list && known > 0 && here >= known && facts.settled) {
    return "LIST: every known node is here (" + seen + ")";
  }
  if (wanted.core && facts.core_listed > 0 && facts.core_present >= facts.core_listed && facts.settled &&
      facts.waited >= wanted.core_hold) {
    return "CORE: every core node is here (" + std::to_string(facts.core_present) + ")";
  }
  if (wanted.majority && 2 * here > known && facts.settled) {
    return "majority: " + seen + " are here";
  }
  if (wanted.timeout && facts.waited >= *wanted.timeout) {
    return "TIMEOUT: waited " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(facts.waited).count()) +
           " s, " + seen + " are here";
  }
  return std::nullopt;
}

std::optional<std::string> synchronisation_failed(const Synchronisation& wanted, const SynchronisationFacts& facts,
                                                  bool was_lost) {
  const auto only = [](std::size_t present, std::size_t listed, const char* what) {
    return std::to_string(present) + " of " + std::to_string(listed) + what;
  };
  if (wanted.user) {
    return was_lost ? std::optional<std::string>("USER: a node was lost") : std::nullopt;
  }
  if (wanted.core && facts.core_listed > 0) {
    return facts.core_present < facts.core_listed
               ? std::optional("CORE: " + only(facts.core_present, facts.core_listed, " core nodes are here"))
               : std::nullopt;
  }
  if (wanted.strict) {
    return facts.present < facts.listed
               ? std::optional("STRICT: " + only(facts.present, facts.listed, " listed nodes are here"))
               : std::nullopt;
  }
  const std::size_t known = facts.listed + facts.met;
  const std::size_t here = facts.present + facts.met_here;
  if (wanted.list) {
    return here < known ? std::optional("LIST: " + only(here, known, " nodes are here")) : std::nullopt;
  }
  if (wanted.majority && 2 * here <= known) {
    return "majority: only " + only(here, known, " nodes are here");
  }
  return std::nullopt;
}

bool is_degraded(const Synchronisation& wanted, const SynchronisationFacts& facts) {
  const std::size_t known = facts.listed + facts.met;
  const std::size_t here = facts.present + facts.met_here;
  return (wanted.strict && facts.present < facts.listed) || (wanted.list && here < known) ||
         (wanted.core && facts.core_present < facts.core_listed) || (wanted.majority && 2 * here <= known);
}

}  // namespace holdfast::cluster
