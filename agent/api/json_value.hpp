// json_value.hpp: wire::Value to JSON and back, for the JSON twin of the methods. JSON has no dateTime and no
// base64: they become strings. Depth and size are bounded before anything is built. Pure functions; used by
// json_route and openapi.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api/methods/method.hpp"
#include "base/result.hpp"

namespace holdfast::api {

nlohmann::json json_of(const wire::Value& value);
Result<wire::Value> value_of(const nlohmann::json& json);

/// Arguments by name, in the order in which `method` takes them. One that is absent before one that is given
/// is what the method takes it for (MethodParameter::otherwise). The error names the one that is unknown,
/// with those that there are, or the one that is missing.
Result<std::vector<wire::Value>> in_order(const Method& method, std::map<std::string, wire::Value> by_name);

/// The arguments in a request's body: an array in order, or an object by parameter name; an empty body is no
/// arguments. The error says which argument of `method` is wrong.
Result<std::vector<wire::Value>> arguments_of(const Method& method, std::string_view body);

}  // namespace holdfast::api
