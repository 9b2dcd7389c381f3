#include "rules/rule_model.hpp"

#include <array>
#include <utility>

namespace holdfast::rules {
namespace {

using namespace std::string_view_literals;

constexpr std::array kDistributions{std::pair{Distribution::all_instances, "ALL_INSTANCES"sv},
                                    std::pair{Distribution::single_instance, "SINGLE_INSTANCE"sv},
                                    std::pair{Distribution::single_node, "SINGLE_NODE"sv}};
constexpr std::array kStartingFailures{std::pair{StartingFailureStrategy::abort, "ABORT"sv},
                                       std::pair{StartingFailureStrategy::stop, "STOP"sv},
                                       std::pair{StartingFailureStrategy::continue_, "CONTINUE"sv}};
constexpr std::array kRunningFailures{
    std::pair{RunningFailureStrategy::continue_, "CONTINUE"sv},
    std::pair{RunningFailureStrategy::restart_process, "RESTART_PROCESS"sv},
    std::pair{RunningFailureStrategy::stop_application, "STOP_APPLICATION"sv},
    std::pair{RunningFailureStrategy::restart_application, "RESTART_APPLICATION"sv},
    std::pair{RunningFailureStrategy::shutdown, "SHUTDOWN"sv},
    std::pair{RunningFailureStrategy::restart, "RESTART"sv}};

template <typename Table, typename Value>
std::string_view name_in(const Table& table, Value wanted) {
  for (const auto& [value, name] : table) {
    if (value == wanted) {
      return name;
    }
  }
  return {};
}

template <typename Table>
auto value_in(const Table& table, std::string_view wanted)
    -> std::optional<typename Table::value_type::first_type> {
  for (const auto& [value, name] : table) {
    if (name == wanted) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Distribution value) {
  return name_in(kDistributions, value);
}
std::string_view name_of(StartingFailureStrategy value) {
  return name_in(kStartingFailures, value);
}
std::string_view name_of(RunningFailureStrategy value) {
  return name_in(kRunningFailures, value);
}

std::optional<Distribution> distribution_of(std::string_view name) {
  return value_in(kDistributions, name);
}
std::optional<StartingFailureStrategy> starting_failure_strategy_of(std::string_view name) {
  return value_in(kStartingFailures, name);
}
std::optional<RunningFailureStrategy> running_failure_strategy_of(std::string_view name) {
  return value_in(kRunningFailures, name);
}

std::string text_of(const Place& place) {
  return place.file + ":" + std::to_string(place.line);
}

std::string text_of(const Selector& selector) {
  if (selector.name) {
    return "name \"" + *selector.name + "\"";
  }
  return "pattern \"" + selector.pattern.value_or("") + "\"";
}

std::vector<std::string> items_of(const IdentifierRule& rule) {
  std::vector<std::string> items;
  if (rule.spread) {
    items.emplace_back("#");
  }
  if (rule.pair) {
    items.emplace_back("@");
  }
  items.insert(items.end(), rule.names.begin(), rule.names.end());
  if (rule.names.empty()) {
    items.emplace_back("*");
  }
  return items;
}

}  // namespace holdfast::rules
