#include "api/methods/log_level_method.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/fault.hpp"
#include "api/methods/supvisors_faults.hpp"
#include "config/value_types.hpp"

namespace holdfast::api {
namespace {

/// By name, or by Supervisor's number of it.
std::optional<LogLevel> level_named(const wire::Value& value) {
  if (const std::string* name = value.as_string()) {
    const auto level = config::parse_log_level(*name);
    return level ? std::optional(level.value()) : std::nullopt;
  }
  const std::int64_t* const number = value.as_int();
  if (number == nullptr || *number < 0 || *number > static_cast<int>(LogLevel::critical)) {
    return std::nullopt;
  }
  const auto level = static_cast<LogLevel>(*number);
  return name_of(level).empty() ? std::nullopt : std::optional(level);
}

void change_log_level(const MethodCall& call) {
  const auto level = level_named(call.arguments.params().front());
  if (!level) {
    std::vector<std::string> names;
    std::vector<std::string> numbers;
    for (const LogLevel each : kLogLevels) {
      names.emplace_back(name_of(each));
      numbers.push_back(std::to_string(static_cast<int>(each)));
    }
    return call.done(invalid_value("logger", call.arguments.params().front(), names, numbers));
  }
  call.ports.logs.set_level(*level);
  call.ports.history.record(call.caller, "", "log level " + std::string(name_of(*level)), "done");
  call.done(wire::Value(true));
}

void get_logger_levels(const MethodCall& call) {
  wire::Struct levels;
  for (const LogLevel each : kLogLevels) {
    levels.push_back({std::to_string(static_cast<int>(each)), name_of(each)});
  }
  call.done(wire::Value(std::move(levels)));
}

}  // namespace

std::vector<MethodRow> log_level_rows() {
  return {
      {.name = "get_logger_levels",
       .result = "struct",
       .help = "The levels that change_log_level takes: each number with its name.",
       .reads_only = true,
       .body = get_logger_levels},
      {.name = "change_log_level",
       .result = "boolean",
       .parameters = {{"level", "string"}},
       .help = "How much this node logs, by name or number: critical error warn info debug trace blather; until the "
               "agent's next start.",
       .body = change_log_level}};
}

}  // namespace holdfast::api
