// history_database.hpp: the sqlite file of the history (schemas/history.sql, embedded): WAL,
// synchronous=NORMAL (a crash of the agent loses nothing committed, a power cut at most the last commits),
// migrations by user_version, prepared statements, retention in small deletes. It blocks: the disk thread
// (History) calls it, nobody else. A file that is not a healthy history is renamed aside and a new one begun;
// a file that somebody took away is begun anew; both are said. Any other trouble is an Error and can be tried
// again.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/log_level.hpp"
#include "base/result.hpp"
#include "storage/history_entry.hpp"

namespace holdfast::storage {

/// What is older, more, or bigger goes, the oldest first.
struct HistoryRetention {
  Duration age;
  std::int64_t rows;
  std::int64_t bytes = 400 * 1024 * 1024;  // used pages of the file; the WAL may add a few MiB
};
/// The limits of base/limits.hpp.
HistoryRetention default_history_retention();

/// What to read, newest first.
struct HistoryQuery {
  std::string name;          // empty = all; an application, `application:process`, a process or a node
  WallTime since{};          // rows at or after
  std::int64_t before = 0;   // page: rows with a smaller id; 0 = from the newest
  std::size_t limit = 100;   // at most limits::history_page_rows
  bool causes_only = false;  // `why`: decisions, actions, node events and restarts, no state changes but failures
};

struct HistoryPage {
  std::vector<HistoryRow> rows;  // newest first
  std::int64_t next_before = 0;  // for the next page; 0 = nothing older
};

class HistoryDatabase {
 public:
  HistoryDatabase(std::string path, HistoryRetention retention, Say say);
  HistoryDatabase(const HistoryDatabase&) = delete;
  HistoryDatabase& operator=(const HistoryDatabase&) = delete;
  ~HistoryDatabase();

  /// Opens or creates the file, renaming a corrupt one aside (once said). Harmless when open.
  Status open(WallTime now);
  [[nodiscard]] bool is_open() const;

  /// Writes all of `entries` in one transaction, or none.
  Status write(std::span<const HistoryEntry> entries, WallTime now);

  Result<HistoryPage> read(const HistoryQuery& query, WallTime now);

  /// Deletes about limits::history_prune_rows rows that are too old, too many, or take too much room. True:
  /// there may be more.
  Result<bool> prune(WallTime now);

  /// Moves the WAL into the file and closes.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::storage
