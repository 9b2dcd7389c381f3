// strategies.hpp: the strategy names that both a configuration file and a rules file may say (contract
// supvisors.md 4.1, 4.6). Vocabulary only.
#pragma once

#include <optional>
#include <string_view>

namespace holdfast {

enum class StartingStrategy { config, less_loaded, most_loaded, local, less_loaded_node, most_loaded_node };
enum class FailureStrategy { continue_, resync, shutdown };  // when a condition of the synchronisation no longer holds
enum class ConciliationStrategy { senicide, infanticide, user, stop, restart, running_failure };

std::string_view name_of(StartingStrategy strategy);
std::string_view name_of(ConciliationStrategy strategy);
std::string_view name_of(FailureStrategy strategy);

/// By exact upper-case name; nullopt for anything else.
std::optional<StartingStrategy> starting_strategy_of(std::string_view name);
std::optional<ConciliationStrategy> conciliation_strategy_of(std::string_view name);
std::optional<FailureStrategy> failure_strategy_of(std::string_view name);

}  // namespace holdfast
