// supvisors_requests.hpp: how the arguments of supvisors.* become a request: strategies, whether to wait, what stands
// behind a command. An argument that cannot be acted on is answered with INCORRECT_PARAMETERS, never passed over. Used
// by supvisors_*_methods.cpp only.
#pragma once

#include <optional>
#include <string>

#include "api/fault.hpp"
#include "api/methods/operations.hpp"
#include "api/methods/supvisors_faults.hpp"
#include "base/enumeration.hpp"
#include "base/limits.hpp"

namespace holdfast::api {

/// An enumerated argument: the exact upper-case name, or its number.
template <typename Strategy>
std::optional<Strategy> strategy_of(const wire::Value& value) {
  if (const auto* name = value.as_string()) {
    return parse<Strategy>(*name);
  }
  const auto* number = value.as_int();
  return number == nullptr ? std::nullopt : value_at<Strategy>(*number);
}

inline cluster::OperatorRequest request_for(cluster::Action action) {
  cluster::OperatorRequest request;
  request.action = action;
  return request;
}

inline AnswerWhen answer_when(bool wait) {
  return wait ? AnswerWhen::ended : AnswerWhen::accepted;
}

/// Argument 0; nullopt: it is no starting strategy, and that was the answer.
inline std::optional<StartingStrategy> read_strategy(const MethodCall& call) {
  const auto strategy = strategy_of<StartingStrategy>(call.arguments.params()[0]);
  if (!strategy) {
    call.done(invalid_enumeration<StartingStrategy>("StartingStrategies", call.arguments.params()[0]));
  }
  return strategy;
}

/// What is to stand behind the command; nothing when it is absent.
inline std::string extra_args_of(const MethodCall& call, std::size_t index) {
  return index < call.arguments.params().size() ? call.arguments.string(index) : std::string();
}

/// False when no command can have that behind it; then that was the answer.
inline bool fits_extra_args(const MethodCall& call, const std::string& extra_args) {
  if (extra_args.size() <= limits::extra_args_bytes && extra_args.find('\0') == std::string::npos) {
    return true;
  }
  call.done(make_fault(Fault::incorrect_parameters, "extra_args has " + std::to_string(extra_args.size()) +
                                                        " bytes; at most " + std::to_string(limits::extra_args_bytes) +
                                                        " without a NUL are taken, nothing was started"));
  return false;
}

}  // namespace holdfast::api
