// What a supervisor makes of an end that nobody could see (its keeper had been killed), and how it hands over to the
// next agent (DESIGN section 4).
#include <gtest/gtest.h>

#include <algorithm>

#include "supervision/process_info.hpp"
#include "supervision/supervisor.hpp"

namespace holdfast::supervision {
namespace {

class OneProgram : public testing::Test {
 protected:
  explicit OneProgram(config::AutoRestart autorestart = config::AutoRestart::unexpected) {
    config::ProcessSettings settings;
    settings.name = settings.command = "p";
    settings.lifecycle.startsecs = 0;
    settings.lifecycle.autorestart = autorestart;
    config::GroupSettings group;
    group.name = "p";
    group.processes = {settings};
    supervisor_ = std::make_unique<Supervisor>(
        std::vector{group}, SupervisorOptions{[](const config::ProcessSettings&) { return std::nullopt; }, 1});
    step(Begin{});
  }
  void run() { step(ChildSpawned{key_, StartId{1}, 100}); }
  std::vector<Effect> step(const Input& input) {
    supervisor_->step(Instant{now_ns_ += 1'000'000'000}, WallTime::from_seconds(1000), input);
    return supervisor_->take_effects();
  }
  void end_unseen() {
    ChildExited exited{key_, StartId{1}, 0, std::nullopt, std::nullopt, true};
    effects_ = step(exited);
  }
  [[nodiscard]] bool said(const std::string& text) const {
    return std::any_of(effects_.begin(), effects_.end(), [&](const Effect& effect) {
      const auto* line = std::get_if<LogLine>(&effect);
      return line != nullptr && line->text == text;
    });
  }
  [[nodiscard]] ProcessInfo info() const {
    return info_of(*supervisor_->find("p", "p"), WallTime::from_seconds(2000), [](std::int64_t) { return 0; });
  }
  template <typename Wanted>
  static const Wanted* find(const std::vector<Effect>& effects) {
    for (const Effect& effect : effects) {
      if (const auto* found = std::get_if<Wanted>(&effect)) {
        return found;
      }
    }
    return nullptr;
  }

  ProcessId key_{"p", "p"};
  std::int64_t now_ns_ = 0;
  std::unique_ptr<Supervisor> supervisor_;
  std::vector<Effect> effects_;
};

class NotRestarted : public OneProgram {
 protected:
  NotRestarted() : OneProgram(config::AutoRestart::never) {}
};

TEST_F(NotRestarted, AnEndThatNobodySawIsSaidToBeUnknown) {
  run();
  end_unseen();
  EXPECT_TRUE(said("exited: p (exit status unknown; not expected)"));
  EXPECT_EQ(info().statename, "EXITED");
  EXPECT_EQ(info().exitstatus, -1);
  EXPECT_EQ(info().spawnerr, kExitStatusUnknown);
  EXPECT_EQ(info().description, "Jan 01 12:16 AM, exit status unknown");
}

TEST_F(OneProgram, AnEndThatNobodySawIsAnUnexpectedOne) {
  run();
  end_unseen();
  ASSERT_NE(find<SpawnChild>(effects_), nullptr) << "better one start too many than a service that stays down";
  EXPECT_EQ(info().spawnerr, "");
}

TEST_F(NotRestarted, AStopOfWhichTheStatusIsUnknown) {
  run();
  step(ProcessRequest{RequestId{1}, Action::stop, "p", false, ""});
  end_unseen();
  EXPECT_TRUE(said("stopped: p (exit status unknown)"));
  EXPECT_EQ(info().statename, "STOPPED");
  EXPECT_EQ(info().description, "Jan 01 12:16 AM, exit status unknown");
  step(ProcessRequest{RequestId{2}, Action::start, "p", false, ""});
  EXPECT_EQ(info().spawnerr, "") << "of the next start nothing is unknown";
}

TEST_F(OneProgram, HandsOverWithoutTouchingAProgram) {
  run();
  for (const bool keeper_too : {false, true}) {
    Supervisor supervisor({}, SupervisorOptions{[](const config::ProcessSettings&) { return std::nullopt; }, 1});
    supervisor.step(Instant{1}, WallTime{}, Begin{});
    (void)supervisor.take_effects();
    supervisor.step(Instant{2}, WallTime{}, HandOver{RequestId{7}, keeper_too});
    const std::vector<Effect> effects = supervisor.take_effects();
    ASSERT_NE(find<Exit>(effects), nullptr);
    EXPECT_EQ(find<Exit>(effects)->reason, keeper_too ? ExitReason::hand_over_keeper : ExitReason::hand_over);
  }
  const std::vector<Effect> effects = step(HandOver{RequestId{7}, false});
  EXPECT_EQ(find<SignalChild>(effects), nullptr);
  EXPECT_EQ(find<AcknowledgeExit>(effects), nullptr);
  ASSERT_NE(find<Completed>(effects), nullptr);
  EXPECT_TRUE(std::holds_alternative<Done>(find<Completed>(effects)->answer));
  EXPECT_TRUE(step(ChildExited{key_, StartId{1}, 0, {}, {}, false}).empty()) << "that is the next agent's";
}

TEST(HandOver, WhatOnlyTheAgentsOwnBlobKeepsIsSavedBefore) {
  config::GroupSettings group;
  group.name = "many";
  constexpr int processes = 40;  // above limits::agent_blob_eager: the blob is written now and then only
  for (int i = 0; i < processes; ++i) {
    config::ProcessSettings settings;
    settings.name = settings.command = "p" + std::to_string(i);
    group.processes.push_back(settings);
  }
  Supervisor supervisor({group}, SupervisorOptions{[](const config::ProcessSettings&) { return std::nullopt; }, 1});
  supervisor.step(Instant{1}, WallTime{}, Begin{});
  for (const Effect& effect : supervisor.take_effects()) {
    if (const auto* spawn = std::get_if<SpawnChild>(&effect)) {
      supervisor.step(Instant{2}, WallTime{}, SpawnFailed{spawn->key, spawn->start_id, {}});
    }
  }
  std::string kept;
  const auto take = [&] {
    for (const Effect& effect : supervisor.take_effects()) {
      if (const auto* saved = std::get_if<SaveAgentBlob>(&effect)) {
        kept = saved->bytes;
      }
    }
    return decode_agent_record(kept).value().processes.size();
  };
  ASSERT_LT(take(), std::size_t{processes}) << "nothing was left to be saved: the test shows nothing";
  supervisor.step(Instant{3}, WallTime{}, HandOver{RequestId{7}, false});
  EXPECT_EQ(take(), std::size_t{processes});
}

TEST_F(OneProgram, NoHandoverDuringAShutdown) {
  run();
  step(ShutdownRequest{RequestId{1}});
  const std::vector<Effect> effects = step(HandOver{RequestId{7}, false});
  EXPECT_EQ(find<Exit>(effects), nullptr);
  ASSERT_NE(find<Completed>(effects), nullptr);
  EXPECT_EQ(std::get<FaultText>(find<Completed>(effects)->answer).fault, Fault::shutdown_state);
}

}  // namespace
}  // namespace holdfast::supervision
