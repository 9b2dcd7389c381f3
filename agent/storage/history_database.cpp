#include "storage/history_database.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "storage/history_migrations.hpp"
#include "storage/history_pruner.hpp"
#include "storage/history_reader.hpp"
#include "storage/history_tables.hpp"
#include "storage/sqlite.hpp"

namespace holdfast::storage {

namespace {

/// The file is no (healthy) database: it will not get better by trying again.
bool is_damage(int code) {
  const int primary = primary_code(code);
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

}  // namespace

HistoryRetention default_history_retention() {
  return {limits::history_age, limits::history_rows};
}

class HistoryDatabase::Impl {
 public:
  Impl(std::string path, HistoryRetention retention, Say say)
      : path_(std::move(path)), retention_(retention), say_(std::move(say)) {}

  Status open(WallTime now);
  Status try_open();
  Status prepare();
  void move_aside(const Error& why, WallTime now);
  void close();
  Status insert(const HistoryEntry& entry);
  Status write(std::span<const HistoryEntry> entries);
  /// The file is no longer the one that was opened: removed, renamed or replaced.
  bool was_taken_away();
  /// After an error: a damaged file is set aside, so that the next open begins a new one.
  Error failed(Error error, WallTime now);

  const std::string path_;
  const HistoryRetention retention_;
  const Say say_;
  SqliteHandle database_;
  std::vector<Statement> inserts_;  // by the variant's index
  std::optional<HistoryPruner> pruner_;
  std::int64_t next_id_ = 1;
};

Status HistoryDatabase::Impl::open(WallTime now) {
  if (database_) {
    return {};
  }
  Status opened = try_open();
  if (!opened) {
    const Error error = opened.error();
    close();
    if (!is_damage(error.code) && error.code != kForeignDatabase) {
      return Error{"history " + path_ + " " + error.message, error.code};
    }
    move_aside(error, now);
    opened = try_open();
    if (!opened) {
      close();
      return Error{"history " + path_ + " " + opened.error().message, opened.error().code};
    }
  }
  return {};
}

Status HistoryDatabase::Impl::try_open() {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(
      path_.c_str(), &raw,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE,
      nullptr);
  database_.reset(raw);
  if (code != SQLITE_OK) {
    return Error{"cannot be opened: " + std::string(raw == nullptr ? "out of memory" : sqlite3_errmsg(raw)), code};
  }
  sqlite3_busy_timeout(raw, static_cast<int>(limits::history_busy_wait.count()));
  ::chmod(path_.c_str(), 0600);  // before the WAL files, which take over its mode
  if (sqlite3_db_readonly(raw, "main") == 1) {
    return Error{"cannot be opened: the file is read-only", SQLITE_READONLY};
  }
  if (Status done = migrate_history(raw); !done) {
    return done;
  }
  return prepare();
}

Status HistoryDatabase::Impl::prepare() {
  inserts_.clear();
  pruner_.reset();
  next_id_ = 1;
  for (std::size_t i = 0; i < kHistoryTables.size(); ++i) {
    Result<Statement> insert = Statement::prepare(database_.get(), insert_sql(i));
    if (!insert) {
      return insert.error();
    }
    inserts_.push_back(std::move(insert).value());
    const std::string table(kHistoryTables[i]);
    const Result<std::int64_t> last = query_integer(database_.get(), "SELECT coalesce(max(id), 0) FROM " + table);
    if (!last) {
      return last.error();
    }
    next_id_ = std::max(next_id_, last.value() + 1);
  }
  Result<HistoryPruner> pruner = HistoryPruner::prepare(database_.get(), retention_);
  if (!pruner) {
    return pruner.error();
  }
  pruner_.emplace(std::move(pruner).value());
  return {};
}

void HistoryDatabase::Impl::close() {
  inserts_.clear();
  pruner_.reset();
  database_.reset();
}

void HistoryDatabase::Impl::move_aside(const Error& why, WallTime now) {
  const std::string aside =
      path_ + (why.code == kForeignDatabase ? ".other-" : ".corrupt-") + std::to_string(now.seconds());
  const bool moved = std::rename(path_.c_str(), aside.c_str()) == 0;
  const std::string reason = std::strerror(errno);
  for (const char* suffix : {"-wal", "-shm"}) {
    // A WAL without its database would be played into the new one.
    if (std::rename((path_ + suffix).c_str(), (aside + suffix).c_str()) != 0 && errno != ENOENT) {
      ::unlink((path_ + suffix).c_str());
    }
  }
  say_(LogLevel::warn, "history " + path_ + " " + why.message +
                           (moved ? "; it is kept as " + aside + " and a new one is begun"
                                  : "; it could not be renamed (" + reason + ")"));
}

Error HistoryDatabase::Impl::failed(Error error, WallTime now) {
  if (is_damage(error.code)) {
    close();
    move_aside(error, now);
  }
  error.message = "history " + path_ + ": " + error.message;
  return error;
}

Status HistoryDatabase::Impl::insert(const HistoryEntry& entry) {
  Statement& statement = inserts_[entry.index()];
  statement.bind(1, next_id_);
  bind_entry(statement, entry);
  const int code = statement.step();
  Status result;
  if (code != SQLITE_DONE) {
    result = sqlite_error(database_.get(), "cannot insert");
  } else {
    ++next_id_;
  }
  statement.reset();
  return result;
}

Status HistoryDatabase::Impl::write(std::span<const HistoryEntry> entries) {
  const std::int64_t id_before = next_id_;
  Status done = execute(database_.get(), "BEGIN IMMEDIATE");
  for (std::size_t i = 0; done && i < entries.size(); ++i) {
    done = insert(entries[i]);
  }
  if (done) {
    done = execute(database_.get(), "COMMIT");
  }
  if (!done) {
    next_id_ = id_before;
    if (sqlite3_get_autocommit(database_.get()) == 0) {
      static_cast<void>(execute(database_.get(), "ROLLBACK"));  // the first error is the one that tells
    }
  }
  return done;
}

bool HistoryDatabase::Impl::was_taken_away() {
  int moved = 0;
  return sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

HistoryDatabase::HistoryDatabase(std::string path, HistoryRetention retention, Say say)
    : impl_(std::make_unique<Impl>(std::move(path), retention, std::move(say))) {}

HistoryDatabase::~HistoryDatabase() {
  close();
}

Status HistoryDatabase::open(WallTime now) {
  return impl_->open(now);
}

bool HistoryDatabase::is_open() const {
  return impl_->database_ != nullptr;
}

Status HistoryDatabase::write(std::span<const HistoryEntry> entries, WallTime now) {
  CHECK(is_open());
  if (impl_->was_taken_away()) {
    impl_->say_(LogLevel::warn, "history " + impl_->path_ + " was removed or replaced; a new one is begun");
    impl_->close();
    if (Status opened = impl_->open(now); !opened) {
      return opened;
    }
  }
  Status written = impl_->write(entries);
  return written ? written : Status(impl_->failed(written.error(), now));
}

Result<HistoryPage> HistoryDatabase::read(const HistoryQuery& query, WallTime now) {
  if (!is_open()) {
    return Error{"history " + impl_->path_ + " is not open"};
  }
  Result<HistoryPage> page = read_history(impl_->database_.get(), query);
  if (!page) {
    return impl_->failed(page.error(), now);
  }
  return page;
}

Result<bool> HistoryDatabase::prune(WallTime now) {
  CHECK(is_open());
  Result<bool> pruned = impl_->pruner_->prune(impl_->next_id_, now);
  if (!pruned) {
    return impl_->failed(pruned.error(), now);
  }
  return pruned;
}

void HistoryDatabase::close() {
  if (is_open()) {
    // Best effort: the WAL is as good a place for the rows, only less handy for people.
    sqlite3_wal_checkpoint_v2(impl_->database_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  }
  impl_->close();
}

}  // namespace holdfast::storage
