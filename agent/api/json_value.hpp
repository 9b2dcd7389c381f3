// json_value.hpp: an XML-RPC value as JSON and back. JSON has no dateTime and no base64: they become strings, and bytes
// that are no UTF-8 are replaced. Pure functions; used for the JSON twin of the methods and for the bodies of events.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "wire/xmlrpc_value.hpp"

namespace holdfast::api {

nlohmann::json json_of(const wire::Value& value);

/// An error where JSON says what XML-RPC cannot: null, and integers beyond 64 bits.
Result<wire::Value> value_of(const nlohmann::json& json);

}  // namespace holdfast::api
