// Who restarts a process that ended by itself (contract supvisors.md CFG-E5, RUL-C6): its autorestart, or the cluster.
#include "supervision/restart_policy.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "supervision/supervisor.hpp"

namespace holdfast::supervision {
namespace {

/// `web` of group `app`, with autorestart always, and a keeper that does at once what it is told.
class RestartPolicyTest : public testing::Test {
 protected:
  void make(RestartPolicyOf policy) {
    config::ProcessSettings settings;
    settings.name = settings.program_name = "web";
    settings.command = "/bin/x";
    settings.lifecycle.autorestart = config::AutoRestart::always;
    config::GroupSettings group;
    group.name = "app";
    group.processes = {settings};
    SupervisorOptions options;
    options.probe = [](const config::ProcessSettings&) { return std::nullopt; };
    options.restart_policy = std::move(policy);
    supervisor_ = std::make_unique<Supervisor>(std::vector{group}, options);
  }

  void step(const Input& input) {
    supervisor_->step(now_, WallTime{now_.ns / 1000}, input);
    for (const Effect& effect : supervisor_->take_effects()) {
      if (const auto* spawn = std::get_if<SpawnChild>(&effect)) {
        ++spawned_;
        child_ = spawn->start_id;
        step(ChildSpawned{spawn->key, spawn->start_id, 77});
      }
    }
  }
  /// It runs, then ends with this exit status.
  void run_and_end(int status) {
    now_ = now_ + 10s;
    step(TimePassed{});
    ASSERT_EQ(web().state(), ProcessState::running);
    step(ChildExited{key_, child_, status << 8, {}, {}});
  }

  const Process& web() const { return *supervisor_->find("app", "web"); }
  const ProcessId key_{"app", "web"};
  std::unique_ptr<Supervisor> supervisor_;
  StartId child_{};
  int spawned_ = 0;
  Instant now_ = Instant::from_ms(1'000'000);
};

TEST_F(RestartPolicyTest, WithoutAClusterAutorestartHolds) {
  make({});
  step(Begin{});
  run_and_end(1);
  EXPECT_EQ(spawned_, 2);
}

TEST_F(RestartPolicyTest, CfgE5TheClusterAnswersTheEnd) {
  std::vector<ProcessId> asked;
  make([&](const ProcessId& id) {
    asked.push_back(id);
    return RestartPolicy::cluster;
  });
  step(Begin{});
  for (const int status : {1, 0}) {
    run_and_end(status);
    EXPECT_EQ(web().state(), ProcessState::exited);
    EXPECT_FALSE(web().awaits_restart()) << "the others are told so";
    EXPECT_FALSE(web().deadline());
    ProcessRequest start;
    start.namespec = "app:web";
    step(start);
    EXPECT_EQ(web().state(), ProcessState::starting) << "by request it starts";
  }
  EXPECT_EQ(asked, (std::vector<ProcessId>{key_, key_})) << "at each end, so that new rules hold at once";
}

TEST_F(RestartPolicyTest, CfgE5FailedStartsAreRetriedAllTheSame) {
  make([](const ProcessId&) { return RestartPolicy::cluster; });
  step(Begin{});
  step(ChildExited{key_, child_, 1 << 8, {}, {}});  // too quick
  EXPECT_EQ(web().state(), ProcessState::backoff);
  now_ = now_ + 2s;
  step(TimePassed{});
  EXPECT_EQ(spawned_, 2) << "startretries is no autorestart";
}

TEST_F(RestartPolicyTest, CfgE5WhatWaitedForItsRestartUnderTheAgentBeforeIsLeftToTheCluster) {
  ProcessRecord record;
  record.key = key_;
  record.state = ProcessState::exited;
  record.fingerprint = 1;
  record.timer = now_ + 1s;
  for (const auto policy : {RestartPolicy::autorestart, RestartPolicy::cluster}) {
    make([policy](const ProcessId&) { return policy; });
    spawned_ = 0;
    step(Adopt{encode(record), StartId{7}, 100, true});
    step(Begin{true});
    now_ = now_ + 5s;
    step(TimePassed{});
    EXPECT_EQ(spawned_, policy == RestartPolicy::autorestart ? 1 : 0);
  }
}

}  // namespace
}  // namespace holdfast::supervision
