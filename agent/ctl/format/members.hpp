// members.hpp: reads members of what a server answered. A server may be another program or another version, so a member
// that is missing or of another type is an empty text, 0, false or no items: never an error. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/xmlrpc_value.hpp"

namespace holdfast::ctl {

std::string text_member(const wire::Value& value, std::string_view name);
std::int64_t int_member(const wire::Value& value, std::string_view name);
bool truth_member(const wire::Value& value, std::string_view name);
/// The items of an array; none when it is no array.
const wire::Array& items_of(const wire::Value& value);
const wire::Array& items_member(const wire::Value& value, std::string_view name);

}  // namespace holdfast::ctl
