#include "storage/log_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <vector>

#include "temporary_directory.hpp"
#include "tests/support/full_table.hpp"

namespace holdfast::storage {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
}

// What stands in base, .1, .2, .3 after each write: contract 3.3.
struct RotationStep {
  std::string write;
  std::array<std::string, 4> files;
};
struct RotationCase {
  std::string name;
  std::int64_t max_bytes;
  int backups;
  std::vector<RotationStep> steps;
};

const std::string kAbsent = "(absent)";

class Rotation : public testing::TestWithParam<RotationCase> {};

TEST_P(Rotation, FollowsTheTable) {
  const RotationCase& rotation = GetParam();
  TemporaryDirectory directory;
  const std::string base = directory.file("log");
  auto opened = LogFile::open({base, kNamedLogMode, rotation.max_bytes, rotation.backups});
  ASSERT_TRUE(opened.ok());
  LogFile log = std::move(opened).value();
  for (const RotationStep& step : rotation.steps) {
    ASSERT_TRUE(log.write(step.write).ok());
    EXPECT_EQ(content_of(base), step.files[0]) << "after " << step.write;
    for (int i = 1; i < 4; ++i) {
      EXPECT_EQ(content_of(base + "." + std::to_string(i)), step.files[static_cast<std::size_t>(i)])
          << "backup " << i << " after " << step.write;
    }
    EXPECT_EQ(log.offset(), static_cast<std::int64_t>(step.files[0].size()));
  }
}

TEST(LogFileWithoutADescriptor, ARotationRenamesNothingAndTheLogGoesOn) {
  TemporaryDirectory directory;
  const std::string base = directory.file("log");
  auto opened = LogFile::open({base, kNamedLogMode, 4, 2});
  ASSERT_TRUE(opened.ok());
  LogFile log = std::move(opened).value();
  {
    FullTable table;
    ASSERT_TRUE(log.write("first").ok());
  }
  EXPECT_EQ(content_of(base), "first");
  EXPECT_EQ(content_of(base + ".1"), kAbsent);
  EXPECT_EQ(log.counters().rotation_errors, 1U);
  ASSERT_TRUE(log.write("next").ok());
  EXPECT_EQ(content_of(base + ".1"), "firstnext");
  EXPECT_EQ(content_of(base), "");
}

INSTANTIATE_TEST_SUITE_P(
    Contract33, Rotation,
    testing::Values(
        RotationCase{"exactly_full_rotates",
                     3,
                     2,
                     {{"ab", {"ab", kAbsent, kAbsent, kAbsent}},
                      {"c", {"", "abc", kAbsent, kAbsent}},
                      {"defgh", {"", "defgh", "abc", kAbsent}},
                      {"ijk", {"", "ijk", "defgh", kAbsent}}}},
        RotationCase{"no_backups_truncates",
                     4,
                     0,
                     {{"abc", {"abc", kAbsent, kAbsent, kAbsent}},
                      {"de", {"", kAbsent, kAbsent, kAbsent}},
                      {"f", {"f", kAbsent, kAbsent, kAbsent}}}},
        RotationCase{"zero_never", 0, 3, {{"abcdefgh", {"abcdefgh", kAbsent, kAbsent, kAbsent}}}},
        RotationCase{"one_backup", 2, 1, {{"aa", {"", "aa", kAbsent, kAbsent}}, {"bb", {"", "bb", kAbsent, kAbsent}}}},
        RotationCase{"three",
                     1,
                     3,
                     {{"1", {"", "1", kAbsent, kAbsent}},
                      {"2", {"", "2", "1", kAbsent}},
                      {"3", {"", "3", "2", "1"}},
                      {"4", {"", "4", "3", "2"}}}}),
    [](const auto& row) { return row.param.name; });

TEST(LogFile, AFileThatIsAlreadyFullRotatesOnlyAfterAWrite) {
  TemporaryDirectory directory;
  const std::string base = directory.file("log");
  write_file(base, "0123456789");
  LogFile log = LogFile::open({base, kNamedLogMode, 5, 2}).value();
  EXPECT_EQ(content_of(base), "0123456789");
  EXPECT_EQ(log.offset(), 10);
  EXPECT_TRUE(log.write("x").ok());
  EXPECT_EQ(content_of(base), "");
  EXPECT_EQ(content_of(base + ".1"), "0123456789x");
}

