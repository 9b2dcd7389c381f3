// names.hpp: the small text work of the commands: namespecs (contract supervisor.md 4.4), words of a line,
// columns. Widths count characters, not bytes. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/xmlrpc_value.hpp"

namespace holdfast::ctl {

/// `group:process`; without a process (`group:`, `group:*`) the whole group; `name` alone is name:name.
struct Namespec {
  std::string group;
  std::optional<std::string> process;
  friend bool operator==(const Namespec&, const Namespec&) = default;
};
Namespec split_namespec(std::string_view text);
/// The short form: `name` where group and process are called alike.
std::string make_namespec(std::string_view group, std::string_view process);

/// The words between blanks.
std::vector<std::string> split_words(std::string_view line);

/// How many characters `text` has.
std::size_t width_of(std::string_view text);
/// `text` with blanks after it up to `width` characters.
std::string padded(std::string_view text, std::size_t width);

/// Without line breaks, tabs and control characters: one line whatever a server sent.
std::string one_line(std::string_view text);

/// A member of a struct; empty, 0 or false when there is none of that type.
std::string text_member(const wire::Value& value, std::string_view name);
std::int64_t int_member(const wire::Value& value, std::string_view name);
bool truth_member(const wire::Value& value, std::string_view name);
/// The items of an array; none when it is no array (or there is no such member).
const wire::Array& items_of(const wire::Value& value);
const wire::Array& items_member(const wire::Value& value, std::string_view name);

}  // namespace holdfast::ctl
