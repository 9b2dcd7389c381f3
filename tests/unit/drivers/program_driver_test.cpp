// The driver of programs between its neighbours: in which order the keeper, the logs and the observers are asked and
// told, and what is refused before anything ends. What is decided is tested in tests/transcripts.
#include "drivers/programs/program_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <optional>

#include "fakes.hpp"
#include "keeper/protocol.hpp"
#include "supervision/process_record.hpp"

namespace holdfast {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ProgramDriverTest : public testing::Test {
 protected:
  void SetUp() override {
    log_ = std::move(storage::MainLog::open(disk_, {})).value();
    history_ = std::make_unique<storage::History>(disk_, storage::history_options(""), log_->say());
    listeners_.emplace(ListenerDriver::Parts{loop_, keeper_, *log_, warnings_}, "supervisor", UniqueFd());
    fcgi_.emplace(keeper_, *log_);
  }
  void TearDown() override { disk_.stop(); }

  static config::GroupSettings group(const std::string& name, const std::string& command = "/bin/cat") {
    config::ProcessSettings process;
    process.name = process.program_name = name;
    process.command = command;
    process.lifecycle.startsecs = 0;
    process.lifecycle.autorestart = config::AutoRestart::never;
    process.stdout_channel.log.kind = process.stderr_channel.log.kind = config::LogTarget::Kind::none;
    config::GroupSettings group;
    group.name = name;
    group.processes = {process};
    return group;
  }
  /// `descriptors`: the share of the programs.
  void begin(std::vector<config::GroupSettings> groups, std::size_t descriptors = 100) {
    make(descriptors);
    driver_->begin(false, std::move(groups), {}, [this] { begun_ = true; });
  }
  void make(std::size_t descriptors) {
    driver_.emplace(ProgramDriver::Parts{loop_, keeper_, output_, *log_, *history_, *listeners_, *fcgi_, check_,
                                         warnings_, observer_},
                    ProgramDriver::Facts{settings_, {{"PATH", "/bin"}}, "node", 1, descriptors});
  }
  /// The keeper has started the child that it was asked for last.
  std::uint64_t spawned(std::int32_t pid = 100) {
    const std::uint64_t start_id = keeper_.started.back();
    system::SpawnedChild child;
    child.start_id = start_id;
    child.pid = pid;
    driver_->spawned(std::move(child));
    return start_id;
  }
  static system::ChildExit exit_of(std::uint64_t start_id, int status) {
    system::ChildExit exit;
    exit.start_id = start_id;
    exit.pid = 100;
    exit.wait_status = status << 8;
    return exit;
  }
  [[nodiscard]] const supervision::Process& process(const std::string& name) const {
    return *driver_->supervisor().find(name, name);
  }
  /// The fault that the request was answered with; nothing: it was not, or it succeeded.
  std::optional<FaultText> ask(supervision::Input request) {
    answered_ = 0;
    fault_.reset();
    driver_->submit(std::move(request), {"somebody", "here"}, [this](const supervision::Completed& completed) {
      ++answered_;
      if (const auto* fault = std::get_if<FaultText>(&completed.answer)) {
        fault_ = *fault;
      }
    });
    return fault_;
  }

