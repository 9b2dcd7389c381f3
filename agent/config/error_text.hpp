// error_text.hpp: how an Error of this folder carries both Supervisor's text to the letter and our own place
// (file, line, section, key). The text comes first and may have several lines (the parser's have); the place,
// if any, is the last line and starts with a mark that no text of Supervisor has. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/tree.hpp"

namespace holdfast::config {

/// The error `text` with the place of `value` (a section if `key` is empty); nullptr: nothing is added.
Error error_at(std::string text, const Tree* value, std::string_view section, std::string_view key);

/// The same with a place that was noted earlier as place_text(); empty: nothing is added.
Error error_at(std::string text, const std::string& place);

/// `error` with `suffix` after its text and before its place.
Error with_suffix(const Error& error, std::string_view suffix);

/// Only Supervisor's text: what an RPC fault or the `Error:` line shows.
std::string supervisor_text(const Error& error);
/// Only the place, `<file>:<line>, section [x], key y`; empty if the error has none.
std::string place_text(const Error& error);

}  // namespace holdfast::config
