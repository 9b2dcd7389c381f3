#include "storage/history_migrations.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/text.hpp"
#include "storage/history_schema.hpp"
#include "storage/sqlite.hpp"

namespace holdfast::storage {

namespace {

constexpr std::int64_t kApplicationId = 0x486F6C64;  // "Hold"
constexpr std::string_view kMigrationMark = "-- migration ";

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

Status check_owner(sqlite3* database) {
  const Result<std::int64_t> owner = query_integer(database, "PRAGMA application_id");
  if (!owner) {
    return owner.error();
  }
  const Result<std::int64_t> version = query_integer(database, "PRAGMA user_version");
  if (!version) {
    return version.error();
  }
  const Result<std::int64_t> tables = query_integer(database, "SELECT count(*) FROM sqlite_schema");
  if (!tables) {
    return tables.error();
  }
  const bool fresh = owner.value() == 0 && version.value() == 0 && tables.value() == 0;
  if (!fresh && owner.value() != kApplicationId) {
    return Error{"is not a history of Holdfast", kForeignDatabase};
  }
  if (version.value() > static_cast<std::int64_t>(migrations().size())) {
    return Error{"was written by a newer Holdfast (version " + std::to_string(version.value()) + ")", kForeignDatabase};
  }
  return {};
}

}  // namespace

Status migrate_history(sqlite3* database) {
  if (Status ours = check_owner(database); !ours) {
    return ours;
  }
  Status done = execute(database,
                        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                        "PRAGMA journal_size_limit=4194304; PRAGMA cache_size=-1024;"
                        "PRAGMA application_id=" +
                            std::to_string(kApplicationId));
  if (!done) {
    return done;
  }
  const Result<std::int64_t> version = query_integer(database, "PRAGMA user_version");
  if (!version) {
    return version.error();
  }
  for (const Migration& migration : migrations()) {
    if (migration.version <= version.value()) {
      continue;
    }
    done = execute(database, "BEGIN IMMEDIATE;" + migration.sql +
                                 ";PRAGMA user_version=" + std::to_string(migration.version) + ";COMMIT");
    if (!done) {
      return done;
    }
  }
  return {};
}

}  // namespace holdfast::storage
