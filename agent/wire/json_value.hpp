// json_value.hpp: an XML-RPC value as JSON and back. JSON has no dateTime and no base64: they become strings, and bytes
// that are no UTF-8 are replaced. Pure functions; used for the JSON twin of the methods, for the bodies of events and
// by the command line.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.hpp"
#include "wire/xmlrpc_value.hpp"

namespace holdfast::wire {

/// The members of a struct in order of name.
nlohmann::json json_of(const Value& value);

/// For people and scripts: indented, the members of a struct in the order in which they came.
std::string indented_json(const Value& value);

/// An error where JSON says what XML-RPC cannot: null, and integers beyond 64 bits.
Result<Value> value_of(const nlohmann::json& json);

}  // namespace holdfast::wire
