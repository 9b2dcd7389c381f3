// The exactly-once primitive, step by step: at each instant at which an agent can die, undoing what is open
// and reading on gives every byte once. (Kills of real processes: tests/keeper.)
#include "system/log_pipe.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sys/mman.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/limits.hpp"
#include "keeper/log_spool.hpp"

namespace holdfast::system {
namespace {

class LogPipeTest : public testing::Test {
 protected:
  LogPipeTest() : path_(testing::TempDir() + "/log-pipe-test-" + std::to_string(getpid())) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
    file_.reset(open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
    auto made = LogIntents::create();
    EXPECT_TRUE(made.ok());
    held_.reset(dup(made.value().descriptor()));
    intents_.emplace(std::move(made).value());
    pump_ = LogPump::create(*intents_, 0).value();
  }
  ~LogPipeTest() override { unlink(path_.c_str()); }

  void say(std::string_view text) {
    ASSERT_EQ(::write(write_end_.get(), text.data(), text.size()), ssize_t(text.size()));
  }
  LogPipe pipe() {
    return LogPipe(*pump_, 5, keeper::Channel::out, UniqueFd(dup(read_end_.get())),
                   UniqueFd(spool_.valid() ? dup(spool_.get()) : -1));
  }
  LogSpan span(std::size_t length) const {
    struct stat info {};
    fstat(file_.get(), &info);
    return LogSpan{path_, info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size), length};
  }
  void write_file(std::string_view text) const {
    ASSERT_EQ(::write(file_.get(), text.data(), text.size()), ssize_t(text.size()));
  }
  std::string content() const {
    std::stringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  /// What a new agent does: adopts the table, undoes what is open.
  std::size_t die_and_return() {
    pump_.reset();
    intents_.emplace(LogIntents::adopt(UniqueFd(dup(held_.get()))).value());
    const auto open =
        intents_->open_intents([this](std::uint64_t id, keeper::Channel) { return id == 5 ? spool_.get() : -1; });
    for (const OpenIntent& intent : open) {
      EXPECT_TRUE(undo(intent).ok());
    }
    intents_->clear();
    pump_ = LogPump::create(*intents_, 0).value();
    return open.size();
  }
  void copy_all(LogPipe& from) {
    for (auto chunk = from.peek(); chunk.ok() && !chunk.value().bytes.empty(); chunk = from.peek()) {
      from.begin(span(chunk.value().bytes.size()), chunk.value().bytes.size());
      write_file(chunk.value().bytes);
      ASSERT_TRUE(from.finish().ok());
    }
  }
  std::string table() const {
    std::string bytes(static_cast<std::size_t>(lseek(held_.get(), 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(held_.get(), bytes.data(), bytes.size(), 0), ssize_t(bytes.size()));
    return bytes;
  }
  static std::size_t first_difference(const std::string& a, const std::string& b) {
    return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
  }
  void make_spool(std::string_view text) {
    spool_.reset(open((path_ + ".spool").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    unlink((path_ + ".spool").c_str());
    const keeper::SpoolHeader header;
    ASSERT_EQ(::write(spool_.get(), &header, sizeof header), ssize_t{sizeof header});
    ASSERT_EQ(::write(spool_.get(), text.data(), text.size()), ssize_t(text.size()));
  }

  std::string path_;
  UniqueFd read_end_, write_end_, file_, held_, spool_;
  std::optional<LogIntents> intents_;
  std::unique_ptr<LogPump> pump_;
};

TEST_F(LogPipeTest, PeekTakesNothingFinishTakesTheBytes) {
  LogPipe log = pipe();
  say("hello\n");
  EXPECT_EQ(log.peek().value().bytes, "hello\n");
  EXPECT_EQ(log.peek().value().bytes, "hello\n");
  copy_all(log);
  EXPECT_EQ(content(), "hello\n");
  EXPECT_TRUE(log.peek().value().bytes.empty());
  EXPECT_FALSE(log.peek().value().ended);
  write_end_.reset();
  EXPECT_TRUE(log.peek().value().ended);
}

TEST_F(LogPipeTest, DiedBeforeTheWrite) {
  LogPipe log = pipe();
  say("one");
  ASSERT_EQ(log.peek().value().bytes.size(), 3U);
  log.begin(span(3), 3);
  EXPECT_EQ(die_and_return(), 1U);
  LogPipe again = pipe();
  copy_all(again);
  EXPECT_EQ(content(), "one");
}

TEST_F(LogPipeTest, DiedAfterHalfOfTheWriteAndAfterAllOfIt) {
  for (const std::string_view written : {"tw", "two"}) {
    ASSERT_EQ(ftruncate(file_.get(), 0), 0);
    LogPipe first = pipe();
    say("one");
    copy_all(first);
    say("two");
    ASSERT_EQ(first.peek().value().bytes, "two");
    first.begin(span(3), 3);
    write_file(written);
    EXPECT_EQ(die_and_return(), 1U);
    EXPECT_EQ(content(), "one");
    say("three");
    LogPipe again = pipe();
    copy_all(again);
    EXPECT_EQ(content(), "onetwothree");
  }
}

TEST_F(LogPipeTest, DiedAfterTheBytesWereTakenButBeforeTheNoteWasClosed) {
  say("one");
  LogPipe log = pipe();
  ASSERT_EQ(log.peek().value().bytes, "one");
  log.begin(span(3), 3);
  write_file("one");
  // A copy of the table as it is before finish(), and one as it is after: they differ in the note and the
  // evidence. The state in between has the note open and the evidence there.
  const std::string open_table = table();
  ASSERT_TRUE(log.finish().ok());
  std::string between = table();
  const std::size_t note = first_difference(open_table, between);
  between[note] = open_table[note];
  ASSERT_NE(between, open_table) << "no evidence was left";
  ASSERT_EQ(pwrite(held_.get(), between.data(), between.size(), 0), ssize_t(between.size()));
  EXPECT_EQ(die_and_return(), 0U) << "the bytes are out of the pipe: undoing would lose them";
  EXPECT_EQ(content(), "one");
}

TEST_F(LogPipeTest, AbandonedBytesStay) {
  LogPipe log = pipe();
  say("x");
  ASSERT_EQ(log.peek().value().bytes, "x");
  log.begin(span(1), 1);
  log.abandon();
  EXPECT_EQ(die_and_return(), 0U);
  EXPECT_EQ(pipe().peek().value().bytes, "x");
}

TEST_F(LogPipeTest, AFilterMayTakeLessThanItSaw) {
  LogPipe log = pipe();
  say("line\npart");
  ASSERT_EQ(log.peek().value().bytes, "line\npart");
  log.begin(span(5), 5);
  write_file("line\n");
  ASSERT_TRUE(log.finish().ok());
  EXPECT_EQ(log.peek().value().bytes, "part");
}

TEST_F(LogPipeTest, AnotherFileOfTheSameNameIsNotCut) {
  LogPipe log = pipe();
  say("abc");
  ASSERT_FALSE(log.peek().value().bytes.empty());
  log.begin(span(3), 3);
  write_file("abc");
  UniqueFd held_open(dup(file_.get()));  // its inode number stays taken
  unlink(path_.c_str());
  file_.reset(open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  write_file("new content");
  EXPECT_EQ(die_and_return(), 1U);
  EXPECT_EQ(content(), "new content");
}

TEST_F(LogPipeTest, TheSpoolComesFirstAndSurvivesADeathAtEachStep) {
  make_spool("from the spool ");
  say("from the pipe");
  {
    LogPipe log = pipe();
    ASSERT_TRUE(log.spool_left());
    const auto chunk = log.peek().value();
    EXPECT_TRUE(chunk.from_spool);
    ASSERT_EQ(chunk.bytes, "from the spool ");
    log.begin(span(15), 15);
    write_file("from the sp");
  }
  EXPECT_EQ(die_and_return(), 1U);
  EXPECT_EQ(content(), "");
  {
    LogPipe log = pipe();
    ASSERT_FALSE(log.peek().value().bytes.empty());
    log.begin(span(5), 5);
    write_file("from ");
    ASSERT_TRUE(log.finish().ok());
  }
  EXPECT_EQ(die_and_return(), 0U);
  LogPipe log = pipe();
  copy_all(log);
  EXPECT_EQ(content(), "from the spool from the pipe");
  EXPECT_FALSE(log.spool_left());
}

TEST_F(LogPipeTest, DropReadsSpoolAndPipe) {
  make_spool("s");
  say("p");
  LogPipe log = pipe();
  EXPECT_EQ(log.drop().value().bytes, "s");
  EXPECT_EQ(log.drop().value().bytes, "p");
  EXPECT_TRUE(log.drop().value().bytes.empty());
  write_end_.reset();
  EXPECT_TRUE(log.drop().value().ended);
}

TEST_F(LogPipeTest, ATableOfAnotherSizeOrMagicIsRefused) {
  EXPECT_FALSE(LogIntents::adopt(UniqueFd(memfd_create("x", MFD_CLOEXEC))).ok());
  const off_t size = lseek(held_.get(), 0, SEEK_END);
  UniqueFd zeros(memfd_create("x", MFD_CLOEXEC));
  ASSERT_EQ(ftruncate(zeros.get(), size), 0);
  EXPECT_FALSE(LogIntents::adopt(std::move(zeros)).ok());
}

}  // namespace
}  // namespace holdfast::system
