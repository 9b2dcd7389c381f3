#include "api/methods/log_level_method.hpp"

#include <optional>

#include "api/methods/fault.hpp"
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

}  // namespace

void add_log_level_method(MethodTable& table, Ports& ports) {
  table.add({"supvisors.change_log_level",
             "boolean",
             {{"level", "string"}},
             "How much this node logs, by name or number: critical error warn info debug trace blather; until the agent's "
             "next start.",
             false,
             [&ports](const std::vector<wire::Value>& params, const Caller& caller, const MethodDone& done) {
               const auto level = level_named(params.front());
               if (!level) {
                 return done(make_fault(supervision::Fault::incorrect_parameters, "there is no such level"));
               }
               ports.logs.set_level(*level);
               ports.history.record(caller, "", "log level " + std::string(name_of(*level)), "done");
               done(wire::Value(true));
             }});
}

}  // namespace holdfast::api
