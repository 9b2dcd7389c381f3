#include "base/strategies.hpp"

#include <array>
#include <utility>

namespace holdfast {
namespace {

constexpr std::array<std::pair<StartingStrategy, std::string_view>, 6> kStarting{{
    {StartingStrategy::config, "CONFIG"},
    {StartingStrategy::less_loaded, "LESS_LOADED"},
    {StartingStrategy::most_loaded, "MOST_LOADED"},
    {StartingStrategy::local, "LOCAL"},
    {StartingStrategy::less_loaded_node, "LESS_LOADED_NODE"},
    {StartingStrategy::most_loaded_node, "MOST_LOADED_NODE"},
}};

constexpr std::array<std::pair<ConciliationStrategy, std::string_view>, 6> kConciliation{{
    {ConciliationStrategy::senicide, "SENICIDE"},
    {ConciliationStrategy::infanticide, "INFANTICIDE"},
    {ConciliationStrategy::user, "USER"},
    {ConciliationStrategy::stop, "STOP"},
    {ConciliationStrategy::restart, "RESTART"},
    {ConciliationStrategy::running_failure, "RUNNING_FAILURE"},
}};

constexpr std::array<std::pair<FailureStrategy, std::string_view>, 3> kFailure{{
    {FailureStrategy::continue_, "CONTINUE"},
    {FailureStrategy::resync, "RESYNC"},
    {FailureStrategy::shutdown, "SHUTDOWN"},
}};

template <typename Table, typename Key>
std::string_view name_in(const Table& table, Key key) {
  for (const auto& [value, name] : table) {
    if (value == key) {
      return name;
    }
  }
  return {};
}

template <typename Value, typename Table>
std::optional<Value> value_in(const Table& table, std::string_view wanted) {
  for (const auto& [value, name] : table) {
    if (name == wanted) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(StartingStrategy strategy) {
  return name_in(kStarting, strategy);
}
std::string_view name_of(ConciliationStrategy strategy) {
  return name_in(kConciliation, strategy);
}
std::string_view name_of(FailureStrategy strategy) {
  return name_in(kFailure, strategy);
}

std::optional<StartingStrategy> starting_strategy_of(std::string_view name) {
  return value_in<StartingStrategy>(kStarting, name);
}
std::optional<ConciliationStrategy> conciliation_strategy_of(std::string_view name) {
  return value_in<ConciliationStrategy>(kConciliation, name);
}
std::optional<FailureStrategy> failure_strategy_of(std::string_view name) {
  return value_in<FailureStrategy>(kFailure, name);
}

}  // namespace holdfast
