// history_tables.hpp: how each kind of history entry lies in its table (schemas/history.sql): one INSERT and
// one row reader per kind, and the SELECT that joins all kinds in order of id. Private to this folder; no I/O
// of its own.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "storage/history_entry.hpp"
#include "storage/sqlite.hpp"

namespace holdfast::storage {

inline constexpr std::array<std::string_view, 6> kHistoryTables = {"state", "action",  "decision",
                                                                   "node",  "restart", "gap"};

/// The INSERT of table number `index` (the variant's index): parameter 1 is the id.
std::string_view insert_sql(std::size_t index);

/// Binds everything but the id; text is made valid UTF-8.
void bind_entry(Statement& statement, const HistoryEntry& entry);

/// Which rows a SELECT is after.
enum class NameFilter { all, pair, word };

/// The joined SELECT, newest first, to be stepped as far as wanted. Parameters: 1 the id below which to look,
/// then for `pair` 2 application and 3 process, for `word` 2 the name (application, process or node).
std::string select_sql(NameFilter filter, bool causes_only);

/// Reads the current row of a select_sql.
HistoryRow read_row(const Statement& statement);

}  // namespace holdfast::storage
