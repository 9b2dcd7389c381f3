#include "storage/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <future>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "storage/history_schema.hpp"
#include "temporary_directory.hpp"

namespace holdfast::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

StateChange change(std::int64_t second, const std::string& application, const std::string& process,
                   const std::string& node, const std::string& to) {
  return {WallTime::from_seconds(second),       node, application, process, "STARTING", to, 100,
          to == "EXITED" ? "exit status 1" : ""};
}

Decision decision(std::int64_t second, const std::string& application, const std::string& process,
                  const std::string& reason) {
  return {WallTime::from_seconds(second), "op-1", 3, "n1", "n2", application, process, "start", reason};
}

struct Said {
  std::mutex mutex;
  std::vector<std::string> lines;
  Say say() {
    return [this](LogLevel, std::string_view line) {
      const std::lock_guard lock(mutex);
      lines.emplace_back(line);
    };
  }
  std::vector<std::string> taken() {
    const std::lock_guard lock(mutex);
    return lines;
  }
};

std::vector<std::string> described(const HistoryPage& page) {
  std::vector<std::string> all;
  for (const HistoryRow& row : page.rows) {
    all.push_back(describe(row.entry));
  }
  return all;
}

constexpr WallTime kNow = WallTime::from_seconds(1'700'000'000);

class HistoryDatabaseTest : public testing::Test {
 protected:
  HistoryPage read(HistoryDatabase& database, const std::string& name) {
    HistoryQuery query;
    query.name = name;
    auto page = database.read(query, kNow);
    EXPECT_TRUE(page.ok());
    return std::move(page).value();
  }
  std::int64_t count(const std::string& sql) {
    sqlite3* raw = nullptr;
    std::int64_t value = -1;
    sqlite3_open_v2(path_.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(raw, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
      value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    sqlite3_close(raw);
    return value;
  }
  void execute(const std::string& sql) {
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &raw), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);
  }
  std::vector<std::string> names_in_directory() {
    std::vector<std::string> names;
    for (const auto& item : std::filesystem::directory_iterator(directory_.path())) {
      names.push_back(item.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  TemporaryDirectory directory_;
  const std::string path_ = directory_.file("history.db");
  Said said_;
};

TEST_F(HistoryDatabaseTest, EveryKindComesBackAsItWas) {
  const std::vector<HistoryEntry> entries = {
      StateChange{WallTime{1}, "n1", "app", "web", "RUNNING", "EXITED", 42, "terminated by SIGKILL"},
      Action{WallTime{2}, "op", "admin", "10.0.0.7 page", "n1", "app", "web", "stop", "done"},
      Decision{WallTime{3}, "op", UINT64_MAX, "n1", "n2", "app", "web", "start", "least loaded"},
      NodeEvent{WallTime{4}, "n3", "state", "RUNNING", "SILENT", "no heartbeat for 1.2 s"},
      RestartEvent{WallTime{5}, "n1", "agent", 7, "crashed"},
      Gap{WallTime{6}, 9, "queue full"},
  };
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  ASSERT_TRUE(database.open(kNow).ok());
  ASSERT_TRUE(database.write(entries, kNow).ok());
  const HistoryPage page = read(database, "");
  ASSERT_EQ(page.rows.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const HistoryRow& row = page.rows[entries.size() - 1 - i];
    EXPECT_EQ(row.entry, entries[i]) << kind_of(entries[i]);
    EXPECT_EQ(row.id, static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_EQ(page.next_before, 0);
  EXPECT_EQ(count("SELECT count(*) FROM timeline"), 6);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_THAT(described(page),
              ElementsAre("9 rows lost (queue full)", "agent of n1 started, incarnation 7 (crashed)",
                          "n3 RUNNING -> SILENT (no heartbeat for 1.2 s)", "start app:web@n2: least loaded",
                          "stop app:web@n1 by admin from 10.0.0.7 page: done",
                          "app:web@n1 RUNNING -> EXITED (terminated by SIGKILL)"));
}

TEST_F(HistoryDatabaseTest, HostileTextStaysText) {
  const std::string hostile = "'); DROP TABLE state; --\xff\x01<b>";
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  ASSERT_TRUE(database.open(kNow).ok());
  const std::vector<HistoryEntry> entries = {change(1, hostile, std::string(100'000, 'x'), "n1", "RUNNING")};
  ASSERT_TRUE(database.write(entries, kNow).ok());
  const HistoryPage page = read(database, "");
  ASSERT_EQ(page.rows.size(), 1U);
  const auto& row = std::get<StateChange>(page.rows[0].entry);
  EXPECT_EQ(row.application, "'); DROP TABLE state; --\xEF\xBF\xBD\xEF\xBF\xBD<b>");
  EXPECT_EQ(row.process.size(), limits::history_text_bytes);
  EXPECT_TRUE(read(database, "' OR 1=1 --").rows.empty());
}

TEST_F(HistoryDatabaseTest, NamesMatchApplicationProcessPairAndNode) {
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  ASSERT_TRUE(database.open(kNow).ok());
  const std::vector<HistoryEntry> entries = {
      change(1, "web", "web", "10.0.0.1:9001", "RUNNING"), change(2, "web", "worker", "10.0.0.1:9001", "RUNNING"),
      change(3, "db", "web", "10.0.0.2:9001", "RUNNING"),
      NodeEvent{WallTime::from_seconds(4), "10.0.0.2:9001", "state", "RUNNING", "SILENT", ""},
      Gap{WallTime::from_seconds(5), 1, ""}};
  ASSERT_TRUE(database.write(entries, kNow).ok());
  const auto ids = [&](const std::string& name) {
    std::vector<std::int64_t> all;
    for (const auto& row : read(database, name).rows) {
      all.push_back(row.id);
    }
    return all;
  };
  EXPECT_THAT(ids(""), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(ids("web"), ElementsAre(3, 2, 1)) << "application and process alike, each row once";
  EXPECT_THAT(ids("web:web"), ElementsAre(1));
  EXPECT_THAT(ids("web:worker"), ElementsAre(2));
  EXPECT_THAT(ids("10.0.0.2:9001"), ElementsAre(4, 3)) << "a node's identifier";
  EXPECT_THAT(ids("nobody"), ElementsAre());
}

TEST_F(HistoryDatabaseTest, PagesBySinceAndLimit) {
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  ASSERT_TRUE(database.open(kNow).ok());
  std::vector<HistoryEntry> entries;
  for (int i = 1; i <= 25; ++i) {
    entries.emplace_back(change(i, "a", "p", "n1", "RUNNING"));
  }
  ASSERT_TRUE(database.write(entries, kNow).ok());
  for (const std::string name : {"", "a", "a:p"}) {
    HistoryQuery query;
    query.name = name;
    query.limit = 10;
    query.since = WallTime::from_seconds(6);
    std::vector<std::int64_t> seen;
    int pages = 0;
    do {
      const HistoryPage page = database.read(query, kNow).value();
      for (const auto& row : page.rows) {
        seen.push_back(row.id);
      }
      query.before = page.next_before;
      ++pages;
    } while (query.before != 0 && pages < 10);
    EXPECT_EQ(pages, 2) << name;
    ASSERT_EQ(seen.size(), 20U) << name;
    EXPECT_EQ(seen.front(), 25);
    EXPECT_EQ(seen.back(), 6);
  }
  HistoryQuery greedy;
  greedy.limit = 1'000'000;
  EXPECT_EQ(database.read(greedy, kNow).value().rows.size(), 25U);
}

TEST_F(HistoryDatabaseTest, WhyShowsCausesNotEveryState) {
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  ASSERT_TRUE(database.open(kNow).ok());
  const std::vector<HistoryEntry> entries = {change(1, "a", "p", "n1", "RUNNING"), change(2, "a", "p", "n1", "EXITED"),
                                             decision(3, "a", "p", "n1 died"), change(4, "a", "p", "n2", "RUNNING"),
                                             change(5, "a", "p", "n2", "FATAL")};
  ASSERT_TRUE(database.write(entries, kNow).ok());
  HistoryQuery why;
  why.name = "a:p";
  why.causes_only = true;
  EXPECT_THAT(described(database.read(why, kNow).value()),
              ElementsAre(HasSubstr("FATAL"), "start a:p@n2: n1 died", HasSubstr("EXITED (exit status 1)")));
}

TEST_F(HistoryDatabaseTest, RetentionDeletesTheOldestInSmallSteps) {
  std::vector<HistoryEntry> entries;
  for (int i = 1; i <= 1200; ++i) {
    entries.emplace_back(change(kNow.seconds() - 2000 + i, "a", "p", "n1", "RUNNING"));
  }
  {
    HistoryDatabase by_rows(path_, {24h * 365, 100}, said_.say());
    ASSERT_TRUE(by_rows.open(kNow).ok());
    ASSERT_TRUE(by_rows.write(entries, kNow).ok());
    int steps = 1;
    while (by_rows.prune(kNow).value()) {
      ++steps;
    }
    EXPECT_EQ(steps, 3) << "1100 surplus rows, 500 each";
    EXPECT_EQ(count("SELECT count(*) FROM state"), 100);
    EXPECT_EQ(count("SELECT min(id) FROM state"), 1101) << "the newest stay";
  }
  HistoryDatabase by_age(path_, {850s, 1'000'000}, said_.say());
  ASSERT_TRUE(by_age.open(kNow).ok());
  EXPECT_FALSE(by_age.prune(kNow).value());
  EXPECT_EQ(count("SELECT count(*) FROM state"), 51);
  ASSERT_TRUE(by_age.write(entries, kNow).ok());
  EXPECT_EQ(count("SELECT min(id) FROM state WHERE id > 1200"), 1201) << "ids go on, they are not used twice";
}

TEST_F(HistoryDatabaseTest, RetentionBySizeKeepsTheFileSmall) {
  constexpr std::int64_t kBytes = 1024 * 1024;
  HistoryDatabase database(path_, {24h * 365, 1'000'000, kBytes}, said_.say());
  ASSERT_TRUE(database.open(kNow).ok());
  EXPECT_FALSE(database.prune(kNow).value()) << "nothing to delete";
  std::int64_t biggest = 0;
  for (int round = 0; round < 12; ++round) {
    std::vector<HistoryEntry> entries;
    for (int i = 0; i < 5000; ++i) {
      entries.emplace_back(change(kNow.seconds(), "application", "process", "node", "RUNNING"));
    }
    ASSERT_TRUE(database.write(entries, kNow).ok());
    while (database.prune(kNow).value()) {
    }
    biggest = std::max(biggest, count("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"));
  }
  EXPECT_LT(biggest, 3 * kBytes) << "the limit and one round between two looks";
  const std::int64_t kept = count("SELECT count(*) FROM state");
  EXPECT_GT(kept, 1000);
  EXPECT_EQ(count("SELECT max(id) FROM state"), 12 * 5000) << "the newest stay";
  EXPECT_EQ(count("SELECT max(id) - min(id) + 1 FROM state"), kept) << "the oldest went";
}

TEST_F(HistoryDatabaseTest, AFileTakenAwayIsBegunAnewAndSaid) {
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  ASSERT_TRUE(database.open(kNow).ok());
  const std::vector<HistoryEntry> entries = {change(1, "a", "p", "n1", "RUNNING")};
  ASSERT_TRUE(database.write(entries, kNow).ok());
  std::filesystem::remove(path_);
  ASSERT_TRUE(database.write(entries, kNow).ok());
  EXPECT_EQ(count("SELECT count(*) FROM state"), 1) << "the row is in a file that exists";
  ASSERT_EQ(said_.lines.size(), 1U);
  EXPECT_THAT(said_.lines[0], HasSubstr("removed or replaced"));
}

TEST_F(HistoryDatabaseTest, DamageFoundByAQuestionIsSetAsideToo) {
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  std::vector<HistoryEntry> entries;
  for (int i = 0; i < 2000; ++i) {
    entries.emplace_back(change(i, "application", "process" + std::to_string(i), "n1", "RUNNING"));
  }
  ASSERT_TRUE(database.open(kNow).ok());
  ASSERT_TRUE(database.write(entries, kNow).ok());
  database.close();
  ASSERT_TRUE(database.open(kNow).ok());
  {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(4096);
    file << std::string(std::filesystem::file_size(path_) - 4096, 'g');
  }
  HistoryQuery all;
  EXPECT_FALSE(database.read(all, kNow).ok());
  EXPECT_TRUE(std::filesystem::exists(path_ + ".corrupt-1700000000"));
  ASSERT_TRUE(database.open(kNow).ok());
  EXPECT_TRUE(database.read(all, kNow).ok());
  EXPECT_EQ(said_.lines.size(), 1U);
}

TEST_F(HistoryDatabaseTest, AFailedWriteLeavesNothingHalf) {
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  ASSERT_TRUE(database.open(kNow).ok());
  execute("CREATE TRIGGER no BEFORE INSERT ON gap BEGIN SELECT RAISE(ABORT, 'refused by test'); END");
  std::vector<HistoryEntry> entries = {change(1, "a", "p", "n1", "RUNNING"), Gap{WallTime{1}, 1, ""}};
  const Status written = database.write(entries, kNow);
  ASSERT_FALSE(written.ok());
  EXPECT_THAT(written.error().message, HasSubstr("refused by test"));
  EXPECT_EQ(count("SELECT count(*) FROM state"), 0);
  entries.pop_back();
  EXPECT_TRUE(database.write(entries, kNow).ok());
  EXPECT_EQ(count("SELECT id FROM state"), 1);
}

TEST_F(HistoryDatabaseTest, GarbageIsSetAsideAndSaidOnce) {
  write_file(path_, std::string(8192, 'g'));
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  ASSERT_TRUE(database.open(kNow).ok());
  EXPECT_TRUE(database.open(kNow).ok());
  const std::string aside = path_ + ".corrupt-1700000000";
  EXPECT_EQ(content_of(aside), std::string(8192, 'g'));
  ASSERT_EQ(said_.lines.size(), 1U);
  EXPECT_THAT(said_.lines[0], HasSubstr(aside));
  const std::vector<HistoryEntry> entries = {change(1, "a", "p", "n1", "RUNNING")};
  EXPECT_TRUE(database.write(entries, kNow).ok());
}

TEST_F(HistoryDatabaseTest, DamageFoundLaterIsSetAsideToo) {
  std::vector<HistoryEntry> entries;
  for (int i = 0; i < 2000; ++i) {
    entries.emplace_back(change(i, "application", "process" + std::to_string(i), "n1", "RUNNING"));
  }
  {
    HistoryDatabase database(path_, default_history_retention(), said_.say());
    ASSERT_TRUE(database.open(kNow).ok());
    ASSERT_TRUE(database.write(entries, kNow).ok());
  }
  {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(4096);  // all but the header page
    file << std::string(std::filesystem::file_size(path_) - 4096, 'g');
  }
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  for (int tries = 0; tries < 3; ++tries) {
    const Status opened = database.open(kNow);
    if (opened.ok() && database.write(entries, kNow).ok()) {
      break;
    }
  }
  EXPECT_EQ(count("SELECT count(*) FROM state"), 2000) << "a new one took the rows";
  EXPECT_TRUE(std::filesystem::exists(path_ + ".corrupt-1700000000"));
  EXPECT_EQ(said_.lines.size(), 1U);
}

TEST_F(HistoryDatabaseTest, ForeignAndNewerFilesAreKept) {
  execute("CREATE TABLE precious (x); INSERT INTO precious VALUES (1)");
  {
    HistoryDatabase database(path_, default_history_retention(), said_.say());
    ASSERT_TRUE(database.open(kNow).ok());
  }
  EXPECT_THAT(names_in_directory(), testing::Contains("history.db.other-1700000000"));
  execute("PRAGMA user_version=99");
  {
    HistoryDatabase database(path_, default_history_retention(), said_.say());
    ASSERT_TRUE(database.open(WallTime::from_seconds(1'700'000'001)).ok());
  }
  EXPECT_THAT(names_in_directory(), testing::Contains("history.db.other-1700000001"));
  ASSERT_EQ(said_.lines.size(), 2U);
  EXPECT_THAT(said_.lines[1], HasSubstr("newer"));
}

TEST_F(HistoryDatabaseTest, AnUnusablePlaceIsAnErrorAndCanBeTriedAgain) {
  std::filesystem::create_directory(path_);
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  const Status opened = database.open(kNow);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message, HasSubstr(path_));
  EXPECT_FALSE(database.read({}, kNow).ok());
  std::filesystem::remove(path_);
  EXPECT_TRUE(database.open(kNow).ok());
}

TEST(HistorySchema, IsTheFileInTheTree) {
  EXPECT_EQ(std::string(history_schema()), content_of(std::string(HOLDFAST_SOURCE_DIR) + "/schemas/history.sql"));
}

class HistoryTest : public testing::Test {
 protected:
  Result<HistoryPage> ask(History& history, const std::string& name) {
    std::optional<Result<HistoryPage>> answer;
    HistoryQuery query;
    query.name = name;
    query.limit = 1000;
    history.query(query, [&answer](Result<HistoryPage> page) { answer = std::move(page); });
    while (!answer) {
      pollfd ready{disk_.result_fd(), POLLIN, 0};
      if (::poll(&ready, 1, 60'000) != 1) {
        return Error{"no answer came"};
      }
      disk_.drain(100);
    }
    return *answer;
  }
  /// Rows of these tests are from 1970.
  HistoryOptions options() { return {path_, {24h * 365 * 200, 1'000'000}, limits::history_queue_rows}; }
  TemporaryDirectory directory_;
  const std::string path_ = directory_.file("history.db");
  Said said_;
  DiskThread disk_{default_disk_queue_limits()};
};

TEST_F(HistoryTest, AQuestionSeesEverythingRecordedBefore) {
  History history(disk_, options(), said_.say());
  std::promise<void> recorded;  // the disk thread waits for it: how many rows it finds is not chance
  ASSERT_TRUE(disk_.post([&recorded] { recorded.get_future().wait(); }, 0));
  for (int i = 0; i < 100; ++i) {
    history.record(change(i, "a", "p", "n1", "RUNNING"));
  }
  recorded.set_value();
  EXPECT_EQ(ask(history, "a:p").value().rows.size(), 100U);
  EXPECT_EQ(history.counters().rows_written, 100U);
  EXPECT_LE(history.counters().transactions, 2U) << "batched";
  disk_.stop();
  EXPECT_TRUE(said_.lines.empty());
}

TEST_F(HistoryTest, RowsAreWrittenSoonWithoutBeingAskedFor) {
  History history(disk_, options(), said_.say());
  history.record(change(1, "a", "p", "n1", "RUNNING"));
  const Instant deadline = monotonic_now() + 60s;
  while (history.counters().rows_written == 0 && monotonic_now() < deadline) {
    std::this_thread::sleep_for(10ms);  // the timer itself is what is tested
  }
  EXPECT_EQ(history.counters().rows_written, 1U);
  disk_.stop();
}

TEST_F(HistoryTest, StopWritesWhatIsQueued) {
  {
    History history(disk_, options(), said_.say());
    for (int i = 0; i < 3000; ++i) {
      history.record(change(i, "a", "p", "n1", "RUNNING"));
    }
    disk_.stop();
    EXPECT_EQ(history.counters().rows_written, 3000U);
  }
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal")) << "moved into the file at the end";
  HistoryDatabase database(path_, default_history_retention(), said_.say());
  ASSERT_TRUE(database.open(kNow).ok());
  HistoryQuery all;
  all.limit = 1000;
  EXPECT_EQ(database.read(all, kNow).value().rows.front().id, 3000);
}

TEST_F(HistoryTest, AFullQueueIsCountedAndLeavesAGapRow) {
  HistoryOptions small = options();
  small.queue_rows = 10;
  History history(disk_, small, said_.say());
  std::promise<void> entered;
  std::promise<void> release;
  ASSERT_TRUE(disk_.post(
      [&] {
        entered.set_value();
        release.get_future().wait();
      },
      0));
  entered.get_future().wait();
  for (int i = 0; i < 25; ++i) {
    history.record(change(i, "a", "p", "n1", "RUNNING"));
  }
  EXPECT_EQ(history.counters().rows_lost, 15U);
  release.set_value();
  const HistoryPage page = ask(history, "").value();
  ASSERT_EQ(page.rows.size(), 11U);
  EXPECT_EQ(std::get<Gap>(page.rows[0].entry).lost, 15U);
  history.record(change(99, "a", "p", "n1", "RUNNING"));
  EXPECT_EQ(ask(history, "").value().rows.size(), 12U) << "the gap is told once";
  disk_.stop();
}

TEST_F(HistoryTest, AnUnusablePlaceIsSaidOnceAndHealedLater) {
  std::filesystem::create_directory(path_);
  History history(disk_, options(), said_.say());
  history.record(change(1, "a", "p", "n1", "RUNNING"));
  EXPECT_FALSE(ask(history, "").ok());
  EXPECT_FALSE(ask(history, "").ok());
  ASSERT_EQ(said_.taken().size(), 1U);
  EXPECT_THAT(said_.taken()[0], HasSubstr("supervision goes on"));
  std::filesystem::remove(path_);
  EXPECT_EQ(ask(history, "").value().rows.size(), 1U) << "the row waited";
  ASSERT_EQ(said_.taken().size(), 2U);
  EXPECT_THAT(said_.taken()[1], HasSubstr("written again"));
  disk_.stop();
}

TEST_F(HistoryTest, AFullDiskKeepsRowsUntilThereIsRoom) {
  History history(disk_, options(), said_.say());
  ASSERT_TRUE(ask(history, "").ok());  // open, schema written
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  for (int i = 0; i < 600; ++i) {
    history.record(change(i, "a", "p", "n1", "RUNNING"));
  }
  const auto while_full = ask(history, "");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(history.counters().rows_written, 0U);
  EXPECT_GT(history.counters().failures, 0U);
  EXPECT_EQ(said_.taken().size(), 1U);
  EXPECT_EQ(ask(history, "").value().rows.size(), 600U) << "none lost";
  EXPECT_EQ(history.counters().rows_lost, 0U);
  disk_.stop();
}

TEST_F(HistoryTest, WithoutAStateDirectoryThereIsNoHistory) {
  History history(disk_, history_options(""), said_.say());
  history.record(change(1, "a", "p", "n1", "RUNNING"));
  const auto page = ask(history, "");
  ASSERT_FALSE(page.ok());
  EXPECT_THAT(page.error().message, HasSubstr("no history"));
  disk_.stop();
}

}  // namespace
}  // namespace holdfast::storage
