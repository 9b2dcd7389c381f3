// The keeper's own life: as a daemon, as another user, as PID 1, told to stop at every moment, and the waits
// between agents that crash.
#include <unistd.h>

#include <algorithm>
#include <array>

#include "keeper/launch.hpp"
#include "tests/keeper/fixture.hpp"

namespace holdfast {
namespace {

using testing::HasSubstr;

constexpr std::int64_t ms = 1'000'000;

std::int64_t since(Instant begun) {
  return (monotonic_now() - begun).count();
}

/// Waits for a file that another process writes in one go.
std::string text_once_there(const std::string& path) {
  for (int turn = 0; turn < patience_ms / 5; ++turn) {
    if (const std::string text = read_text(path); !text.empty()) {
      return text;
    }
    poll(nullptr, 0, 5);
  }
  return {};
}

class KeeperLaunch : public KeeperTest {
 protected:
  /// The test agent in the keeper's own folder, for users who cannot reach the build folder.
  void bring_agent() const {
    std::filesystem::remove(dir_ + "/holdfast-agent");
    std::filesystem::copy_file(TEST_AGENT, dir_ + "/holdfast-agent");
    chmod((dir_ + "/control").c_str(), 0777);
    mkdir((dir_ + "/run").c_str(), 0777);
    chmod((dir_ + "/run").c_str(), 0777);
  }
};

TEST_F(KeeperLaunch, ABrokenConfigurationOfADaemonIsSaidToTheStartingShell) {
  settings("nodaemon=0\npidfile=" + dir_ + "/keeper.pid\n");
  start_keeper({"--broken"});
  EXPECT_EQ(exited_with(keeper_end()), 2);
  EXPECT_EQ(read_text(dir_ + "/err"), "Error: the file is broken\n");
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/keeper.pid"));
}

TEST_F(KeeperLaunch, ADaemonWhoseAgentCrashesBeforeReadyTellsTheStartingShell) {
  settings("nodaemon=0\n");
  start_keeper({"--crash"});
  EXPECT_EQ(exited_with(keeper_end()), 1);
  EXPECT_THAT(read_text(dir_ + "/err"), HasSubstr("signal 6 (Aborted) before it was ready"));
}

TEST_F(KeeperLaunch, DropsToTheUserOfTheSettings) {  // contract supervisor.md 1.9 user
  if (getuid() != 0) {
    GTEST_SKIP() << "only root can change ids";
  }
  bring_agent();
  settings("nodaemon=1\nuid=1234\ngid=1235\ngroups=1235,1236\npidfile=" + dir_ + "/run/keeper.pid\n");
  start();
  EXPECT_EQ(read_text(dir_ + "/run/keeper.pid"), std::to_string(keeper_) + "\n");
  const pid_t program = spawn_script(1, "exec sleep 60");
  for (const pid_t pid : {keeper_, agent_, program}) {
    EXPECT_EQ(status_field(pid, "Uid"), "1234 1234 1234 1234");
    EXPECT_EQ(status_field(pid, "Gid"), "1235 1235 1235 1235");
    EXPECT_EQ(status_field(pid, "Groups"), "1235 1236");
    EXPECT_EQ(status_field(pid, "CapEff"), "0000000000000000");
  }
  spawn_script(2, "echo never", "ids=1300\n");
  EXPECT_EQ(word(event_starting("exited 2 "), 3), std::to_string(127 << 8)) << "no way back";
  EXPECT_THAT(output(2, "err"), HasSubstr("couldn't setuid to 1300: Can't drop privilege as nonroot user"));
}

TEST_F(KeeperLaunch, AnotherUserThanItsOwnIsRefusedWithoutRoot) {
  if (getuid() != 0) {
    GTEST_SKIP() << "needs root to become somebody else first";
  }
  bring_agent();
  settings("nodaemon=1\nuid=1300\ngid=1300\ngroups=1300\n");
  start_keeper({}, {"setpriv", "--reuid=1234", "--regid=1234", "--clear-groups"});
  EXPECT_EQ(exited_with(keeper_end()), 2);
  EXPECT_EQ(read_text(dir_ + "/err"), "Error: Can't drop privilege as nonroot user\n");
}

TEST_F(KeeperLaunch, AsPid1ItStaysReapsOrphansAndEndsOnTerm) {  // contract supervisor.md 2.7
  if (std::system("unshare --pid --fork --mount-proc true 2>/dev/null") != 0) {
    GTEST_SKIP() << "no pid namespace is to be had";
  }
  ASSERT_EQ(mkfifo((dir_ + "/go").c_str(), 0600), 0);
  settings("nodaemon=0\nstate_dir=" + dir_ + "/state\n");  // a daemon it cannot become: it is PID 1
  start_keeper({}, {"unshare", "--pid", "--fork", "--kill-child", "--mount-proc"});
  EXPECT_EQ(word(meet_agent().at(0), 4), "1");
  EXPECT_EQ(event(), "started 0");
  command("spawn\nid=1\nfile=/bin/sh\narg=sh\narg=-c\narg=(read go < " + dir_ +
          "/go; exit 9) & exit 3\nenv=PATH=/usr/bin:/bin\n");
  EXPECT_EQ(word(event_starting("exited 1 "), 3), std::to_string(3 << 8));
  std::ofstream(dir_ + "/go") << "go\n";
  EXPECT_EQ(word(event_starting("reaped "), 2), std::to_string(9 << 8)) << "the orphan";
  kill_agent();
  EXPECT_EQ(word(meet_agent().at(0), 3), "9") << "the agent is nobody's orphan";
  EXPECT_EQ(event_starting("started"), "started 0");
  const std::string init =
      read_text("/proc/" + std::to_string(keeper_) + "/task/" + std::to_string(keeper_) + "/children");
  kill(std::stoi(init), SIGTERM);
  EXPECT_EQ(event(), "signal 15");
  command("exit 0");
  EXPECT_EQ(exited_with(keeper_end()), 0);
}

TEST_F(KeeperLaunch, TermBeforeTheFirstReadyEndsIt) {
  start_keeper({"--hang"});
  const pid_t agent = std::stoi(text_once_there(dir_ + "/hanging"));
  const UniqueFd pidfd = pidfd_of(agent);
  kill(keeper_, SIGTERM);
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_TRUE(wait_end(pidfd));
}

TEST_F(KeeperLaunch, TermWhileNoAgentRunsEndsTheGroupsAndKillsWhatStaysAfterTenSeconds) {
  settings("nodaemon=1\npidfile=" + dir_ + "/keeper.pid\nrestart_delays_ms=60000\n");
  start();
  const pid_t obedient = spawn_script(1, "sleep 61 & echo $!; wait");
  const std::string grandchild = output(1);
  const pid_t stubborn = spawn_script(2, "trap '' TERM; sleep 62 & echo up; while :; do wait; done");
  EXPECT_EQ(output(2), "up\n");
  const UniqueFd first = pidfd_of(obedient);
  const UniqueFd below = pidfd_of(std::stoi(grandchild));
  const UniqueFd last = pidfd_of(stubborn);
  kill_agent();
  while (!event().empty()) {
  }
  const Instant begun = monotonic_now();
  kill(keeper_, SIGTERM);
  EXPECT_TRUE(wait_end(first));
  EXPECT_TRUE(wait_end(below)) << "its group, too";
  EXPECT_LT(since(begun), 5000 * ms) << "no second is waited for an obedient program";
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_GE(since(begun), 10000 * ms);
  EXPECT_LT(since(begun), 15000 * ms);
  EXPECT_TRUE(wait_end(last));
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/keeper.pid"));
}

TEST_F(KeeperLaunch, HupAndUsr2WhileNoAgentRunsAreToldToTheNext) {
  settings("nodaemon=1\nrestart_delays_ms=200\n");
  start();
  const UniqueFd pidfd = pidfd_of(agent_);
  kill_agent();
  EXPECT_TRUE(wait_end(pidfd));  // it is a zombie: nothing can be told to it any more
  kill(keeper_, SIGHUP);
  kill(keeper_, SIGUSR2);
  meet_agent();
  EXPECT_EQ(event(), "started 0");
  EXPECT_EQ(event(), "signal 1");
  EXPECT_EQ(event(), "signal 12");
  command("exit 75");
  meet_agent();
  EXPECT_EQ(event(), "started 0");
  command("ping 0");
  EXPECT_EQ(event(), "pong") << "and to no other";
}

TEST_F(KeeperLaunch, WaitsBetweenAgentsThatCrash) {
  EXPECT_EQ(keeper::LaunchSettings().restart_delays_ms, (std::vector<std::uint32_t>{0, 100, 500, 2000, 10000}));
  settings("nodaemon=1\nstate_dir=" + dir_ + "/state\n");
  const std::array<std::int64_t, 4> waits{0, 100, 500, 2000};
  std::array<std::int64_t, 4> best{INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};  // what the machine adds is chance
  const auto in_time = [&](std::size_t i) { return best[i] < (waits[i] + 1500) * ms; };
  for (int turn = 0; turn < 3 && !(in_time(0) && in_time(1) && in_time(2) && in_time(3)); ++turn) {
    start();
    for (std::size_t i = 0; i < waits.size(); ++i) {
      const Instant begun = monotonic_now();
      kill_agent();
      meet_agent();
      best[i] = std::min(best[i], since(begun));
      EXPECT_GE(since(begun), waits[i] * ms);
    }
    EXPECT_EQ(event(), "started 0");
    command("exit 0");
    EXPECT_EQ(exited_with(keeper_end()), 0);
  }
  for (std::size_t i = 0; i < waits.size(); ++i) {
    EXPECT_TRUE(in_time(i)) << "after " << waits[i] << " ms: " << best[i] / ms;
  }
}

TEST_F(KeeperLaunch, TheLastWaitIsThatOfAllFurtherCrashes) {
  settings("nodaemon=1\nrestart_delays_ms=0,300\n");
  start();
  for (const std::int64_t wait : {0, 300, 300}) {
    const Instant begun = monotonic_now();
    command("exit 1");
    EXPECT_EQ(word(meet_agent().at(0), 2), "2");
    EXPECT_GE(since(begun), wait * ms);
  }
}

TEST_F(KeeperLaunch, ARestartThatWasAskedForHasNoWait) {
  settings("nodaemon=1\nrestart_delays_ms=0,60000\n");
  start();
  kill_agent();
  meet_agent();
  const Instant begun = monotonic_now();
  command("exit 75");
  EXPECT_EQ(word(meet_agent().at(0), 2), "1");
  EXPECT_LT(since(begun), 30000 * ms);
}

}  // namespace
}  // namespace holdfast
