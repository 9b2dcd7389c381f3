// history_pruner.hpp: lets the oldest rows of the history go: those that are too old, too many, or take too much room,
// a bounded number at a time, so that no delete holds up the disk thread. Decides by ids and by the size of the file in
// use, and counts no rows. Used by HistoryDatabase; disk thread only, for one open database.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "storage/history_database.hpp"
#include "storage/sqlite.hpp"

namespace holdfast::storage {

class HistoryPruner {
 public:
  /// `database` outlives it.
  static Result<HistoryPruner> prepare(sqlite3* database, HistoryRetention retention);

  /// Deletes about limits::history_prune_rows rows; `next_id` is what the next row would get. True: there may be more.
  Result<bool> prune(std::int64_t next_id, WallTime now);

 private:
  HistoryPruner(sqlite3* database, HistoryRetention retention) : database_(database), retention_(retention) {}
  /// Bytes of the pages in use; deleted rows leave pages that the next rows take.
  Result<std::int64_t> used_bytes();
  /// The smallest id of all tables; 0: there are no rows.
  Result<std::int64_t> oldest_id();

  sqlite3* database_;
  HistoryRetention retention_;
  std::vector<Statement> deletes_;  // of each table
};

}  // namespace holdfast::storage
