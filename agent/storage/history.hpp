// history.hpp: the history as the loop uses it. record() puts a row into a bounded queue and returns; the
// disk thread writes the queue in one transaction per 200 ms or 500 rows, only when there is something. When
// sqlite cannot be written (full, read-only, no folder) it says so once, keeps as many rows as the queue
// holds and tries again; rows that did not fit are counted and a gap row tells of them. Nothing ever waits
// for it. Threading: record from any thread; query on the loop (its answer comes by DiskThread::drain).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/log_level.hpp"
#include "base/result.hpp"
#include "storage/disk_thread.hpp"
#include "storage/history_database.hpp"
#include "storage/history_entry.hpp"

namespace holdfast::storage {

struct HistoryOptions {
  std::string path;  // STATE/history.db; empty = no history (the state directory is not writable)
  HistoryRetention retention;
  std::size_t queue_rows;
};
/// With the limits of base/limits.hpp.
HistoryOptions history_options(std::string path);

struct HistoryCounters {
  std::uint64_t rows_written = 0;
  std::uint64_t rows_lost = 0;
  std::uint64_t transactions = 0;
  std::uint64_t failures = 0;
};

class History {
 public:
  using Answer = std::function<void(Result<HistoryPage>)>;

  /// Opens the file on the disk thread. `disk` must outlive this object and be stopped before it is
  /// destroyed; its stop() writes what is queued.
  History(DiskThread& disk, HistoryOptions options, Say say);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  void record(HistoryEntry entry);

  /// Reads on the disk thread, after everything recorded so far; `answer` runs on the loop. A refusal (queue
  /// full) is answered at once, with an Error.
  void query(HistoryQuery query, Answer answer);

  /// The causes of what happened to an application, process or node, newest first (`holdfastctl why NAME`).
  void why(std::string name, std::size_t limit, Answer answer);

  [[nodiscard]] HistoryCounters counters() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace holdfast::storage
