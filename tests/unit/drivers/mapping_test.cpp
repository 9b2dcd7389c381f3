// What the cluster is told of a process at each change of its state is what was true then (contract supvisors.md 5.2):
// its supervisor may have started it again in the same step.
#include "drivers/cluster/mapping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>

#include "supervision/supervisor.hpp"

namespace holdfast {
namespace {

class Facts : public testing::Test {
 protected:
  void SetUp() override {
    config::ProcessSettings settings;
    settings.name = settings.command = "p";
    settings.lifecycle.startsecs = 0;
    settings.lifecycle.startretries = 0;
    settings.lifecycle.autorestart = config::AutoRestart::always;
    config::GroupSettings group;
    group.name = "p";
    group.processes = {settings};
    supervisor_ = std::make_unique<supervision::Supervisor>(
        std::vector{group},
        supervision::SupervisorOptions{[](const config::ProcessSettings&) { return std::nullopt; }, 1});
    step(supervision::Begin{});
  }
  /// The facts of each change that the step made, as they are made when it is over.
  std::vector<cluster::ProcessFact> step(const supervision::Input& input) {
    seconds_ += 10;
    supervisor_->step(Instant{seconds_ * 1'000'000'000}, WallTime::from_seconds(seconds_), input);
    std::vector<cluster::ProcessFact> facts;
    for (const supervision::Effect& effect : supervisor_->take_effects()) {
      if (const auto* spawn = std::get_if<supervision::SpawnChild>(&effect)) {
        child_ = spawn->start_id;
      } else if (const auto* change = std::get_if<supervision::StateChanged>(&effect)) {
        facts.push_back(fact_of(process(), *change, false));
      }
    }
    return facts;
  }
  void run() { step(supervision::ChildSpawned{key_, child_, 100}); }
  std::vector<cluster::ProcessFact> end(int status) {
    supervision::ChildExited exited{key_, child_, status << 8, std::nullopt, std::nullopt, false};
    exited.last_words = "no such table";
    return step(exited);
  }
  /// As the table of all processes tells it; a change to an ended state names the child that was.
  [[nodiscard]] cluster::ProcessFact in_table(std::int32_t pid) const {
    cluster::ProcessFact fact = fact_of(process(), false);
    fact.pid = pid;
    return fact;
  }
  [[nodiscard]] const supervision::Process& process() const { return *supervisor_->find("p", "p"); }

  ProcessId key_{"p", "p"};
  supervision::StartId child_{};
  std::int64_t seconds_ = 1000;
  std::unique_ptr<supervision::Supervisor> supervisor_;
};

TEST_F(Facts, AnEndTellsItsOwnRunAlsoWhenTheNextBeginsAtOnce) {
  run();
  const std::int64_t started_us = process().record().last_run.start_wall.us;
  const auto since_ms = std::uint64_t(process().record().last_run.started_at.ms());
  const auto facts = end(3);
  ASSERT_EQ(facts.size(), 2U);
  const cluster::ProcessFact& exited = facts[0];
  EXPECT_EQ(exited.state, ProcessState::exited);
  EXPECT_EQ(exited.pid, 100);
  EXPECT_EQ(exited.exit_status, 3);
  EXPECT_FALSE(exited.expected_exit);
  EXPECT_TRUE(exited.awaits_restart);
  EXPECT_EQ(exited.spawn_error, "Bad exit code 3");
  EXPECT_EQ(exited.ending, "exit status 3");
  EXPECT_EQ(exited.last_words, "no such table");
  EXPECT_EQ(exited.start_us, started_us);
  EXPECT_EQ(exited.stop_us, seconds_ * 1'000'000);
  EXPECT_EQ(exited.since_mono_ms, since_ms);
  EXPECT_EQ(exited.event_us, seconds_ * 1'000'000) << "each change has its own times";
  EXPECT_GT(exited.event_mono_ms, since_ms);
  const cluster::ProcessFact& starting = facts[1];
  EXPECT_EQ(starting.state, ProcessState::starting);
  EXPECT_EQ(starting.exit_status, 0);
  EXPECT_TRUE(starting.expected_exit);
  EXPECT_FALSE(starting.awaits_restart);
  EXPECT_EQ(starting.spawn_error + starting.ending + starting.last_words, "");
  EXPECT_EQ(starting.start_us, seconds_ * 1'000'000);
  EXPECT_EQ(starting.stop_us, seconds_ * 1'000'000) << "of the run before";
}

TEST_F(Facts, AChangeAndTheTableOfAllSayTheSame) {
  run();
  auto facts = step(supervision::ProcessRequest{supervision::RequestId{1}, supervision::Action::stop, "p", false, ""});
  EXPECT_EQ(facts.back(), in_table(100));
  facts = end(0);
  ASSERT_EQ(facts.back().state, ProcessState::stopped);
  EXPECT_EQ(facts.back(), in_table(100));
  step(supervision::ProcessRequest{supervision::RequestId{2}, supervision::Action::start, "p", false, ""});
  facts = step(supervision::SpawnFailed{key_, child_, {supervision::SpawnFailure::other, "can't find command 'p'"}});
  ASSERT_EQ(facts.back().state, ProcessState::fatal);
  EXPECT_EQ(facts.back().spawn_error, "can't find command 'p'");
  EXPECT_EQ(facts.back(), in_table(0));
}

}  // namespace
}  // namespace holdfast
