// expansion.hpp: Python's %-formatting over a dictionary of names, as Supervisor applies it to every value
// (contract supervisor.md 1.4), with both of its error texts. Pure; called by section_reader and its users.
// Named difference: a conversion without a name (`%s`) is refused; Supervisor inserts a dump of all names.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace holdfast::config {

/// The names that a value may use. Numbers stay numbers, so that %(process_num)02d works.
using Expansions = std::map<std::string, std::variant<std::string, std::int64_t>, std::less<>>;

/// `format` with its %-conversions done. `label` (`section.key`) is what the error text calls the value.
Result<std::string> expand(std::string_view format, const Expansions& names, std::string_view label);

}  // namespace holdfast::config
