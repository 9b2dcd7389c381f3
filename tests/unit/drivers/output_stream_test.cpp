// One output channel of a child: what is in the file, what the loop is told first, and what stays in the pipe, so
// that an agent that dies in between loses and doubles nothing.
#include "drivers/output/output_stream.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "storage/disk_thread.hpp"

namespace holdfast {
namespace {

using supervision::Channel;
using supervision::EventType;
using Step = OutputStream::Step;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class OutputStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/output-stream-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    source_.pipe.reset(ends[0]);
    writer_.reset(ends[1]);
    source_.start_id = 5;
    source_.key = {"group", "web"};
    source_.pid = 100;
    source_.path = file();
    source_.settings.log = {config::LogTarget::Kind::file, source_.path};
    storage::MainLogOptions options;
    options.path = folder_ + "/main.log";
    options.level = LogLevel::debug;
    log_ = std::move(storage::MainLog::open(disk_, std::move(options))).value();
    sinks_.emplace(
        OutputSinks{*log_, syslog_, false, false,
                    [this](const ProcessId&, Channel, const std::string& trouble) { troubles_.push_back(trouble); }});
    intents_.emplace(std::move(system::LogIntents::create()).value());
    pump_ = std::move(system::LogPump::create(*intents_, 0)).value();
  }
  void TearDown() override {
    stream_.reset();
    disk_.stop();
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] std::string file() const { return folder_ + "/web.log"; }
  static std::string content_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  void say(std::string_view text) const {
    ASSERT_EQ(::write(writer_.get(), text.data(), text.size()), ssize_t(text.size()));
  }
  void begin() { stream_.emplace(*pump_, *sinks_, std::move(source_)); }
  Step step(bool to_the_end = false) {
    news_ = {};
    return stream_->step(to_the_end, news_);
  }
  std::string main_log() {
    EXPECT_TRUE(log_->flush());
    return content_of(folder_ + "/main.log");
  }

  std::string folder_;
  storage::DiskThread disk_{storage::default_disk_queue_limits()};
  std::unique_ptr<storage::MainLog> log_;
  storage::SyslogSink syslog_{"/nonexistent/log"};
  std::optional<OutputSinks> sinks_;
  std::optional<system::LogIntents> intents_;
  std::unique_ptr<system::LogPump> pump_;
  UniqueFd writer_;
  OutputStream::Source source_;
  std::optional<OutputStream> stream_;
  OutputEvents news_;
  std::vector<std::string> troubles_;
};

TEST_F(OutputStreamTest, PlainOutputGoesToTheFileAndOutOfThePipe) {
  begin();
  EXPECT_FALSE(stream_->leaves_bytes());
  EXPECT_EQ(step(), Step::nothing);
  say("one\ntwo");
  EXPECT_EQ(step(), Step::moved);
  EXPECT_TRUE(news_.empty());
  EXPECT_EQ(content_of(file()), "one\ntwo");
  EXPECT_EQ(stream_->waiting_bytes(), 0U);
  EXPECT_EQ(stream_->taken_bytes(), 7U);
  EXPECT_EQ(step(true), Step::nothing);
}

TEST_F(OutputStreamTest, TheFileIsRotatedAfterAWrite) {
  source_.settings.log_max_bytes = 5;
  source_.settings.log_backups = 1;
  begin();
  for (const char* text : {"abc", "defg", "h"}) {
    say(text);
    ASSERT_EQ(step(), Step::moved);
  }
  EXPECT_EQ(content_of(file()), "h");
  EXPECT_EQ(content_of(file() + ".1"), "abcdefg");
}

TEST_F(OutputStreamTest, EventsAreWithTheLoopBeforeTheirBytesAreInTheFile) {
  source_.settings.events_enabled = true;
  begin();
  EXPECT_TRUE(stream_->leaves_bytes());
  say("a line\n");
  ASSERT_EQ(step(), Step::news);
  ASSERT_THAT(news_.events, SizeIs(1));
  EXPECT_EQ(news_.events[0].first, EventType::process_log_stdout);
  EXPECT_THAT(news_.events[0].second, HasSubstr("pid:100 channel:stdout\na line\n"));
  EXPECT_EQ(content_of(file()), "");
  EXPECT_EQ(stream_->waiting_bytes(), 7U) << "an agent that dies now leaves them for the next";
  say("another");
  stream_->commit();
  EXPECT_EQ(content_of(file()), "a line\n");
  EXPECT_EQ(stream_->waiting_bytes(), 7U) << "what came meanwhile";
}

