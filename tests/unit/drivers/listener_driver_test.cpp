// The driver of event listeners between pipes, log and keeper: what is written to whom, a full or closed pipe, and what
// is kept for the next agent. What is decided is tested in tests/transcripts.
#include "drivers/programs/listener_driver.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <optional>

#include "base/limits.hpp"
#include "fakes.hpp"
#include "supervision/listener_record.hpp"
#include "test_log.hpp"

namespace holdfast {
namespace {

using supervision::EventType;
using supervision::StartId;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr StartId kChild{4};
const ProcessId kListener{"ears", "one"};

class ListenerDriverTest : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // as the agent
    make({});
  }
  void make(UniqueFd held) {
    driver_.emplace(ListenerDriver::Parts{loop_, keeper_, log_.log(), warnings_}, "server", std::move(held));
    driver_->set_inputs([this](StartId child) {
      const auto found = inputs_.find(child);
      return found == inputs_.end() ? nullptr : &*found->second;
    });
  }
  static config::GroupSettings pool(std::set<std::string> events = {"EVENT"}) {
    config::GroupSettings group;
    group.name = kListener.group;
    group.kind = config::GroupKind::event_listener;
    group.listener.emplace();
    group.listener->events = std::move(events);
    group.listener->buffer_size = 3;
    config::ProcessSettings process;
    process.name = kListener.name;
    group.processes = {process};
    return group;
  }
  /// A listener that runs, with a pipe that takes one page.
  void run() {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    ASSERT_EQ(::fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
    reader_.reset(ends[0]);
    inputs_[kChild].emplace(loop_.context(), UniqueFd(ends[1]));
    driver_->spawned(kListener, kChild);
    driver_->state_changed(kListener, ProcessState::running);
  }
  void says(std::string_view text) { driver_->printed(kListener, kChild, text, ++chunk_); }
  std::string read() {
    char piece[8192];
    const ssize_t got = ::read(reader_.get(), piece, sizeof piece);
    return got > 0 ? std::string(piece, static_cast<std::size_t>(got)) : std::string();
  }
  void turn() {
    loop_.context().restart();
    loop_.context().poll();
  }

  system::EventLoop loop_;
  TestLog log_;
  FakeKeeper keeper_;
  FakeWarnings warnings_;
  std::map<StartId, std::optional<ProgramInput>> inputs_;
  UniqueFd reader_;
  std::uint64_t chunk_ = 0;
  std::optional<ListenerDriver> driver_;
};

TEST_F(ListenerDriverTest, WithoutListenersNothingIsKeptOrWritten) {
  driver_->happened(EventType::remote_communication, "x");
  driver_->group_added({});
  EXPECT_FALSE(driver_->wants(EventType::remote_communication));
  EXPECT_THAT(keeper_.asked, IsEmpty());
  EXPECT_EQ(driver_->state(), "");
}

TEST_F(ListenerDriverTest, AnEventIsWrittenWhenTheListenerIsReady) {
  driver_->group_added(pool());
  run();
  driver_->happened(EventType::remote_communication, "hello");
  EXPECT_EQ(read(), "") << "it has not said READY";
  says("READY\n");
  EXPECT_EQ(read(),
            "ver:3.0 server:server serial:0 pool:ears poolserial:0 eventname:REMOTE_COMMUNICATION len:5\nhello");
}

TEST_F(ListenerDriverTest, TheNextEventWaitsForResultAndReady) {
  driver_->group_added(pool());
  run();
  says("READY\n");
  driver_->happened(EventType::remote_communication, "one");
  driver_->happened(EventType::remote_communication, "two");
  EXPECT_THAT(read(), testing::EndsWith("one"));
  says("RESULT 2\nOK");
  EXPECT_EQ(read(), "");
  says("READY\n");
  EXPECT_THAT(read(), testing::EndsWith("two"));
}

TEST_F(ListenerDriverTest, OnlySubscribedEventsAreWanted) {
  driver_->group_added(pool({"REMOTE_COMMUNICATION"}));
  EXPECT_TRUE(driver_->wants(EventType::remote_communication));
  EXPECT_FALSE(driver_->wants(EventType::process_state_fatal));
  run();
  says("READY\n");
  driver_->happened(EventType::process_state_fatal, "x");
  EXPECT_EQ(read(), "");
  driver_->group_removed("ears");
  EXPECT_FALSE(driver_->wants(EventType::remote_communication));
}

TEST_F(ListenerDriverTest, ARejectedEventIsSaidAndComesBack) {
  driver_->group_added(pool());
  run();
  says("READY\n");
  driver_->happened(EventType::remote_communication, "one");
  (void)read();
  says("RESULT 4\nFAIL");
  EXPECT_THAT(log_.lines(), Contains("WARN one: event was rejected"));
  says("READY\n");
  EXPECT_THAT(read(), HasSubstr("serial:0 ")) << "the same again";
}

TEST_F(ListenerDriverTest, WhoBreaksTheProtocolIsShownUntilItIsStartedAnew) {
  driver_->group_added(pool());
  run();
  says("nonsense\n");
  EXPECT_EQ(warnings_.shown.count("listener ears:one"), 1U);
  driver_->happened(EventType::remote_communication, "x");
  EXPECT_EQ(read(), "");
  driver_->exited(kListener, kChild);
  run();
  EXPECT_THAT(warnings_.shown, IsEmpty());
  says("READY\n");
  EXPECT_THAT(read(), testing::EndsWith("x"));
}

TEST_F(ListenerDriverTest, WhatAFullPipeDoesNotTakeIsWrittenWhenItIsRead) {
  driver_->group_added(pool());
  run();
  says("READY\n");
  const std::string payload(6000, 'x');
  driver_->happened(EventType::remote_communication, payload);
  ASSERT_TRUE(inputs_[kChild]);
  EXPECT_GT(inputs_[kChild]->pending(), 0U);
  const std::string before = driver_->state();
  std::string all = read();
  turn();
  EXPECT_EQ(inputs_[kChild]->pending(), 0U);
  EXPECT_NE(driver_->state(), before) << "what waits is known to the next agent, byte by byte";
  all += read();
  EXPECT_THAT(all, testing::EndsWith("len:6000\n" + payload));
}

TEST_F(ListenerDriverTest, AListenerWithAClosedStdinLosesNoEvent) {
  driver_->group_added(pool());
  run();
  says("READY\n");
  reader_.reset();
  driver_->happened(EventType::remote_communication, "one");
  driver_->exited(kListener, kChild);
  driver_->state_changed(kListener, ProcessState::exited);
  run();
  says("READY\n");
  EXPECT_THAT(read(), testing::EndsWith("one"));
}

TEST_F(ListenerDriverTest, AnEventForAListenerWithoutAPipeStaysInTheBuffer) {
  driver_->group_added(pool());
  run();
  says("READY\n");
  inputs_.clear();
  driver_->happened(EventType::remote_communication, "one");
  EXPECT_EQ(read(), "");
  run();
  says("READY\n");
  EXPECT_THAT(read(), testing::EndsWith("one"));
}

TEST_F(ListenerDriverTest, ABufferThatOverflowsDropsTheOldestAndSaysSo) {
  driver_->group_added(pool());
  for (int i = 0; i < 4; ++i) {
    driver_->happened(EventType::remote_communication, std::to_string(i));
  }
  EXPECT_THAT(log_.lines(), Contains("ERRO pool ears event buffer overflowed, discarding event 0"));
  run();
  says("READY\n");
  EXPECT_THAT(read(), HasSubstr("serial:1 "));
}

TEST_F(ListenerDriverTest, TheStateIsHeldByTheKeeperOnceAndTheNextAgentGoesOnFromIt) {
  driver_->group_added(pool());
  EXPECT_THAT(keeper_.asked, ElementsAre("hold listeners"));
  driver_->happened(EventType::remote_communication, "one");
  driver_->happened(EventType::remote_communication, "two");
  EXPECT_THAT(keeper_.asked, ElementsAre("hold listeners")) << "what is held changes, the descriptor does not";

  auto left = system::PersistentBlob::create(supervision::kListenersRecordBytes);
  ASSERT_TRUE(left.ok());
  ASSERT_TRUE(left.value().save(driver_->state()).ok());
  keeper_.asked.clear();
  make(UniqueFd(::dup(left.value().descriptor())));
  driver_->resume({pool()}, {});
  driver_->all_reattached();
  EXPECT_THAT(keeper_.asked, IsEmpty()) << "it is held already";
  run();
  says("READY\n");
  EXPECT_THAT(read(), HasSubstr("serial:0 "));
}

TEST_F(ListenerDriverTest, WhatTheKeeperHoldsInVainIsReleased) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  reader_.reset(ends[0]);
  make(UniqueFd(ends[1]));
  driver_->resume({}, {});  // there are no listeners any more
  driver_->all_reattached();
  EXPECT_THAT(keeper_.asked, ElementsAre("release listeners"));
  EXPECT_EQ(::fcntl(ends[1], F_GETFD), -1) << "closed here, too";
}

TEST_F(ListenerDriverTest, AStateThatCannotBeReadIsSaidToBeLost) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  reader_.reset(ends[0]);
  make(UniqueFd(ends[1]));
  driver_->resume({pool()}, {});
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("ERRO the events that waited for event listeners are lost: ")));
  driver_->all_reattached();
  EXPECT_THAT(keeper_.asked, Contains("hold listeners"));
}

TEST_F(ListenerDriverTest, AResultHandlerInPythonIsSaidNotToRun) {
  config::GroupSettings group = pool();
  group.listener->result_handler = "mine:handler";
  driver_->group_added(group);
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("result_handler=mine:handler is Python code")));
}

}  // namespace
}  // namespace holdfast