TEST(LogFile, MissingBackupsAndAVanishedBaseAreTolerated) {
  TemporaryDirectory directory;
  const std::string base = directory.file("log");
  LogFile log = LogFile::open({base, kNamedLogMode, 2, 3}).value();
  write_file(base + ".2", "old");
  std::filesystem::remove(base);
  EXPECT_TRUE(log.write("ab").ok());
  EXPECT_EQ(content_of(base), "");
  EXPECT_EQ(content_of(base + ".3"), "old");
  EXPECT_EQ(log.counters().rotations, 1U);
  EXPECT_TRUE(log.write("c").ok());
  EXPECT_EQ(content_of(base), "c");
}

TEST(LogFile, AFailedRotationLosesNothingAndIsTriedLater) {
  TemporaryDirectory directory;
  const std::string base = directory.file("log");
  LogFile log = LogFile::open({base, kNamedLogMode, 4, 1}).value();
  std::filesystem::create_directories(base + ".1/in the way");
  EXPECT_TRUE(log.append("abcd").ok());
  const Status rotated = log.rotate_if_due();
  ASSERT_FALSE(rotated.ok());
  EXPECT_NE(rotated.error().message.find(base), std::string::npos);
  EXPECT_TRUE(log.write("ef").ok());
  EXPECT_EQ(log.counters().rotation_errors, 1U) << "not hammered with each write";
  std::filesystem::remove_all(base + ".1");
  EXPECT_TRUE(log.write("gh").ok());
  EXPECT_EQ(content_of(base + ".1"), "abcdefgh");
  EXPECT_EQ(content_of(base), "");
}

TEST(LogFile, ModesFollowTheKind) {
  TemporaryDirectory directory;
  const mode_t before = ::umask(027);
  LogFile named = LogFile::open({directory.file("named"), kNamedLogMode, 1, 1}).value();
  LogFile automatic = LogFile::open({directory.file("auto"), kAutomaticLogMode, 1, 1}).value();
  ASSERT_TRUE(automatic.write("x").ok());
  ::umask(before);
  EXPECT_EQ(mode_of(directory.file("named")), 0640U);
  EXPECT_EQ(mode_of(directory.file("auto")), 0600U) << "also after a rotation";
  EXPECT_EQ(mode_of(directory.file("auto.1")), 0600U);
}

TEST(LogFile, ReopenFollowsTheNameAndClearBeginsAnew) {
  TemporaryDirectory directory;
  const std::string base = directory.file("log");
  LogFile log = LogFile::open({base, kNamedLogMode, 0, 0}).value();
  ASSERT_TRUE(log.write("one").ok());
  std::filesystem::rename(base, base + ".moved");
  ASSERT_TRUE(log.write("two").ok());
  EXPECT_EQ(content_of(base + ".moved"), "onetwo");
  ASSERT_TRUE(log.reopen().ok());
  EXPECT_EQ(log.offset(), 0);
  ASSERT_TRUE(log.write("three").ok());
  EXPECT_EQ(content_of(base), "three");
  const LogFile::FileIdentity identity = log.identity();
  ASSERT_TRUE(log.clear().ok());
  EXPECT_EQ(content_of(base), "");
  EXPECT_EQ(log.offset(), 0);
  EXPECT_NE(log.identity(), LogFile::FileIdentity{});
  static_cast<void>(identity);
  std::filesystem::remove(base);
  EXPECT_TRUE(log.clear().ok()) << "a missing file is no error";
}

TEST(LogFile, AReopenThatFailsKeepsTheOldFile) {
  TemporaryDirectory directory;
  std::filesystem::create_directory(directory.file("folder"));
  LogFile log = LogFile::open({directory.file("folder/log"), kNamedLogMode, 0, 0}).value();
  std::filesystem::rename(directory.file("folder"), directory.file("elsewhere"));
  const Status reopened = log.reopen();
  ASSERT_FALSE(reopened.ok());
  EXPECT_EQ(reopened.error().code, ENOENT);
  EXPECT_TRUE(log.write("kept").ok());
  EXPECT_EQ(content_of(directory.file("elsewhere/log")), "kept");
}