TEST_F(OutputStreamTest, AnOpenCaptureStaysInThePipeAndItsEndIsAnEvent) {
  source_.settings.capture_max_bytes = 100;
  begin();
  say("before<!--XSUPERVISOR:BEGIN-->the message");
  EXPECT_EQ(step(), Step::moved);
  EXPECT_EQ(step(), Step::nothing);
  EXPECT_EQ(content_of(file()), "before");
  EXPECT_GE(stream_->waiting_bytes(), std::string_view("the message").size());
  say("<!--XSUPERVISOR:END-->after the message\n");
  Step last = step();
  while (last == Step::moved) {
    last = step();
  }
  ASSERT_EQ(last, Step::news);
  ASSERT_THAT(news_.events, SizeIs(1));
  EXPECT_EQ(news_.events[0].first, EventType::process_communication_stdout);
  EXPECT_THAT(news_.events[0].second, testing::EndsWith("\nthe message"));
  stream_->commit();
  while (step(true) == Step::moved) {
  }
  EXPECT_EQ(content_of(file()), "beforeafter the message\n");
}

TEST_F(OutputStreamTest, AtTheEndAnOpenCaptureIsWritten) {
  source_.settings.capture_max_bytes = 100;
  begin();
  say("<!--XSUPERVISOR:BEGIN-->half a message");
  EXPECT_EQ(step(), Step::nothing);
  EXPECT_EQ(content_of(file()), "");
  while (step(true) == Step::moved) {
  }
  EXPECT_THAT(content_of(file()), HasSubstr("half a message"));
  EXPECT_EQ(stream_->waiting_bytes(), 0U);
}

TEST_F(OutputStreamTest, WhatAListenerPrintsIsNumberedAndLoggedWhenTheLoopHasIt) {
  source_.of_listener = true;
  source_.settings.events_enabled = true;  // without effect there
  begin();
  say("READY\n");
  ASSERT_EQ(step(), Step::news);
  EXPECT_EQ(news_.printed, "READY\n");
  EXPECT_NE(news_.number, 0U);
  EXPECT_THAT(news_.events, IsEmpty());
  stream_->commit();
  EXPECT_EQ(content_of(file()), "READY\n");
  EXPECT_EQ(stream_->waiting_bytes(), 0U);
}

TEST_F(OutputStreamTest, WithoutAFileItIsDropped) {
  source_.path.clear();
  begin();
  say("nobody reads this");
  EXPECT_EQ(step(), Step::moved);
  EXPECT_EQ(stream_->waiting_bytes(), 0U);
  EXPECT_EQ(stream_->taken_bytes(), 17U);
}

TEST_F(OutputStreamTest, AFileThatCannotBeWrittenIsSaidOnceAndTheProgramGoesOn) {
  std::filesystem::create_directory(file());
  begin();
  EXPECT_THAT(troubles_, ElementsAre(HasSubstr("the stdout log of group:web cannot be opened")));
  for (int round = 0; round < 3; ++round) {
    say("lost ");
    EXPECT_EQ(step(), Step::moved);
  }
  EXPECT_THAT(troubles_, SizeIs(1));
  std::filesystem::remove(file());
  stream_->reopen();
  say("found");
  EXPECT_EQ(step(), Step::moved);
  EXPECT_EQ(content_of(file()), "found");
  EXPECT_THAT(troubles_, ElementsAre(testing::_, "")) << "it works again";
  EXPECT_THAT(main_log(), HasSubstr("the stdout log of group:web is written again; 15 bytes were dropped"));
}

TEST_F(OutputStreamTest, ALogThatIsClearedBeginsAnew) {
  begin();
  say("old");
  EXPECT_EQ(step(), Step::moved);
  ASSERT_TRUE(stream_->clear().ok());
  say("new");
  EXPECT_EQ(step(), Step::moved);
  EXPECT_EQ(content_of(file()), "new");
}

TEST_F(OutputStreamTest, AtDebugTheMainLogHasACopy) {
  sinks_->copy_to_main_log = true;
  source_.channel = Channel::err;
  begin();
  say("bytes \x88");
  EXPECT_EQ(step(), Step::moved);
  EXPECT_THAT(main_log(), HasSubstr("DEBG 'web' stderr output:\nUndecodable: b'bytes \\x88'\n"));
}

TEST_F(OutputStreamTest, SyslogThatIsAwayIsSaid) {
  source_.settings.syslog = true;
  begin();
  say("a line\n");
  EXPECT_EQ(step(), Step::moved);
  EXPECT_EQ(content_of(file()), "a line\n");
  ASSERT_FALSE(troubles_.empty());
  EXPECT_THAT(troubles_[0], HasSubstr("cannot be sent to syslog"));
}

}  // namespace
}  // namespace holdfast
