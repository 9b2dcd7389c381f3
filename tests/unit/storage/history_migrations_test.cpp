#include "storage/history_migrations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "storage/history_tables.hpp"
#include "storage/sqlite.hpp"

namespace holdfast::storage {
namespace {

class HistoryMigrationsTest : public testing::Test {
 protected:
  HistoryMigrationsTest() {
    sqlite3* raw = nullptr;
    EXPECT_EQ(sqlite3_open(":memory:", &raw), SQLITE_OK);
    database_.reset(raw);
  }
  std::int64_t number(const std::string& sql) { return query_integer(database_.get(), sql).value(); }
  SqliteHandle database_;
};

TEST_F(HistoryMigrationsTest, AnEmptyDatabaseGetsEveryTableAndIsOursFromThenOn) {
  ASSERT_TRUE(migrate_history(database_.get()).ok());
  for (const std::string_view table : kHistoryTables) {
    EXPECT_EQ(number("SELECT count(*) FROM " + std::string(table)), 0);
  }
  const std::int64_t version = number("PRAGMA user_version");
  EXPECT_GE(version, 1);
  EXPECT_NE(number("PRAGMA application_id"), 0);
  ASSERT_TRUE(migrate_history(database_.get()).ok()) << "again, as at the next start";
  EXPECT_EQ(number("PRAGMA user_version"), version);
}

TEST_F(HistoryMigrationsTest, WhatSomebodyElseMadeIsRefusedAndLeftAsItIs) {
  ASSERT_TRUE(execute(database_.get(), "CREATE TABLE theirs (a)").ok());
  const Status refused = migrate_history(database_.get());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, kForeignDatabase);
  EXPECT_EQ(refused.error().message, "is not a history of Holdfast");
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(HistoryMigrationsTest, ANewerOnesDatabaseIsRefused) {
  ASSERT_TRUE(migrate_history(database_.get()).ok());
  ASSERT_TRUE(execute(database_.get(), "PRAGMA user_version=1000").ok());
  const Status refused = migrate_history(database_.get());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, kForeignDatabase);
  EXPECT_EQ(refused.error().message, "was written by a newer Holdfast (version 1000)");
}

TEST_F(HistoryMigrationsTest, AnotherErrorIsSqlites) {
  ASSERT_TRUE(execute(database_.get(), "PRAGMA query_only=1").ok());
  const Status failed = migrate_history(database_.get());
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(primary_code(failed.error().code), SQLITE_READONLY);
}

}  // namespace
}  // namespace holdfast::storage
