// The outputs of children on a real disk thread: they are watched, end whole, and are cleared while they are open.
#include "drivers/output/child_logs.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "base/clock.hpp"

namespace holdfast {
namespace {

using supervision::EventType;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ChildLogsTest : public testing::Test, public OutputObserver, public Warnings {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // as the agent does
    std::string name = testing::TempDir() + "/child-logs-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    storage::MainLogOptions options;
    options.path = folder_ + "/main.log";
    log_ = std::move(storage::MainLog::open(disk_, std::move(options))).value();
    logs_.emplace(ChildLogs::Parts{disk_, *log_, *this}, std::move(system::LogIntents::create()).value(), options_);
    logs_->set_observer(*this);
  }
  // OutputObserver
  void on_output(std::uint64_t, const ProcessId&, const OutputEvents& output) override {
    for (const auto& [type, payload] : output.events) {
      seen_in_file_when_told_ = content_of("web.out");
      told_.push_back(payload.substr(payload.find('\n') + 1));
    }
  }
  void on_spool_taken(std::uint64_t, keeper::Channel) override {}
  // Warnings
  void set_warning(const std::string& about, const std::string& text) override {
    troubles_.push_back(about + ": " + text);
  }

  void TearDown() override {
    logs_.reset();
    disk_.stop();
    (void)disk_.drain(1000);
    std::filesystem::remove_all(folder_);
  }

  std::string content_of(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ + "/" + name).rdbuf();
    return text.str();
  }
  /// A child of that number whose stdout is written by the descriptor that comes back.
  UniqueFd attach(std::uint64_t start_id, const std::string& name, bool events = false, std::string log = {}) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    ChildOutput child;
    child.start_id = start_id;
    child.key = {"group", name};
    child.pid = 100;
    child.paths.out = folder_ + "/" + (log.empty() ? name + ".out" : log);
    child.out_settings.log = {config::LogTarget::Kind::file, child.paths.out};
    child.out_settings.events_enabled = events;
    child.descriptors.stdout_read.reset(ends[0]);
    logs_->attach(std::move(child));
    return UniqueFd(ends[1]);
  }
  static void say(const UniqueFd& to, std::string_view text) {
    ASSERT_EQ(::write(to.get(), text.data(), text.size()), ssize_t(text.size()));
  }
  /// Plays the loop until that is true.
  template <typename Condition>
  bool until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      pollfd watched{disk_.result_fd(), POLLIN, 0};
      (void)::poll(&watched, 1, 5);
      (void)disk_.drain(1000);
    }
    return condition();
  }

  ChildLogsOptions options_;
  std::string folder_;
  storage::DiskThread disk_{storage::default_disk_queue_limits()};
  std::unique_ptr<storage::MainLog> log_;
  std::optional<ChildLogs> logs_;
  std::vector<std::string> told_;
  std::vector<std::string> troubles_;
  std::string seen_in_file_when_told_;
};

