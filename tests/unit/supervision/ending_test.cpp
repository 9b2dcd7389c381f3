// What is told of an end beside the contract's texts: exit status or signal, the last line on stderr; and a
// start that the cluster ordered and whose command cannot be run (contract supvisors.md 5.3, start_args).
#include "supervision/ending.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "supervision/supervisor.hpp"

namespace holdfast::supervision {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string last_of(std::initializer_list<std::string_view> pieces) {
  LastLine line;
  for (const std::string_view piece : pieces) {
    line.add(piece);
  }
  return line.text();
}

TEST(LastLineOf, IsTheLastThatIsNotBlank) {
  EXPECT_EQ(last_of({}), "");
  EXPECT_EQ(last_of({"one\ntwo\n"}), "two");
  EXPECT_EQ(last_of({"one\ntw", "o", "\r\n\n  \n"}), "two");
  EXPECT_EQ(last_of({"no end"}), "no end");
}

TEST(LastLineOf, AChildThatBecameNoProgramSaysWhyItDidNot) {
  EXPECT_EQ(last_of({"supervisor: couldn't exec /bin/x: ENOEXEC\nsupervisor: child process was not spawned\n"}),
            "supervisor: couldn't exec /bin/x: ENOEXEC");
}

TEST(LastLineOf, CannotHurtWhoReadsIt) {
  EXPECT_EQ(last_of({"\x1b[31;1mred\x1b[0m\tand \x07 bell\n"}), "red and   bell");
  EXPECT_EQ(last_of({"a\x88z\n"}), "a\xEF\xBF\xBDz");
  EXPECT_EQ(last_of({"\x1b["}), "");
}

TEST(LastLineOf, IsBounded) {
  const std::string large(100'000, 'x');
  const std::string end = "..." + std::string(limits::last_words_bytes, 'x');
  EXPECT_EQ(last_of({large}), end);
  EXPECT_EQ(last_of({large, "\nlast\n"}), "last");
  LastLine small;
  for (int i = 0; i < 100'000; ++i) {
    small.add("x");
  }
  EXPECT_EQ(small.text(), end);
}

TEST(FailureText, ContractsTextFirst) {
  EXPECT_EQ(failure_text("Bad exit code 3", "exit status 3", "boom"),
            "Bad exit code 3; exit status 3; last on stderr: boom");
  EXPECT_EQ(failure_text("can't find command 'x'", "", ""), "can't find command 'x'");
  EXPECT_EQ(failure_text("", "exit status 0", "a warning"), "exit status 0") << "an end that was expected";
}

/// One program `web` in group `app`, and a keeper that does at once what it is told.
class AProgram : public ::testing::Test {
 protected:
  AProgram() {
    config::ProcessSettings settings;
    settings.name = settings.program_name = "web";
    settings.command = "/bin/x";
    settings.autostart = false;
    settings.lifecycle.autorestart = config::AutoRestart::never;
    settings.lifecycle.startretries = 0;
    config::GroupSettings group;
    group.name = "app";
    group.processes = {settings};
    SupervisorOptions options;
    options.probe = [this](const config::ProcessSettings&) { return problem_; };
    supervisor_ = std::make_unique<Supervisor>(std::vector{group}, options);
    step(Begin{});
  }

  void step(const Input& input) {
    supervisor_->step(now_, WallTime{now_.ns / 1000}, input);
    for (const Effect& effect : supervisor_->take_effects()) {
      if (const auto* spawn = std::get_if<SpawnChild>(&effect)) {
        child_ = spawn->start_id;
        step(ChildSpawned{spawn->key, spawn->start_id, 77});
      } else if (const auto* event = std::get_if<EmitEvent>(&effect)) {
        events_.push_back(std::string(name_of(event->type)) + " " + event->payload);
      } else if (const auto* done = std::get_if<Completed>(&effect)) {
        const auto* fault = std::get_if<FaultText>(&done->answer);
        answers_.push_back(fault == nullptr ? "done" : text_of(*fault));
      }
    }
  }

  void start(bool failure_shows) {
    events_.clear();
    ProcessRequest request;
    request.namespec = "app:web";
    request.failure_shows = failure_shows;
    step(request);
  }

  const Process& web() const { return *supervisor_->find("app", "web"); }
  const ProcessId key_{"app", "web"};
  std::optional<SpawnProblem> problem_;
  std::unique_ptr<Supervisor> supervisor_;
  StartId child_{};
  std::vector<std::string> events_;
  std::vector<std::string> answers_;
  Instant now_ = Instant::from_ms(1'000'000);
};

TEST_F(AProgram, AClientsStartOfWhatCannotBeRunLeavesItAsItWas) {
  problem_ = {SpawnFailure::not_found, "can't find command '/x'"};
  start(false);
  EXPECT_THAT(answers_, ElementsAre("NO_FILE: can't find command '/x'"));
  EXPECT_EQ(web().state(), ProcessState::stopped);
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(AProgram, TheClustersStartOfWhatCannotBeRunShows) {
  for (const auto& [problem, answer] :
       {std::pair{SpawnProblem{SpawnFailure::not_found, "can't find command '/x'"}, "NO_FILE: can't find command '/x'"},
        {SpawnProblem{SpawnFailure::no_permission, "no permission to run command '/x'"},
         "NOT_EXECUTABLE: no permission to run command '/x'"},
        {SpawnProblem{SpawnFailure::not_executable, "command at '/x' is not executable"},
         "NOT_EXECUTABLE: command at '/x' is not executable"},
        {SpawnProblem{SpawnFailure::parse, "No closing quotation"}, "NOT_EXECUTABLE: No closing quotation"}}) {
    problem_ = problem;
    start(true);
    EXPECT_EQ(answers_.back(), answer);
    EXPECT_EQ(web().state(), ProcessState::fatal);
    EXPECT_EQ(web().record().last_run.spawnerr, problem.text);
    EXPECT_THAT(events_, ElementsAre("PROCESS_STATE_FATAL processname:web groupname:app from_state:BACKOFF"));
  }
  problem_.reset();
  start(true);
  EXPECT_EQ(web().state(), ProcessState::starting) << "once it can be run again";
  EXPECT_EQ(web().record().last_run.spawnerr, "");
}

TEST_F(AProgram, WhatRunsStaysAsItIsWhenItsFileIsGone) {
  start(true);
  now_ = now_ + 2s;
  step(TimePassed{});
  ASSERT_EQ(web().state(), ProcessState::running);
  problem_ = {SpawnFailure::not_found, "can't find command '/x'"};
  start(true);
  EXPECT_EQ(answers_.back(), "NO_FILE: can't find command '/x'");
  EXPECT_EQ(web().state(), ProcessState::running);
}

TEST_F(AProgram, AnEndIsToldWithStatusOrSignalAndLastWords) {
  start(false);
  step(ChildExited{key_, child_, 3 << 8, now_, {}, false, "no such table"});
  EXPECT_EQ(web().state(), ProcessState::fatal);
  EXPECT_EQ(web().record().last_run.spawnerr, "Exited too quickly (process log may have details)");
  EXPECT_EQ(web().record().last_run.ending, "exit status 3");
  EXPECT_EQ(web().record().last_run.last_words, "no such table");
  const auto kept = decode_process_record(encode(web().record()));
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept.value(), web().record()) << "it outlives the agent";
  start(false);
  EXPECT_EQ(web().record().last_run.ending + web().record().last_run.last_words, "") << "of the child before";
  now_ = now_ + 2s;
  step(TimePassed{});
  step(ChildExited{key_, child_, 9, now_, {}, false, ""});
  EXPECT_EQ(web().record().last_run.spawnerr, "Bad exit code -1");
  EXPECT_EQ(web().record().last_run.ending, "terminated by SIGKILL");
}

}  // namespace
}  // namespace holdfast::supervision
