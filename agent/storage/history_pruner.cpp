#include "storage/history_pruner.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.hpp"
#include "storage/history_tables.hpp"

namespace holdfast::storage {

Result<HistoryPruner> HistoryPruner::prepare(sqlite3* database, HistoryRetention retention) {
  HistoryPruner pruner(database, retention);
  for (const std::string_view name : kHistoryTables) {
    const std::string table(name);
    // The oldest rows only: at_us has no index, and a clock that jumped must not cost a scan of the whole table.
    Result<Statement> statement =
        Statement::prepare(database, "DELETE FROM " + table + " WHERE id IN (SELECT id FROM (SELECT id, at_us FROM " +
                                         table + " ORDER BY id LIMIT ?3) WHERE at_us < ?1 OR id <= ?2)");
    if (!statement) {
      return statement.error();
    }
    pruner.deletes_.push_back(std::move(statement).value());
  }
  return pruner;
}

Result<std::int64_t> HistoryPruner::used_bytes() {
  return query_integer(database_,
                       "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, "
                       "pragma_freelist_count, pragma_page_size");
}

Result<std::int64_t> HistoryPruner::oldest_id() {
  std::string oldest;
  for (const std::string_view table : kHistoryTables) {
    oldest += (oldest.empty() ? "SELECT min(id) AS id FROM " : " UNION ALL SELECT min(id) FROM ");
    oldest += table;
  }
  return query_integer(database_, "SELECT coalesce(min(id), 0) FROM (" + oldest + ")");
}

Result<bool> HistoryPruner::prune(std::int64_t next_id, WallTime now) {
  const std::int64_t oldest_us = now.us - std::chrono::duration_cast<std::chrono::microseconds>(retention_.age).count();
  // All kinds share the ids, so the bound on rows needs no counting.
  std::int64_t last_surplus_id = next_id - 1 - retention_.rows;
  const Result<std::int64_t> used = used_bytes();
  const Result<std::int64_t> oldest = oldest_id();
  if (!used || !oldest) {
    return used ? oldest.error() : used.error();
  }
  const bool too_big = used.value() > retention_.bytes && oldest.value() > 0;
  if (too_big) {
    last_surplus_id = std::max(last_surplus_id, oldest.value() + limits::history_prune_rows - 1);
  }
  std::int64_t left = limits::history_prune_rows;
  for (Statement& statement : deletes_) {
    if (left <= 0) {
      break;
    }
    statement.bind(1, oldest_us).bind(2, last_surplus_id).bind(3, left);
    const int code = statement.step();
    statement.reset();
    if (code != SQLITE_DONE) {
      return sqlite_error(database_, "cannot delete old rows");
    }
    left -= sqlite3_changes64(database_);
  }
  return left <= 0 || too_big;
}

}  // namespace holdfast::storage