TEST_F(ChildLogsTest, OutputIsMovedAsItComesAndAllOfItBeforeTheEndIsTold) {
  UniqueFd web = attach(1, "web");
  say(web, "one\n");
  EXPECT_TRUE(until([&] { return content_of("web.out") == "one\n"; }));
  const std::string rest(60'000, 'x');
  say(web, rest);
  web.reset();
  std::string at_the_end;
  logs_->finish(1, [&](const std::string&) { at_the_end = content_of("web.out"); });
  EXPECT_TRUE(until([&] { return !at_the_end.empty(); }));
  EXPECT_EQ(at_the_end, "one\n" + rest);
}

TEST_F(ChildLogsTest, EventsComeInOrderAndBeforeTheirBytesAreInTheFile) {
  const UniqueFd web = attach(1, "web", true);
  say(web, "first");
  EXPECT_TRUE(until([&] { return told_.size() == 1; }));
  EXPECT_EQ(seen_in_file_when_told_, "");
  EXPECT_TRUE(until([&] { return content_of("web.out") == "first"; }));
  say(web, "second");
  EXPECT_TRUE(until([&] { return told_.size() == 2; }));
  EXPECT_EQ(seen_in_file_when_told_, "first");
  EXPECT_THAT(told_, ElementsAre("first", "second"));
}

TEST_F(ChildLogsTest, AGrandchildThatGoesOnWritingDoesNotHoldUpTheEnd) {
  const UniqueFd web = attach(1, "web");
  const UniqueFd grandchild(::dup(web.get()));
  say(web, "the program's\n");
  bool done = false;
  logs_->finish(1, [&](const std::string&) { done = true; });
  EXPECT_TRUE(until([&] {
    (void)::write(grandchild.get(), "more\n", 5);
    return done;
  }));
  EXPECT_THAT(content_of("web.out"), testing::StartsWith("the program's\n"));
}

TEST_F(ChildLogsTest, TheEndOfAChildThatNobodyKnowsIsToldAtOnce) {
  bool done = false;
  logs_->finish(77, [&](const std::string&) { done = true; });
  EXPECT_TRUE(until([&] { return done; }));
}

TEST_F(ChildLogsTest, OnlyTheLogsOfThatProcessAreClearedAndOnlyWhileTheyAreOpen) {
  const UniqueFd web = attach(1, "web");
  const UniqueFd other = attach(2, "other");
  say(web, "old");
  say(other, "kept");
  ASSERT_TRUE(until([&] { return content_of("web.out") == "old" && content_of("other.out") == "kept"; }));
  const auto clear = [this](const std::string& name) {
    std::optional<Status> answer;
    logs_->clear({"group", name}, [&](Status status) { answer = std::move(status); });
    EXPECT_TRUE(until([&] { return answer.has_value(); }));
    return answer && answer->ok();
  };
  EXPECT_TRUE(clear("web"));
  EXPECT_EQ(content_of("web.out"), "");
  EXPECT_EQ(content_of("other.out"), "kept");
  say(web, "new");
  EXPECT_TRUE(until([&] { return content_of("web.out") == "new"; }));
  bool done = false;
  logs_->finish(2, [&](const std::string&) { done = true; });
  ASSERT_TRUE(until([&] { return done; }));
  EXPECT_TRUE(clear("other")) << "not running: nothing to do";
  EXPECT_EQ(content_of("other.out"), "kept");
}

TEST_F(ChildLogsTest, ReopenedLogsFollowTheirNames) {
  const UniqueFd web = attach(1, "web");
  say(web, "before");
  ASSERT_TRUE(until([&] { return content_of("web.out") == "before"; }));
  std::filesystem::rename(folder_ + "/web.out", folder_ + "/web.old");
  logs_->reopen();
  ASSERT_TRUE(until([&] { return std::filesystem::exists(folder_ + "/web.out"); }));
  say(web, "after");
  EXPECT_TRUE(until([&] { return content_of("web.out") == "after"; }));
  EXPECT_EQ(content_of("web.old"), "before");
}

/// Logs that are a FIFO, as a container's standard output is a pipe.
class FullLogTest : public ChildLogsTest {
 protected:
  void SetUp() override {
    ChildLogsTest::SetUp();
    ASSERT_EQ(::mkfifo((folder_ + "/fifo").c_str(), 0600), 0);
    reader_.reset(::open((folder_ + "/fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    ASSERT_TRUE(reader_.valid());
  }
  /// Bytes in a pipe.
  static int unread(const UniqueFd& pipe) {
    int bytes = 0;
    EXPECT_EQ(::ioctl(pipe.get(), FIONREAD, &bytes), 0);
    return bytes;
  }
  /// Writes as a program does, until it would have to wait; how much.
  static std::size_t fill(const UniqueFd& to, const std::string& line) {
    ::fcntl(to.get(), F_SETFL, O_NONBLOCK);
    std::size_t written = 0;
    while (::write(to.get(), line.data(), line.size()) == ssize_t(line.size())) {
      written += line.size();
    }
    return written;
  }
  /// The log is full, and the program's own pipe behind it; how much that is.
  std::size_t fill_both(const UniqueFd& program, const std::string& line) {
    std::size_t written = 0;
    EXPECT_TRUE(until([&] {
      const std::size_t more = fill(program, line);
      written += more;
      const UniqueFd log(::open((folder_ + "/fifo").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
      pollfd room{log.get(), POLLOUT, 0};  // in pages: what is in them depends on the size of the pieces
      return more == 0 && ::poll(&room, 1, 0) == 0;
    }));
    return written;
  }
  void read_some() {
    std::array<char, 65536> buffer;
    for (ssize_t got = 0; (got = ::read(reader_.get(), buffer.data(), buffer.size())) > 0;) {
      read_.append(buffer.data(), std::size_t(got));
    }
  }

  UniqueFd reader_;
  std::string read_;
};

TEST_F(FullLogTest, NothingIsLostAndOthersGoOnWhileItsReaderPauses) {
  const UniqueFd web = attach(1, "web", false, "fifo");
  const UniqueFd other = attach(2, "other");
  const std::size_t written = fill_both(web, "a line of web ............................................\n");
  say(other, "not held up\n");
  ASSERT_TRUE(until([&] { return content_of("other.out") == "not held up\n"; }));
  EXPECT_EQ(troubles_.size(), 0U);
  EXPECT_TRUE(until([&] {
    read_some();
    return read_.size() == written;
  })) << read_.size()
      << " of " << written;
  std::istringstream lines(read_);
  for (std::string line; std::getline(lines, line);) {
    ASSERT_EQ(line, "a line of web ............................................");
  }
}

TEST_F(FullLogTest, AProgramIsNotReadAnyFurtherAndWaits) {
  const UniqueFd web = attach(1, "web", false, "fifo");
  (void)fill_both(web, std::string(999, 'x') + "\n");
  const int before = unread(web);
  for (int turn = 0; turn < 50; ++turn) {  // of the disk thread
    std::promise<void> ran;
    ASSERT_TRUE(disk_.post([&] { ran.set_value(); }, 0));
    ran.get_future().wait();
  }
  EXPECT_GE(unread(web), before - 2 * PIPE_BUF);
}

TEST_F(FullLogTest, LinesOfProgramsThatShareItStayWhole) {
  const UniqueFd web = attach(1, "web", false, "fifo");
  const UniqueFd other = attach(2, "other", false, "fifo");
  std::size_t written = 0;
  const std::string ours = "web " + std::string(95, 'w') + "\n";
  const std::string theirs = "other " + std::string(133, 'o') + "\n";
  for (int round = 0; round < 20; ++round) {
    written += fill(web, ours) + fill(other, theirs);
    ASSERT_TRUE(until([&] {
      read_some();
      return read_.size() + std::size_t(unread(web)) + std::size_t(unread(other)) + 131072 >= written;
    }));
  }
  EXPECT_TRUE(until([&] {
    read_some();
    return read_.size() == written;
  })) << read_.size()
      << " of " << written;
  std::istringstream lines(read_);
  for (std::string line; std::getline(lines, line);) {
    ASSERT_TRUE(line + "\n" == ours || line + "\n" == theirs) << line;
  }
}

TEST_F(FullLogTest, EventsAndCapturesWaitToo) {
  const UniqueFd web = attach(1, "web", true, "fifo");
  const std::size_t written = fill_both(web, std::string(999, 'x') + "\n");
  EXPECT_TRUE(until([&] {
    read_some();
    return read_.size() == written;
  }));
  EXPECT_TRUE(until([&] {
    std::size_t told = 0;
    for (const std::string& each : told_) {
      told += each.size();
    }
    return told == written;
  })) << "each once";
}

TEST_F(FullLogTest, TheEndOfAProgramWaitsForTheReaderAndIsWhole) {
  UniqueFd web = attach(1, "web", false, "fifo");
  const std::size_t written = fill_both(web, std::string(999, 'x') + "\n");
  web.reset();
  bool done = false;
  logs_->finish(1, [&](const std::string&) { done = true; });
  ASSERT_TRUE(until([&, turns = 0]() mutable { return ++turns > 5; }));
  EXPECT_FALSE(done);
  EXPECT_TRUE(until([&] {
    read_some();
    return done;
  }));
  read_some();
  EXPECT_EQ(read_.size(), written);
}

class NeverReadTest : public FullLogTest {
 protected:
  void SetUp() override {
    options_.reader_patience = std::chrono::milliseconds(200);
    FullLogTest::SetUp();
  }
};

TEST_F(NeverReadTest, AReaderThatNeverReadsDoesNotHoldUpTheEndForEverAndTheLossIsSaid) {
  UniqueFd web = attach(1, "web", false, "fifo");
  const std::size_t written = fill_both(web, std::string(999, 'x') + "\n");
  web.reset();
  bool done = false;
  logs_->finish(1, [&](const std::string&) { done = true; });
  EXPECT_TRUE(until([&] { return done; }));
  read_some();
  ASSERT_LT(read_.size(), written);
  ASSERT_TRUE(log_->flush());
  EXPECT_THAT(content_of("main.log"),
              HasSubstr("ERRO the stdout log of group:web (" + folder_ +
                        "/fifo) takes nothing, its reader does not read: " + std::to_string(written - read_.size()) +
                        " bytes that the program wrote before its end were dropped"));
  const UniqueFd later = attach(2, "later", false, "fifo");
  say(later, "read again\n");
  read_.clear();
  EXPECT_TRUE(until([&] {
    read_some();
    return read_ == "read again\n";
  }));
}

TEST_F(NeverReadTest, AnEndWaitsAnewHoweverLongTheLogHasBeenFull) {
  UniqueFd web = attach(1, "web", false, "fifo");
  (void)fill_both(web, std::string(999, 'x') + "\n");
  ASSERT_TRUE(until([&] { return !troubles_.empty(); }));  // full for longer than that
  web.reset();
  bool done = false;
  const Instant begin = monotonic_now();
  logs_->finish(1, [&](const std::string&) { done = true; });
  EXPECT_TRUE(until([&] { return done; }));
  EXPECT_GE(monotonic_now() - begin, options_.reader_patience);
}

class DeadLogsTest : public FullLogTest {
 protected:
  void SetUp() override {
    options_.reader_patience = std::chrono::milliseconds(1500);
    FullLogTest::SetUp();
  }
  /// Ends a program; how long that waited for its logs.
  Duration end(std::uint64_t start_id, UniqueFd& program) {
    const Instant begin = monotonic_now();
    bool done = false;
    program.reset();
    logs_->finish(start_id, [&](const std::string&) { done = true; });
    EXPECT_TRUE(until([&] { return done; }));
    return monotonic_now() - begin;
  }
};

TEST_F(DeadLogsTest, EndsOneAfterAnotherWaitTogetherForLogsThatNobodyReads) {
  ASSERT_EQ(::mkfifo((folder_ + "/other-fifo").c_str(), 0600), 0);
  reader_.reset();
  UniqueFd web = attach(1, "web", false, "fifo");
  UniqueFd other = attach(2, "other", false, "other-fifo");
  say(web, "nobody\n");
  say(other, "nobody\n");
  ASSERT_TRUE(until([&] { return troubles_.size() == 2; }));
  end(1, web);
  EXPECT_LT(end(2, other), options_.reader_patience);
}

TEST_F(DeadLogsTest, AnEndDoesNotWaitAnewForALogThatAnotherEndHasGivenUp) {
  UniqueFd web = attach(1, "web", false, "fifo");
  UniqueFd other = attach(2, "other", false, "fifo");
  (void)fill_both(web, std::string(999, 'x') + "\n");
  (void)fill_both(other, std::string(999, 'x') + "\n");
  end(1, web);
  EXPECT_LT(end(2, other), options_.reader_patience);
}

TEST_F(NeverReadTest, AReaderThatDoesNotReadIsSaidWhileTheProgramWaits) {
  const UniqueFd web = attach(1, "web", false, "fifo");
  const std::size_t written = fill_both(web, std::string(999, 'x') + "\n");
  ASSERT_TRUE(until([&] { return !troubles_.empty(); }));
  EXPECT_THAT(troubles_, ElementsAre(HasSubstr("takes nothing, its reader does not read; nothing is lost")));
  EXPECT_TRUE(until([&] {
    read_some();
    return troubles_.size() == 2;
  }));
  EXPECT_EQ(troubles_.back(), "log group:web stdout: ") << "it goes on";
  EXPECT_TRUE(until([&] {
    read_some();
    return read_.size() == written;
  }));
}

TEST_F(FullLogTest, AFifoWhoseReaderHasGoneWaitsForTheNextOne) {
  const UniqueFd web = attach(1, "web", false, "fifo");
  const std::size_t written = fill_both(web, std::string(999, 'x') + "\n");
  reader_.reset();
  reader_.reset(::open((folder_ + "/fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  EXPECT_TRUE(until([&] {
    read_some();
    return read_.size() == written;
  }));
  EXPECT_THAT(troubles_, IsEmpty());
}

TEST_F(FullLogTest, AFifoWaitsForItsFirstReader) {
  reader_.reset();
  const UniqueFd web = attach(1, "web", false, "fifo");
  say(web, "before\n");
  const UniqueFd other = attach(2, "other");
  say(other, "goes on\n");
  EXPECT_TRUE(until([&] { return content_of("other.out") == "goes on\n"; }));
  EXPECT_EQ(unread(web), 7) << "in its own pipe, which outlives an agent";
  reader_.reset(::open((folder_ + "/fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  say(web, "after\n");
  EXPECT_TRUE(until([&] {
    read_some();
    return read_ == "before\nafter\n";
  }));
  EXPECT_THAT(troubles_, IsEmpty());
}

TEST_F(FullLogTest, AFullLogThatIsOpenedAnewOrClearedGoesOn) {
  const UniqueFd web = attach(1, "web", false, "fifo");
  const std::size_t written = fill_both(web, std::string(999, 'x') + "\n");
  logs_->reopen();
  std::optional<Status> cleared;
  logs_->clear({"group", "web"}, [&](Status status) { cleared = std::move(status); });
  EXPECT_TRUE(until([&] {
    read_some();
    return cleared && read_.size() == written;
  })) << read_.size()
      << " of " << written;
}

}  // namespace
}  // namespace holdfast
