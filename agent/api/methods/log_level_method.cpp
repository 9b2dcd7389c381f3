#include "api/methods/log_level_method.hpp"

#include <optional>
#include <string>

#include "api/fault.hpp"
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
    return call.done(make_fault(Fault::incorrect_parameters, "there is no such level"));
  }
  call.ports.logs.set_level(*level);
  call.ports.history.record(call.caller, "", "log level " + std::string(name_of(*level)), "done");
  call.done(wire::Value(true));
}

}  // namespace

std::vector<MethodRow> log_level_rows() {
  return {{.name = "change_log_level",
           .result = "boolean",
           .parameters = {{"level", "string"}},
           .help =
               "How much this node logs, by name or number: critical error warn info debug trace blather; until the "
               "agent's next start.",
           .body = change_log_level}};
}

}  // namespace holdfast::api
