// json_value.hpp: wire::Value to JSON and back, for the JSON twin of the methods. JSON has no dateTime and no
// base64: they become strings. Depth and size are bounded before anything is built. Pure functions; used by
// json_route and openapi.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "api/method.hpp"
#include "base/result.hpp"

namespace holdfast::api {

nlohmann::json json_of(const wire::Value& value);
Result<wire::Value> value_of(const nlohmann::json& json);

/// The arguments in a request's body: an array in order, or an object by parameter name; an empty body is no
/// arguments. The error says which argument of `method` is wrong.
Result<std::vector<wire::Value>> arguments_of(const Method& method, std::string_view body);

}  // namespace holdfast::api
