// What stands behind the command of a start (contract supvisors.md CFG-E3): from which start on, how long, and what it
// is kept with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "group_of.hpp"
#include "supervision/supervisor.hpp"

namespace holdfast::supervision {
namespace {

using ::testing::ElementsAre;

/// One program that nobody starts; a keeper that does at once what it is told.
class ExtraArgs : public ::testing::Test {
 protected:
  ExtraArgs() { make(); }

  void make() {
    config::ProcessSettings settings;
    settings.name = settings.program_name = "web";
    settings.command = "/bin/x -a";
    settings.autostart = false;
    settings.lifecycle.startsecs = 0;
    settings.lifecycle.autorestart = config::AutoRestart::always;
    SupervisorOptions options;
    options.probe = [this](const config::ProcessSettings& each) -> std::optional<SpawnProblem> {
      probed_.push_back(each.command);
      return each.command.ends_with("'") ? std::optional(SpawnProblem{SpawnFailure::parse, "no closing quotation"})
                                         : std::nullopt;
    };
    options.first_start_id = next_agent_ += 1000;
    supervisor_ = std::make_unique<Supervisor>(std::vector{group_of("web", {settings})}, options);
  }

  void step(const Input& input) {
    now_ = now_ + 10s;
    supervisor_->step(now_, WallTime{now_.ns / 1000}, input);
    for (const Effect& effect : supervisor_->take_effects()) {
      if (const auto* spawn = std::get_if<SpawnChild>(&effect)) {
        behind_.push_back(spawn->extra_args);
        blob_ = spawn->blob;
        child_ = spawn->start_id;
        step(ChildSpawned{spawn->key, spawn->start_id, 77});
      } else if (const auto* signal = std::get_if<SignalChild>(&effect)) {
        step(ChildExited{signal->key, signal->start_id, 15, {}, {}});
      } else if (const auto* save = std::get_if<SaveBlob>(&effect)) {
        blob_ = save->bytes;
      } else if (const auto* done = std::get_if<Completed>(&effect)) {
        const auto* fault = std::get_if<FaultText>(&done->answer);
        fault_ = fault == nullptr ? std::nullopt : std::optional(fault->fault);
      }
    }
  }
  void start(std::optional<std::string> extra_args) {
    ProcessRequest request{RequestId{1}, Action::start, "web", true, {}};
    request.failure_shows = true;
    request.extra_args = std::move(extra_args);
    step(request);
  }
  void stop() { step(ProcessRequest{RequestId{2}, Action::stop, "web", true, {}}); }
  [[nodiscard]] const Process& web() const { return *supervisor_->find("web", "web"); }

  Instant now_ = Instant::from_ms(5'000);
  std::uint64_t next_agent_ = 0;
  std::unique_ptr<Supervisor> supervisor_;
  std::vector<std::string> behind_;  // the command of each start
  std::vector<std::string> probed_;
  std::string blob_;
  StartId child_{};
  std::optional<Fault> fault_;
};

TEST_F(ExtraArgs, StayWithTheProcessUntilAStartBringsItsOwn) {
  step(Begin{});
  start("-p 81");
  EXPECT_EQ(web().record().last_run.extra_args, "-p 81");
  EXPECT_EQ(probed_.back(), "/bin/x -a -p 81") << "the whole command is tried";
  step(ChildExited{{"web", "web"}, child_, 0, {}, {}});
  stop();
  start(std::nullopt);  // supervisor.startProcess
  stop();
  start("");
  stop();
  start(std::nullopt);
  EXPECT_THAT(behind_, ElementsAre("-p 81", "-p 81", "-p 81", "", ""))
      << "the start, the restart by itself, a start that says nothing; then the plain command";
  EXPECT_EQ(probed_.back(), "/bin/x -a");
}

TEST_F(ExtraArgs, OfAStartThatIsRefusedAreNotTaken) {
  step(Begin{});
  start("-p 81");
  start("-p 82");
  EXPECT_EQ(fault_, Fault::already_started);
  EXPECT_EQ(web().record().last_run.extra_args, "-p 81") << "as it runs";
}

TEST_F(ExtraArgs, ThatMakeNoCommandLeaveItFatal) {  // contract 5.3 start_args
  step(Begin{});
  start("'");
  EXPECT_EQ(fault_, Fault::not_executable);
  EXPECT_EQ(web().state(), ProcessState::fatal);
  EXPECT_EQ(web().record().last_run.extra_args, "'");
  EXPECT_TRUE(behind_.empty());
}

TEST_F(ExtraArgs, OutliveTheAgent) {
  step(Begin{});
  start("-p 81");
  make();
  step(Adopt{blob_, child_, 77, false});
  step(Begin{true});
  EXPECT_EQ(web().record().last_run.extra_args, "-p 81");
  step(ChildExited{{"web", "web"}, child_, 0, {}, {}});
  EXPECT_THAT(behind_, ElementsAre("-p 81", "-p 81"));
}

}  // namespace
}  // namespace holdfast::supervision
