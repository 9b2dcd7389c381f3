// json_text.hpp: an XML-RPC value as JSON for people and scripts: indented, members in the order in which they came.
// JSON has no dateTime and no base64: they become strings. Pure. Used by console.hpp.
#pragma once

#include <string>

#include "wire/xmlrpc_value.hpp"

namespace holdfast::ctl {

std::string json_text(const wire::Value& value);

}  // namespace holdfast::ctl
