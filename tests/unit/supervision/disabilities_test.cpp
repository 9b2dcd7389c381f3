// Disabled programs (contract supvisors.md CFG-E4, CFG-E7, 5.3 enable and disable).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "group_of.hpp"
#include "supervision/supervisor.hpp"

namespace holdfast::supervision {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

config::ProcessSettings process_of(const std::string& name, const std::string& program, bool autostart) {
  config::ProcessSettings settings;
  settings.name = name;
  settings.program_name = program;
  settings.command = "/bin/x";
  settings.autostart = autostart;
  settings.lifecycle.autorestart = config::AutoRestart::always;
  settings.lifecycle.startsecs = 0;
  return settings;
}

/// `web` runs in two groups, `db` does not start by itself; a keeper that does at once what it is told.
class Disabled : public ::testing::Test {
 protected:
  Disabled() { make(); }

  void make() {
    SupervisorOptions options;
    options.probe = [](const config::ProcessSettings&) { return std::nullopt; };
    options.first_start_id = next_agent_ += 1000;
    supervisor_ = std::make_unique<Supervisor>(
        std::vector{group_of("a", {process_of("web", "web", true), process_of("db", "db", false)}),
                    group_of("b", {process_of("web2", "web", true)})},
        options);
  }

  void step(const Input& input) {
    supervisor_->step(now_, WallTime{now_.ns / 1000}, input);
    for (const Effect& effect : supervisor_->take_effects()) {
      if (const auto* spawn = std::get_if<SpawnChild>(&effect)) {
        spawned_.push_back(spawn->key.name);
        step(ChildSpawned{spawn->key, spawn->start_id, 77});
      } else if (const auto* signal = std::get_if<SignalChild>(&effect)) {
        step(ChildExited{signal->key, signal->start_id, 15, {}, {}});
      } else if (const auto* event = std::get_if<EmitEvent>(&effect)) {
        if (event->type == EventType::process_enabled || event->type == EventType::process_disabled) {
          events_.push_back(std::string(name_of(event->type)) + " " + event->payload);
        }
      } else if (const auto* blob = std::get_if<SaveAgentBlob>(&effect)) {
        blob_ = blob->bytes;
      } else if (const auto* done = std::get_if<Completed>(&effect)) {
        answers_.push_back(*done);
      }
    }
  }

  ProcessState state(const std::string& group, const std::string& name) const {
    return supervisor_->find(group, name)->state();
  }

  std::optional<FaultText> fault() const {
    const auto* fault = std::get_if<FaultText>(&answers_.back().answer);
    return fault == nullptr ? std::nullopt : std::optional(*fault);
  }

  Instant now_ = Instant::from_ms(5'000);
  std::uint64_t next_agent_ = 0;
  std::unique_ptr<Supervisor> supervisor_;
  std::vector<std::string> spawned_;
  std::vector<std::string> events_;
  std::vector<Completed> answers_;
  std::string blob_;
};

TEST_F(Disabled, StopsEveryProcessOfTheProgramAndNothingStartsIt) {
  step(Begin{});
  ASSERT_THAT(spawned_, ElementsAre("web", "web2"));
  spawned_.clear();
  step(SetDisabled{RequestId{1}, "web", true, true});
  EXPECT_EQ(state("a", "web"), ProcessState::stopped);
  EXPECT_EQ(state("b", "web2"), ProcessState::stopped);
  EXPECT_THAT(events_, ElementsAre("PROCESS_DISABLED processname:web groupname:a ",
                                   "PROCESS_DISABLED processname:web2 groupname:b "));
  EXPECT_EQ(std::get<std::vector<ProcessResult>>(answers_.back().answer).size(), 2U);
  step(ProcessRequest{RequestId{2}, Action::start, "a:web", true, {}});
  ASSERT_TRUE(fault());
  EXPECT_EQ(code_of(fault()->fault), 103);
  EXPECT_EQ(text_of(*fault()), "DISABLED: a:web");
  step(AllRequest{RequestId{3}, Action::start, true, {}});
  EXPECT_THAT(spawned_, ElementsAre("db")) << "the others are left alone";
  EXPECT_THAT(supervisor_->disabilities(), ElementsAre(Pair("db", false), Pair("web", true)));
}

TEST_F(Disabled, EnablingArmsAutostartAgain) {
  step(Disabilities{{"web", "db"}});
  step(Begin{});
  EXPECT_THAT(spawned_, IsEmpty()) << "not started by autostart";
  step(SetDisabled{RequestId{1}, "db", false, true});
  EXPECT_THAT(spawned_, IsEmpty()) << "it does not start by itself";
  step(SetDisabled{RequestId{2}, "web", false, true});
  EXPECT_THAT(spawned_, ElementsAre("web", "web2"));
  EXPECT_EQ(events_.back(), "PROCESS_ENABLED processname:web2 groupname:b ");
  events_.clear();
  step(SetDisabled{RequestId{3}, "web", false, true});
  EXPECT_THAT(events_, IsEmpty()) << "it was enabled already";
  EXPECT_FALSE(fault());
}

TEST_F(Disabled, WhatEndsIsNotRestarted) {  // autorestart
  step(Begin{});
  spawned_.clear();
  const Process* web = supervisor_->find("a", "web");
  step(SetDisabled{RequestId{1}, "db", true, true});
  step(ChildExited{web->key(), *web->keeper_record(), 0, {}, {}});
  EXPECT_THAT(spawned_, ElementsAre("web")) << "another program is disabled, not this one";
}

TEST_F(Disabled, AnUnknownProgramIsAFault) {
  step(Begin{});
  step(SetDisabled{RequestId{1}, "nobody", true, true});
  EXPECT_EQ(code_of(fault()->fault), 10);
}

TEST_F(Disabled, OutlivesTheAgent) {
  step(Begin{});
  step(SetDisabled{RequestId{1}, "web", true, true});
  make();
  spawned_.clear();
  step(ResumeAgent{blob_});
  step(Begin{true});
  EXPECT_THAT(spawned_, IsEmpty());
  EXPECT_TRUE(supervisor_->disabilities().at("web"));
}

}  // namespace
}  // namespace holdfast::supervision
