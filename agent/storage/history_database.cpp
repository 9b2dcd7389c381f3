#include "storage/history_database.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "storage/history_schema.hpp"
#include "storage/history_tables.hpp"
#include "storage/sqlite.hpp"

namespace holdfast::storage {

namespace {

constexpr std::int64_t kApplicationId = 0x486F6C64;  // "Hold"
constexpr std::string_view kMigrationMark = "-- migration ";
constexpr int kBusyTimeoutMs = 1000;  // somebody reads the file with sqlite3's shell

struct Migration {
  std::int64_t version;
  std::string sql;
};

std::vector<Migration> migrations() {
  std::vector<Migration> all;
  for (const std::string_view line : text::split(history_schema(), '\n')) {
    if (line.starts_with(kMigrationMark)) {
      const auto version = text::parse_int(text::trim(line.substr(kMigrationMark.size())));
      CHECK(version == static_cast<std::int64_t>(all.size()) + 1);
      all.push_back({*version, ""});
    } else if (!all.empty()) {
      all.back().sql.append(line).append("\n");
    }
  }
  CHECK(!all.empty());
  return all;
}

/// The file is no (healthy) database: it will not get better by trying again.
bool is_damage(int code) {
  const int primary = primary_code(code);
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

constexpr int kForeign = -1;  // Error.code of our own: a healthy database that is not ours, or too new

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
  Status check_owner();
  Status migrate();
  Status prepare();
  void move_aside(const Error& why, WallTime now);
  void close();
  Status insert(const HistoryEntry& entry);
  Status write(std::span<const HistoryEntry> entries);
  Result<HistoryPage> read(const HistoryQuery& query);
  /// Appends the newest rows that match one reading of the name, at most `most`.
  Status read_pass(const HistoryQuery& query, NameFilter filter, std::size_t most,
                   std::vector<HistoryRow>& rows);
  Result<bool> prune(WallTime now);
  /// Bytes of the pages in use; deleted rows leave pages that the next rows take.
  Result<std::int64_t> used_bytes();
  /// The smallest id of all tables; nullopt-like 0: there are no rows.
  Result<std::int64_t> oldest_id();
  /// The file is no longer the one that was opened: removed, renamed or replaced.
  bool was_taken_away();
  /// After an error: a damaged file is set aside, so that the next open begins a new one.
  Error failed(Error error, WallTime now);

  const std::string path_;
  const HistoryRetention retention_;
  const Say say_;
  SqliteHandle database_;
  std::vector<Statement> inserts_;  // by the variant's index
  std::vector<Statement> prunes_;
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
    if (!is_damage(error.code) && error.code != kForeign) {
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
  const int code = sqlite3_open_v2(path_.c_str(), &raw,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                                       SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE,
                                   nullptr);
  database_.reset(raw);
  if (code != SQLITE_OK) {
    return Error{"cannot be opened: " + std::string(raw == nullptr ? "out of memory" : sqlite3_errmsg(raw)),
                 code};
  }
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  ::chmod(path_.c_str(), 0600);  // before the WAL files, which take over its mode
  if (sqlite3_db_readonly(raw, "main") == 1) {
    return Error{"cannot be opened: the file is read-only", SQLITE_READONLY};
  }
  for (const auto& step : {&Impl::check_owner, &Impl::migrate, &Impl::prepare}) {
    Status done = (this->*step)();
    if (!done) {
      return done;
    }
  }
  return {};
}

Status HistoryDatabase::Impl::check_owner() {
  const Result<std::int64_t> owner = query_integer(database_.get(), "PRAGMA application_id");
  if (!owner) {
    return owner.error();
  }
  const Result<std::int64_t> version = query_integer(database_.get(), "PRAGMA user_version");
  if (!version) {
    return version.error();
  }
  const Result<std::int64_t> tables = query_integer(database_.get(), "SELECT count(*) FROM sqlite_schema");
  if (!tables) {
    return tables.error();
  }
  const bool fresh = owner.value() == 0 && version.value() == 0 && tables.value() == 0;
  if (!fresh && owner.value() != kApplicationId) {
    return Error{"is not a history of Holdfast", kForeign};
  }
  if (version.value() > static_cast<std::int64_t>(migrations().size())) {
    return Error{"was written by a newer Holdfast (version " + std::to_string(version.value()) + ")",
                 kForeign};
  }
  return {};
}

Status HistoryDatabase::Impl::migrate() {
  Status done = execute(database_.get(),
                        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                        "PRAGMA journal_size_limit=4194304; PRAGMA cache_size=-1024;"
                        "PRAGMA application_id=" +
                            std::to_string(kApplicationId));
  if (!done) {
    return done;
  }
  const Result<std::int64_t> version = query_integer(database_.get(), "PRAGMA user_version");
  if (!version) {
    return version.error();
  }
  for (const Migration& migration : migrations()) {
    if (migration.version <= version.value()) {
      continue;
    }
    done = execute(database_.get(), "BEGIN IMMEDIATE;" + migration.sql + ";PRAGMA user_version=" +
                                        std::to_string(migration.version) + ";COMMIT");
    if (!done) {
      return done;
    }
  }
  return {};
}

Status HistoryDatabase::Impl::prepare() {
  inserts_.clear();
  prunes_.clear();
  next_id_ = 1;
  for (std::size_t i = 0; i < kHistoryTables.size(); ++i) {
    Result<Statement> insert = Statement::prepare(database_.get(), insert_sql(i));
    if (!insert) {
      return insert.error();
    }
    inserts_.push_back(std::move(insert).value());
    const std::string table(kHistoryTables[i]);
    // The oldest rows only: at_us has no index, and a clock that jumped must not cost a scan of the whole
    // table.
    Result<Statement> prune = Statement::prepare(
        database_.get(), "DELETE FROM " + table + " WHERE id IN (SELECT id FROM (SELECT id, at_us FROM " +
                             table + " ORDER BY id LIMIT ?3) WHERE at_us < ?1 OR id <= ?2)");
    if (!prune) {
      return prune.error();
    }
    prunes_.push_back(std::move(prune).value());
    const Result<std::int64_t> last =
        query_integer(database_.get(), "SELECT coalesce(max(id), 0) FROM " + table);
    if (!last) {
      return last.error();
    }
    next_id_ = std::max(next_id_, last.value() + 1);
  }
  return {};
}

void HistoryDatabase::Impl::close() {
  inserts_.clear();
  prunes_.clear();
  database_.reset();
}

void HistoryDatabase::Impl::move_aside(const Error& why, WallTime now) {
  const std::string aside =
      path_ + (why.code == kForeign ? ".other-" : ".corrupt-") + std::to_string(now.seconds());
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

Status HistoryDatabase::Impl::read_pass(const HistoryQuery& query, NameFilter filter, std::size_t most,
                                        std::vector<HistoryRow>& rows) {
  Result<Statement> prepared = Statement::prepare(database_.get(), select_sql(filter, query.causes_only));
  if (!prepared) {
    return prepared.error();
  }
  Statement& statement = prepared.value();
  const std::string_view name = query.name;
  statement.bind(1, query.before > 0 ? query.before : std::numeric_limits<std::int64_t>::max());
  if (filter == NameFilter::pair) {
    statement.bind(2, name.substr(0, name.find(':'))).bind(3, name.substr(name.find(':') + 1));
  } else if (filter == NameFilter::word) {
    statement.bind(2, name);
  }
  std::size_t found = 0;
  std::size_t too_old = 0;
  int code = SQLITE_DONE;
  while (found < most && (code = statement.step()) == SQLITE_ROW) {
    HistoryRow row = read_row(statement);
    if (time_of(row.entry) >= query.since) {
      rows.push_back(std::move(row));
      ++found;
      too_old = 0;
    } else if (++too_old >= limits::history_page_rows) {
      break;  // rows are in order of time but for steps of the clock: so many older ones in a row are no step
    }
  }
  if (code != SQLITE_DONE && code != SQLITE_ROW) {
    return sqlite_error(database_.get(), "cannot read");
  }
  return {};
}

Result<HistoryPage> HistoryDatabase::Impl::read(const HistoryQuery& query) {
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, limits::history_page_rows);
  const bool pair = query.name.find(':') != std::string::npos;
  std::vector<NameFilter> passes{query.name.empty() ? NameFilter::all : NameFilter::word};
  if (pair) {  // application:process; but a node's identifier is host:port, so the whole is looked for as
               // well
    passes.push_back(NameFilter::pair);
  }
  HistoryPage page;
  for (const NameFilter pass : passes) {
    // One row more than asked tells whether there is a next page.
    const Status done = read_pass(query, pass, limit + 1, page.rows);
    if (!done) {
      return done.error();
    }
  }
  if (pair) {
    std::sort(page.rows.begin(), page.rows.end(), [](const auto& a, const auto& b) { return a.id > b.id; });
    const auto same = [](const auto& a, const auto& b) { return a.id == b.id; };
    page.rows.erase(std::unique(page.rows.begin(), page.rows.end(), same), page.rows.end());
  }
  if (page.rows.size() > limit) {
    page.rows.resize(limit);
    page.next_before = page.rows.back().id;
  }
  return page;
}

Result<std::int64_t> HistoryDatabase::Impl::used_bytes() {
  return query_integer(database_.get(),
                       "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, "
                       "pragma_freelist_count, pragma_page_size");
}

Result<std::int64_t> HistoryDatabase::Impl::oldest_id() {
  std::string oldest;
  for (const std::string_view table : kHistoryTables) {
    oldest += (oldest.empty() ? "SELECT min(id) AS id FROM " : " UNION ALL SELECT min(id) FROM ");
    oldest += table;
  }
  return query_integer(database_.get(), "SELECT coalesce(min(id), 0) FROM (" + oldest + ")");
}

bool HistoryDatabase::Impl::was_taken_away() {
  int moved = 0;
  return sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
         moved != 0;
}

Result<bool> HistoryDatabase::Impl::prune(WallTime now) {
  const std::int64_t oldest_us =
      now.us - std::chrono::duration_cast<std::chrono::microseconds>(retention_.age).count();
  // All kinds share the ids, so the bound on rows needs no counting.
  std::int64_t last_surplus_id = next_id_ - 1 - retention_.rows;
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
  for (Statement& statement : prunes_) {
    if (left <= 0) {
      break;
    }
    statement.bind(1, oldest_us).bind(2, last_surplus_id).bind(3, left);
    const int code = statement.step();
    statement.reset();
    if (code != SQLITE_DONE) {
      return sqlite_error(database_.get(), "cannot delete old rows");
    }
    left -= sqlite3_changes64(database_.get());
  }
  return left <= 0 || too_big;
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
  Result<HistoryPage> page = impl_->read(query);
  if (!page) {
    return impl_->failed(page.error(), now);
  }
  return page;
}

Result<bool> HistoryDatabase::prune(WallTime now) {
  CHECK(is_open());
  Result<bool> pruned = impl_->prune(now);
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
