// strategies.hpp: the strategies that a configuration file, a rules file and a request may name (contract
// supvisors.md 4.1, 4.6), with the names that they have there. Vocabulary only: what a strategy does is decided in
// rules/ and agent/cluster.
#pragma once

#include <string_view>

#include "base/enumeration.hpp"

namespace holdfast {

enum class StartingStrategy { config, less_loaded, most_loaded, local, less_loaded_node, most_loaded_node };
enum class FailureStrategy { continue_, resync, shutdown };  // when a condition of the synchronisation no longer holds
enum class ConciliationStrategy { senicide, infanticide, user, stop, restart, running_failure };

constexpr std::string_view name_of(StartingStrategy strategy) {
  switch (strategy) {
    case StartingStrategy::config:
      return "CONFIG";
    case StartingStrategy::less_loaded:
      return "LESS_LOADED";
    case StartingStrategy::most_loaded:
      return "MOST_LOADED";
    case StartingStrategy::local:
      return "LOCAL";
    case StartingStrategy::less_loaded_node:
      return "LESS_LOADED_NODE";
    case StartingStrategy::most_loaded_node:
      return "MOST_LOADED_NODE";
  }
  return {};
}

constexpr std::string_view name_of(ConciliationStrategy strategy) {
  switch (strategy) {
    case ConciliationStrategy::senicide:
      return "SENICIDE";
    case ConciliationStrategy::infanticide:
      return "INFANTICIDE";
    case ConciliationStrategy::user:
      return "USER";
    case ConciliationStrategy::stop:
      return "STOP";
    case ConciliationStrategy::restart:
      return "RESTART";
    case ConciliationStrategy::running_failure:
      return "RUNNING_FAILURE";
  }
  return {};
}

constexpr std::string_view name_of(FailureStrategy strategy) {
  switch (strategy) {
    case FailureStrategy::continue_:
      return "CONTINUE";
    case FailureStrategy::resync:
      return "RESYNC";
    case FailureStrategy::shutdown:
      return "SHUTDOWN";
  }
  return {};
}

}  // namespace holdfast
