// json_arguments.hpp: the arguments of a call as JSON clients give them, by position or by name, brought into the order
// of the method's parameters. Depth and size are bounded before anything is built. Pure functions; used by json_route.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/method.hpp"
#include "base/result.hpp"

namespace holdfast::api {

/// Arguments by name, in the order in which `method` takes them. One that is absent before one that is given
/// is what the method takes it for (MethodParameter::otherwise). The error names the one that is unknown,
/// with those that there are, or the one that is missing.
Result<std::vector<wire::Value>> in_order(const Method& method, std::map<std::string, wire::Value> by_name);

/// The arguments in a request's body: an array in order, or an object by parameter name; an empty body is no
/// arguments. The error says which argument of `method` is wrong.
Result<std::vector<wire::Value>> arguments_of(const Method& method, std::string_view body);

}  // namespace holdfast::api