TEST(LogFile, TheOffsetFollowsOthersThatAppendOrTruncate) {
  TemporaryDirectory directory;
  const std::string base = directory.file("log");
  LogFile first = LogFile::open({base, kNamedLogMode, 0, 0}).value();
  LogFile second = LogFile::open({base, kNamedLogMode, 0, 0}).value();
  ASSERT_TRUE(first.write("aaaa").ok());
  ASSERT_TRUE(second.write("b").ok());
  EXPECT_EQ(second.offset(), 5);
  EXPECT_EQ(first.end_of_file(), 5);
  std::filesystem::resize_file(base, 0);  // copytruncate
  ASSERT_TRUE(first.write("c").ok());
  EXPECT_EQ(first.offset(), 1);
}

TEST(LogFile, AFullDeviceIsReportedCountedAndSurvived) {
  LogFile log = LogFile::open({"/dev/full", kNamedLogMode, 10, 3}).value();
  EXPECT_FALSE(log.seekable());
  const AppendResult result = log.write("lost");
  EXPECT_EQ(result.error, ENOSPC);
  EXPECT_EQ(result.written, 0U);
  EXPECT_EQ(log.counters().write_errors, 1U);
  EXPECT_EQ(log.counters().bytes_refused, 4U);
}

TEST(LogFile, AFileThatMayNotGrowTakesAPartAndGoesOnLater) {
  TemporaryDirectory directory;
  const std::string base = directory.file("log");
  LogFile log = LogFile::open({base, kNamedLogMode, 0, 0}).value();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{6, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const AppendResult result = log.write("0123456789");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(result.error, EFBIG);
  EXPECT_EQ(result.written, 6U);
  EXPECT_EQ(log.counters().bytes_refused, 4U);
  EXPECT_TRUE(log.write("!").ok());
  EXPECT_EQ(content_of(base), "012345!");
}

TEST(LogFile, PipesAreNeitherRotatedNorWaitedFor) {
  TemporaryDirectory directory;
  const std::string fifo = directory.file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  LogFile log = LogFile::open({fifo, kNamedLogMode, 4, 2}).value();
  EXPECT_TRUE(log.append("too early").full()) << "nobody reads it yet";
  const UniqueFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  EXPECT_TRUE(log.write("0123456789").ok());
  EXPECT_EQ(log.counters().rotations, 0U);
  EXPECT_EQ(content_of(fifo + ".1"), kAbsent);
  const std::string big(1 << 20, 'x');
  const AppendResult result = log.append(big);
  EXPECT_EQ(result.error, EAGAIN);
  EXPECT_GT(result.written, 0U);
  EXPECT_LT(result.written, big.size());
  EXPECT_TRUE(log.clear().ok());
  EXPECT_TRUE(std::filesystem::is_fifo(fifo)) << "clear never removes what is no file";
}

TEST(LogFile, SaysWhatCannotBeOpened) {
  const auto opened = LogFile::open({"/nonexistent/log", kNamedLogMode, 0, 0});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ENOENT);
  EXPECT_NE(opened.error().message.find("/nonexistent/log"), std::string::npos);
  LogFile closed({"/nonexistent/log", kNamedLogMode, 0, 0});
  EXPECT_EQ(closed.write("x").error, ENOENT);
}

TEST(LogFile, WhatCouldNotBeOpenedIsTriedAgain) {
  TemporaryDirectory directory;
  LogFile log({directory.file("later/log"), kNamedLogMode, 0, 0});
  EXPECT_FALSE(log.reopen().ok());
  EXPECT_EQ(log.write("lost").written, 0U);
  std::filesystem::create_directory(directory.file("later"));
  EXPECT_TRUE(log.write("kept").ok());
  EXPECT_EQ(content_of(directory.file("later/log")), "kept");
  EXPECT_EQ(log.counters().bytes_refused, 4U);
}

TEST(LogFile, AFifoBetweenTwoReadersKeepsWhatItHolds) {
  std::signal(SIGPIPE, SIG_IGN);  // as in the agent
  TemporaryDirectory directory;
  const std::string fifo = directory.file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  UniqueFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  LogFile log = LogFile::open({fifo, kNamedLogMode, 0, 0}).value();
  EXPECT_TRUE(log.append("first ").ok());
  reader.reset();
  EXPECT_TRUE(log.append("second").full());
  reader.reset(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  EXPECT_TRUE(log.append("second").ok());
  std::array<char, 32> bytes{};
  EXPECT_EQ(::read(reader.get(), bytes.data(), bytes.size()), 12);
  EXPECT_STREQ(bytes.data(), "first second");
}

}  // namespace
}  // namespace holdfast::storage
