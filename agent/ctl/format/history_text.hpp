// history_text.hpp: one row of holdfast.getHistory or holdfast.why as one line for people: local time, text, reason.
// Pure but for the time zone. Used by history_commands.cpp.
#pragma once

#include <string>

#include "wire/xmlrpc_value.hpp"

namespace holdfast::ctl {

std::string history_line(const wire::Value& row);

}  // namespace holdfast::ctl
