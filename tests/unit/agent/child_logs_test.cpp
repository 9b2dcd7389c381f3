// The outputs of children on a real disk thread: they are watched, end whole, and are cleared while they are open.
#include "child_logs.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace holdfast {
namespace {

using supervision::EventType;
using supervision::ProcessKey;
using testing::ElementsAre;
using testing::HasSubstr;

class ChildLogsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // as the agent does
    std::string name = testing::TempDir() + "/child-logs-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    storage::MainLogOptions options;
    options.path = folder_ + "/main.log";
    log_ = std::move(storage::MainLog::open(disk_, std::move(options))).value();
    ChildLogs::Handlers handlers;
    handlers.on_news = [this](std::uint64_t, const ProcessKey&, const OutputNews& news) {
      for (const auto& [type, payload] : news.events) {
        seen_in_file_when_told_ = content_of("web.out");
        told_.push_back(payload.substr(payload.find('\n') + 1));
      }
    };
    handlers.on_trouble = [](const ProcessKey&, supervision::Channel, const std::string&) {};
    handlers.on_spool_taken = [](std::uint64_t, keeper::Channel) {};
    logs_.emplace(disk_, *log_, std::move(system::LogIntents::create()).value(), ChildLogsOptions{},
                  std::move(handlers));
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
  UniqueFd attach(std::uint64_t start_id, const std::string& name, bool events = false) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    ChildLogs::Child child;
    child.start_id = start_id;
    child.key = {"group", name};
    child.pid = 100;
    child.paths.out = folder_ + "/" + name + ".out";
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

  std::string folder_;
  storage::DiskThread disk_{storage::default_disk_queue_limits()};
  std::unique_ptr<storage::MainLog> log_;
  std::optional<ChildLogs> logs_;
  std::vector<std::string> told_;
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
  logs_->finish(1, [&] { at_the_end = content_of("web.out"); });
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
  logs_->finish(1, [&] { done = true; });
  EXPECT_TRUE(until([&] {
    (void)::write(grandchild.get(), "more\n", 5);
    return done;
  }));
  EXPECT_THAT(content_of("web.out"), testing::StartsWith("the program's\n"));
}

TEST_F(ChildLogsTest, TheEndOfAChildThatNobodyKnowsIsToldAtOnce) {
  bool done = false;
  logs_->finish(77, [&] { done = true; });
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
  logs_->finish(2, [&] { done = true; });
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

}  // namespace
}  // namespace holdfast
