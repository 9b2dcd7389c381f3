#include "storage/main_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "standard_output_as.hpp"
#include "temporary_directory.hpp"

namespace holdfast::storage {
namespace {

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

class MainLogTest : public testing::Test {
 protected:
  std::unique_ptr<MainLog> open(MainLogOptions options) {
    auto log = MainLog::open(disk_, std::move(options));
    EXPECT_TRUE(log.ok());
    return std::move(log).value();
  }
  MainLogOptions options() {
    MainLogOptions options;
    options.path = path_;
    options.level = LogLevel::blather;
    return options;
  }
  TemporaryDirectory directory_;
  const std::string path_ = directory_.file("main.log");
  DiskThread disk_{default_disk_queue_limits()};
};

TEST_F(MainLogTest, LinesHaveSupervisorsForm) {
  auto log = open(options());
  for (const LogLevel level : {LogLevel::critical, LogLevel::error, LogLevel::warn, LogLevel::info, LogLevel::debug,
                               LogLevel::trace, LogLevel::blather}) {
    log->log(level, "spawned: 'a{}' %s");
  }
  ASSERT_TRUE(log->flush());
  const std::string content = content_of(path_);
  const auto lines = text::split(content, '\n');
  const std::array<std::string, 7> letters = {"CRIT", "ERRO", "WARN", "INFO", "DEBG", "TRAC", "BLAT"};
  ASSERT_EQ(lines.size(), letters.size() + 1);
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const std::string form =
        "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{3} " + letters[i] + " spawned: 'a\\{\\}' %s";
    EXPECT_THAT(std::string(lines[i]), testing::MatchesRegex(form));
  }
  disk_.stop();
}

TEST_F(MainLogTest, LevelsFilter) {
  auto log = open(options());
  log->set_level(LogLevel::trace);
  EXPECT_FALSE(log->enabled(LogLevel::blather));
  EXPECT_TRUE(log->enabled(LogLevel::trace));
  log->set_level(LogLevel::warn);
  EXPECT_FALSE(log->enabled(LogLevel::info));
  log->info("not this");
  log->warn("this");
  ASSERT_TRUE(log->flush());
  EXPECT_THAT(content_of(path_), testing::EndsWith(" WARN this\n"));
  EXPECT_THAT(content_of(path_), testing::Not(testing::HasSubstr("not this")));
  disk_.stop();
}

TEST_F(MainLogTest, APrefixStandsBeforeEachText) {  // supvisors.md CFG-01
  MainLogOptions named = options();
  named.prefix = "Fish";
  auto log = open(named);
  log->info("one");
  log->error("two");
  ASSERT_TRUE(log->flush());
  EXPECT_THAT(content_of(path_), testing::MatchesRegex(".* INFO Fish one\n.* ERRO Fish two\n"));
  disk_.stop();
}

TEST_F(MainLogTest, NothingIsLostAtStop) {
  auto log = open(options());
  for (int i = 0; i < 2000; ++i) {
    log->info("line " + std::to_string(i));
  }
  disk_.stop();
  log->info("after the disk thread");
  log.reset();
  const std::string content = content_of(path_);
  const auto lines = text::split(content, '\n');
  ASSERT_EQ(lines.size(), 2002U);
  for (std::size_t i = 0; i < 2000; ++i) {
    EXPECT_TRUE(lines[i].ends_with("INFO line " + std::to_string(i)));
  }
  EXPECT_TRUE(lines[2000].ends_with("after the disk thread"));
}

TEST_F(MainLogTest, LinesOfManyThreadsStayWhole) {
  auto log = open(options());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log, t] {
      for (int i = 0; i < 500; ++i) {
        log->info(std::string(50, static_cast<char>('a' + t)));
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  disk_.stop();
  const std::string content = content_of(path_);
  const auto is_whole = testing::Matches(testing::MatchesRegex(".* INFO (a{50}|b{50}|c{50}|d{50})"));
  std::size_t whole = 0;
  for (const auto line : text::split(content, '\n')) {
    whole += is_whole(std::string(line)) ? 1U : 0U;
  }
  EXPECT_EQ(whole, 2000U);
}

TEST_F(MainLogTest, RotatesReopensAndClears) {
  auto rotating = options();
  rotating.max_bytes = 40;
  rotating.backups = 1;
  auto log = open(rotating);
  log->info("long enough to fill one file at once");
  ASSERT_TRUE(log->flush());
  EXPECT_EQ(content_of(path_), "");
  EXPECT_THAT(content_of(path_ + ".1"), testing::HasSubstr("fill one file"));

  log->info("x");
  ASSERT_TRUE(log->flush());
  std::filesystem::rename(path_, path_ + ".moved");
  log->reopen();
  ASSERT_TRUE(log->flush());
  log->info("y");
  ASSERT_TRUE(log->flush());
  EXPECT_THAT(content_of(path_ + ".moved"), testing::EndsWith("INFO x\n"));
  EXPECT_THAT(content_of(path_), testing::EndsWith("INFO y\n"));

  std::vector<int> codes;
  const auto note = [&codes](const Status& status) { codes.push_back(status.ok() ? 0 : status.error().code); };
  log->clear(note);
  ASSERT_TRUE(log->flush());
  EXPECT_EQ(content_of(path_), "");
  std::filesystem::remove(path_);
  log->clear(note);
  ASSERT_TRUE(log->flush());
  disk_.stop();
  disk_.drain(10);
  EXPECT_EQ(codes, (std::vector<int>{0, 20}));
}

TEST_F(MainLogTest, ASlowDiskNeverHoldsTheCallerAndLossIsCounted) {
  auto log = open(options());
  std::promise<void> entered;
  std::promise<void> release;
  ASSERT_TRUE(disk_.post(
      [&] {
        entered.set_value();
        release.get_future().wait();
      },
      0));
  entered.get_future().wait();
  const std::string kilobyte(1024, 'k');
  for (std::size_t i = 0; i < 2 * limits::main_log_buffer_bytes / 1024; ++i) {
    log->info(kilobyte);  // would never return if it waited
  }
  const std::uint64_t lost = log->counters().lines_lost;
  EXPECT_GT(lost, limits::main_log_buffer_bytes / 1024);
  release.set_value();
  ASSERT_TRUE(log->flush());
  ASSERT_TRUE(log->flush());
  EXPECT_THAT(content_of(path_), testing::HasSubstr(std::to_string(lost) + " log lines lost"));
  disk_.stop();
}

TEST_F(MainLogTest, AFullDiskIsCountedAndSurvived) {
  auto full = options();
  full.path = "/dev/full";
  auto log = open(full);
  log->info("lost");
  ASSERT_TRUE(log->flush());
  EXPECT_EQ(log->counters().write_errors, 1U);
  disk_.stop();
}

TEST_F(MainLogTest, APipeWithASlowReaderGetsEverything) {
  const std::string fifo = directory_.file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const UniqueFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  auto slow = options();
  slow.path = fifo;
  auto log = open(slow);
  constexpr int kLines = 200;
  for (int i = 0; i < kLines; ++i) {
    log->info(std::string(1000, 'p'));  // three times what a pipe holds
  }
  std::string got;
  std::array<char, 65536> buffer{};
  while (std::count(got.begin(), got.end(), '\n') < kLines) {
    pollfd ready{reader.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 60'000), 1);
    const ssize_t size = ::read(reader.get(), buffer.data(), buffer.size());
    ASSERT_GT(size, 0);
    got.append(buffer.data(), static_cast<std::size_t>(size));
  }
  EXPECT_EQ(log->counters().write_errors, 0U);
  disk_.stop();
}

class FullPipeTest : public MainLogTest {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reader_.reset(ends[0]);
    output_.emplace(UniqueFd(ends[1]));
    ::fcntl(reader_.get(), F_SETFL, O_NONBLOCK);
  }
  void TearDown() override { disk_.stop(); }
  /// Until its last line is there.
  std::string read_until(const std::string& end) const {
    std::string got;
    std::array<char, 65536> buffer{};
    while (!got.ends_with(end)) {
      pollfd ready{reader_.get(), POLLIN, 0};
      if (::poll(&ready, 1, 30'000) != 1) {
        ADD_FAILURE() << "nothing more comes";
        return got;
      }
      const ssize_t size = ::read(reader_.get(), buffer.data(), buffer.size());
      got.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    }
    return got;
  }
  void wait_for_the_disk_thread() {
    std::promise<void> ran;
    ASSERT_TRUE(disk_.post([&] { ran.set_value(); }, 0));
    ran.get_future().wait();
  }
  UniqueFd reader_;
  std::optional<StandardOutputAs> output_;  // a pipe
};

TEST_F(FullPipeTest, ACopyThatNobodyReadsHoldsUpNeitherTheFileNorTheDiskThread) {
  auto copying = options();
  copying.copy_to_stdout = true;
  auto log = open(copying);
  constexpr int kLines = 200;  // three times what a pipe holds
  for (int i = 0; i < kLines; ++i) {
    log->info(std::string(1000, 'p'));
    wait_for_the_disk_thread();
  }
  EXPECT_EQ(lines_of(content_of(path_)), kLines);
  log->info("the last");
  EXPECT_EQ(lines_of(read_until("the last\n")), kLines + 1) << "nothing was dropped";
  EXPECT_EQ(log->counters().lines_lost, 0U);
  disk_.stop();  // before the log goes
}

TEST_F(FullPipeTest, WhatDoesNotFitIsDroppedCountedAndSaidWhenItGoesOn) {
  auto piped = options();
  piped.path = "/dev/stdout";
  auto log = open(piped);
  const std::string kilobyte(1024, 'k');
  constexpr std::size_t kLines = 2 * limits::main_log_buffer_bytes / 1024;
  for (std::size_t i = 0; i < kLines; ++i) {
    log->info(kilobyte);
    wait_for_the_disk_thread();
  }
  EXPECT_FALSE(log->flush()) << "not all of it is with the kernel";
  const std::string got = read_until(": its reader was too slow for them\n");
  const std::uint64_t lost = log->counters().lines_lost;
  EXPECT_GT(lost, 0U);
  EXPECT_THAT(got, testing::HasSubstr(" WARN " + std::to_string(lost) + " log lines lost on /dev/stdout"));
  EXPECT_EQ(lines_of(got), kLines - lost + 1);
  EXPECT_TRUE(log->flush());
  disk_.stop();  // before the log goes
}

TEST_F(FullPipeTest, TheFileHearsWhatTheCopyLostAtTheEnd) {
  auto copying = options();
  copying.copy_to_stdout = true;
  auto log = open(copying);
  for (int i = 0; i < 200; ++i) {
    log->info(std::string(1000, 'p'));
  }
  disk_.stop();
  log.reset();
  EXPECT_THAT(content_of(path_), testing::ContainsRegex(" WARN [0-9]+ log lines lost on standard output"));
}

TEST_F(FullPipeTest, ACrashDoesNotWaitForTheReaderOfItsLastWords) {
  auto copying = options();
  copying.copy_to_stdout = true;
  auto log = open(copying);
  for (int i = 0; i < 200; ++i) {
    log->info(std::string(1000, 'p'));
  }
  disk_.stop();
  log->info("after the disk thread");
  log.reset();  // writes it itself; would never return if it waited
  EXPECT_THAT(content_of(path_), testing::EndsWith("after the disk thread\n"));
}

TEST(MainLogProcess, ACopyGoesToStdout) {  // forks: no thread may run yet
  TemporaryDirectory directory;
  const std::string path = directory.file("main.log");
  std::fflush(stdout);  // else gtest's own words may come out of the child as well (TSan's end flushes them)
  const pid_t child = ::fork();
  if (child == 0) {
    const int out = ::open(directory.file("stdout").c_str(), O_WRONLY | O_CREAT, 0600);
    ::dup2(out, STDOUT_FILENO);
    DiskThread disk(default_disk_queue_limits());
    MainLogOptions copying;
    copying.path = path;
    copying.copy_to_stdout = true;
    auto log = std::move(MainLog::open(disk, copying)).value();
    log->info("both");
    disk.stop();
    log.reset();
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_THAT(content_of(directory.file("stdout")), testing::EndsWith("INFO both\n"));
  EXPECT_EQ(content_of(directory.file("stdout")), content_of(path));
}

TEST(MainLogProcess, AnAbortKeepsTheLastLines) {  // forks: no thread may run yet
  TemporaryDirectory directory;
  const std::string path = directory.file("main.log");
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    DiskThread disk(default_disk_queue_limits());
    MainLogOptions aborting;
    aborting.path = path;
    auto log = std::move(MainLog::open(disk, aborting)).value();
    MainLog::install_crash_flush(*log);
    std::promise<void> entered;
    static_cast<void>(disk.post(
        [&] {
          entered.set_value();
          ::pause();  // a disk that does not answer
        },
        0));
    entered.get_future().wait();
    log->critical("last words");
    std::abort();
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGABRT) << "it still dies by its signal";
  EXPECT_THAT(content_of(path), testing::EndsWith("CRIT last words\n"));
}

TEST_F(MainLogTest, SaysWhatCannotBeOpened) {
  auto bad = options();
  bad.path = directory_.file("absent/main.log");
  const auto log = MainLog::open(disk_, bad);
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code, ENOENT);
}

}  // namespace
}  // namespace holdfast::storage