  system::EventLoop loop_;
  storage::DiskThread disk_{storage::default_disk_queue_limits()};
  std::unique_ptr<storage::MainLog> log_;
  std::unique_ptr<storage::History> history_;
  FakeKeeper keeper_;
  FakeOutput output_;
  FakeRestartCheck check_;
  FakeWarnings warnings_;
  FakeProgramObserver observer_;
  std::optional<ListenerDriver> listeners_;
  std::optional<FcgiSockets> fcgi_;
  config::Settings settings_;
  std::optional<ProgramDriver> driver_;
  bool begun_ = false;
  int answered_ = 0;
  std::optional<FaultText> fault_;
};

TEST_F(ProgramDriverTest, AProgramIsStartedReadAndEndedInOrder) {
  begin({group("web")});
  EXPECT_TRUE(begun_);
  EXPECT_THAT(keeper_.asked, ElementsAre("spawn /bin/cat"));
  const std::uint64_t start_id = spawned();
  ASSERT_EQ(output_.attached.size(), 1U);
  EXPECT_EQ(output_.attached.front().start_id, start_id);
  EXPECT_EQ(process("web").state(), ProcessState::running);

  driver_->exited(exit_of(start_id, 0));
  EXPECT_EQ(process("web").state(), ProcessState::running) << "its last output comes before its end";
  keeper_.asked.clear();
  output_.end(start_id, "bye");
  EXPECT_EQ(process("web").state(), ProcessState::exited);
  EXPECT_THAT(keeper_.asked, ElementsAre("release pipes " + std::to_string(start_id)));
  EXPECT_THAT(observer_.told, ElementsAre("groups", "web STARTING", "web RUNNING", "web EXITED"));
  keeper_.asked.clear();
  driver_->exited(exit_of(start_id, 0));
  EXPECT_THAT(keeper_.asked, ElementsAre("acknowledge " + std::to_string(start_id)))
      << "it is no child of ours any more";
}

TEST_F(ProgramDriverTest, WhatAStartBringsStandsBehindTheCommand) {  // contract supvisors.md CFG-E3
  begin({group("web")});
  const std::uint64_t first = spawned();
  driver_->exited(exit_of(first, 0));
  output_.end(first, "");
  keeper_.asked.clear();
  supervision::ProcessRequest start{{}, supervision::Action::start, "web", false, {}};
  start.extra_args = "-u 'a b'";
  (void)ask(start);
  EXPECT_THAT(keeper_.asked, ElementsAre("spawn /bin/cat|-u|a b"));
}

TEST_F(ProgramDriverTest, ACommandThatIsMissingAsksTheKeeperForNothing) {
  begin({group("web", "/nowhere/at/all")});
  EXPECT_THAT(keeper_.asked, IsEmpty());
  EXPECT_EQ(process("web").state(), ProcessState::backoff);
}

TEST_F(ProgramDriverTest, WhoFindsNoDescriptorLeftIsNotStarted) {
  begin({group("a"), group("b")}, 3);  // one program needs three pipes
  EXPECT_THAT(keeper_.asked, ElementsAre("spawn /bin/cat"));
  EXPECT_EQ(process("b").state(), ProcessState::backoff);
  EXPECT_THAT(process("b").record().last_run.spawnerr, HasSubstr("too many open files"));
  const std::uint64_t start_id = spawned();
  driver_->exited(exit_of(start_id, 0));
  output_.end(start_id);
  EXPECT_FALSE(
      ask(supervision::ProcessRequest{{}, supervision::Action::stop, "b", false, ""}));  // it would be tried again
  EXPECT_FALSE(ask(supervision::ProcessRequest{{}, supervision::Action::start, "b", false, ""}));
  EXPECT_THAT(keeper_.asked, Contains("spawn /bin/cat").Times(2)) << "the first has given its own back";
}

TEST_F(ProgramDriverTest, AStartThatTheKeeperCannotMakeIsNoChild) {
  begin({group("web")});
  driver_->spawn_failed(keeper_.started.back(), keeper::Stage::fork, EAGAIN);
  EXPECT_EQ(process("web").state(), ProcessState::backoff);
  EXPECT_THAT(output_.attached, IsEmpty());
}

TEST_F(ProgramDriverTest, TheEndOfAChildThatNobodyKnowsIsAcknowledged) {
  begin({});
  driver_->exited(exit_of(7, 1));
  EXPECT_THAT(keeper_.asked, ElementsAre("acknowledge 7"));
}

TEST_F(ProgramDriverTest, NothingIsSentToAProgramThatDoesNotRun) {
  begin({group("web")});
  const Status before = driver_->send_stdin({"web", "web"}, "x");
  EXPECT_EQ(before.error().code, code_of(Fault::not_running));
  (void)spawned();
  const Status without = driver_->send_stdin({"web", "web"}, "x");
  EXPECT_EQ(without.error().code, code_of(Fault::no_file)) << "the keeper gave it no pipe";
}

TEST_F(ProgramDriverTest, ARestartThatWouldFailEndsNothing) {
  begin({group("web")});
  (void)spawned();
  check_.configuration = Error{"no such thing"};
  const auto fault = ask(supervision::RestartRequest{});
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->fault, Fault::cant_reread);
  EXPECT_FALSE(check_.waiting) << "the installed programs are not tried then";
  driver_->daemon_signal(SIGHUP);
  EXPECT_EQ(driver_->supervisor().daemon_state(), supervision::DaemonState::running);
  EXPECT_EQ(process("web").state(), ProcessState::running);
}

TEST_F(ProgramDriverTest, ARestartWaitsForTheInstalledPrograms) {
  begin({group("web")});
  (void)spawned();
  EXPECT_FALSE(ask(supervision::HandOver{{}, true}));
  EXPECT_EQ(answered_, 0);
  ASSERT_TRUE(check_.waiting);
  EXPECT_TRUE(check_.tried_keeper);
  check_.waiting(Error{"it does not run"});
  EXPECT_EQ(answered_, 1);
  ASSERT_TRUE(fault_);
  EXPECT_EQ(fault_->fault, Fault::failed);
  EXPECT_THAT(observer_.told, testing::Not(Contains(HasSubstr("exit"))));

  EXPECT_FALSE(ask(supervision::HandOver{{}, false}));
  check_.waiting({});
  EXPECT_FALSE(fault_);
  EXPECT_THAT(observer_.told, Contains("exit " + std::to_string(keeper::agent_hand_over)));
}

TEST_F(ProgramDriverTest, TheDaemonEndsWhenItsProgramsHave) {
  begin({group("web")});
  const std::uint64_t start_id = spawned();
  keeper_.asked.clear();
  driver_->daemon_signal(SIGTERM);
  EXPECT_THAT(observer_.told, Contains("stopping"));
  EXPECT_THAT(keeper_.asked, ElementsAre("signal " + std::to_string(SIGTERM)));
  driver_->exited(exit_of(start_id, 0));
  output_.end(start_id);
  EXPECT_THAT(observer_.told, Contains("exit " + std::to_string(keeper::agent_done)));
}

TEST_F(ProgramDriverTest, ChildrenThatEndedMeanwhileAreToldBeforeAnythingStarts) {
  begin({group("web")});
  const std::uint64_t start_id = spawned();
  const std::string blob = keeper_.blobs.at(start_id);
  keeper_.asked.clear();
  observer_.told.clear();

  make(100);  // the next agent
  system::FoundChild found;
  found.child.start_id = start_id;
  found.child.pid = 100;
  found.blob = blob;
  found.exit = exit_of(start_id, 3);
  driver_->found(std::move(found));
  begun_ = false;
  driver_->begin(true, {group("web")}, {}, [this] { begun_ = true; });
  EXPECT_FALSE(begun_) << "its last output is still being taken";
  output_.end(start_id);
  EXPECT_TRUE(begun_);
  EXPECT_EQ(process("web").record().last_run.exit_status, 3);
}

TEST_F(ProgramDriverTest, ASpoolThatIsTakenIsToldToTheKeeper) {
  begin({});
  driver_->on_spool_taken(9, keeper::Channel::out);
  EXPECT_THAT(keeper_.asked, ElementsAre("spool taken 9"));
}

}  // namespace
}  // namespace holdfast
