// The installed programs take over while every program goes on: the agent alone, and keeper and agent.
#include <unistd.h>

#include "keeper/protocol.hpp"
#include "tests/keeper/fixture.hpp"

namespace holdfast {
namespace {

using testing::Contains;
using testing::Not;
using testing::StartsWith;

class KeeperHandover : public KeeperTest {
 protected:
  KeeperHandover() {
    settings("nodaemon=1\npidfile=" + dir_ + "/keeper.pid\nstate_dir=" + dir_ + "/state\nrestart_delays_ms=60000\n");
  }
  /// Another file at the keeper's path, as a package's upgrade leaves it.
  void install(const std::string& text = "") const {
    const std::string path = dir_ + "/holdfastd";
    std::filesystem::remove(path);
    if (text.empty()) {
      std::filesystem::copy_file(HOLDFASTD, path);
    } else {
      std::ofstream(path) << text;
      chmod(path.c_str(), 0755);
    }
  }
  ino_t running_program() const {
    struct stat info {};
    stat(("/proc/" + std::to_string(keeper_) + "/exe").c_str(), &info);
    return info.st_ino;
  }
  ino_t installed_program() const {
    struct stat info {};
    stat((dir_ + "/holdfastd").c_str(), &info);
    return info.st_ino;
  }
};

TEST_F(KeeperHandover, AnAgentThatHandsOverIsReplacedAtOnce) {
  start();
  const pid_t pid = spawn_script(1, "exec sleep 60", "blob=program:one\n");
  const Instant begun = monotonic_now();
  command("exit 76");
  const std::vector<std::string> events = meet_agent();
  EXPECT_LT(monotonic_now() - begun, 30s) << "no wait as after a crash";
  EXPECT_THAT(events.at(0), StartsWith("welcome 2 3 " + std::to_string(76 << 8) + " "));
  EXPECT_THAT(events, Contains("child 1 " + std::to_string(pid) + " alive 0 - program:one"));
}

TEST_F(KeeperHandover, TheKeeperBecomesTheInstalledProgramInPlace) {
  start();
  const pid_t pid = spawn_script(1, "echo up; read x; echo got $x; exit 5", "blob=program:one\n");
  EXPECT_EQ(output(1), "up\n");
  spawn_script(2, "exit 4", "blob=program:two\n");
  event_starting("exited 2 ");
  command("release_pipes 2");
  command("hold 0 kept text");
  command("agent_blob 0 the agent's own");
  command("spawn\nid=1\nfile=/bin/true\narg=true\n");  // its refusal comes after all of this was heard
  event_starting("spawn_failed 1 ");
  const auto files = open_files();
  for (int turn = 2; turn <= 4; ++turn) {
    install();
    EXPECT_NE(running_program(), installed_program());
    command("exit 77");
    const std::vector<std::string> events = meet_agent();
    EXPECT_EQ(running_program(), installed_program());
    EXPECT_THAT(events.at(0), StartsWith("welcome " + std::to_string(turn) + " 3 " + std::to_string(77 << 8) + " " +
                                         std::to_string(keeper_) + " "));
    EXPECT_THAT(events.at(0), testing::EndsWith("blob the agent's own"));
    EXPECT_THAT(events, Contains("child 1 " + std::to_string(pid) + " alive 0 - program:one"));
    EXPECT_THAT(events, Contains(StartsWith("child 2 ")));
    EXPECT_THAT(events, Not(Contains(StartsWith("handover_error"))));
    EXPECT_EQ(event(), "started 0");
    command("held 0");
    EXPECT_EQ(event(), "held kept text");
    EXPECT_EQ(open_files(), files) << "none lost, none left over";
  }
  EXPECT_EQ(read_text(dir_ + "/keeper.pid"), std::to_string(keeper_) + "\n");
  spawn_script(3, "env | grep -c HOLDFAST_KEEPER; ls /proc/self/fd | wc -l");
  event_starting("exited 3 ");
  EXPECT_EQ(output(3), "0\n4\n") << "neither the variable nor a descriptor reaches a program";
  command("line 1 words");
  EXPECT_EQ(event_starting("exited 1 "), "exited 1 " + std::to_string(pid) + " " + std::to_string(5 << 8) + " 0 0")
      << "still its child, so its status is known";
  EXPECT_EQ(output(1), "got words\n");
  kill(keeper_, SIGHUP);
  EXPECT_EQ(event(), "signal 1");
  command("exit 0");
  EXPECT_EQ(keeper_end(), 0);
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/keeper.pid"));
}

TEST_F(KeeperHandover, AProgramThatDoesNotUnderstandTheStateNeverTakesOver) {
  start();
  const pid_t pid = spawn_script(1, "exec sleep 60", "blob=program:one\n");
  const ino_t before = running_program();
  for (const char* broken : {"#!/bin/sh\nexit 1\n", "no program at all\n", "#!/bin/sh\nexec sleep 60\n",
                             "#!/bin/sh\nexit 0\n", "#!/bin/sh\necho 0.2.0\n"}) {
    install(broken);
    command("exit 77");
    const std::vector<std::string> events = meet_agent();
    EXPECT_THAT(events, Contains("handover_error " + std::to_string(keeper::handover_refused)));
    EXPECT_THAT(events, Contains("child 1 " + std::to_string(pid) + " alive 0 - program:one"));
    EXPECT_EQ(running_program(), before);
  }
  install();
  command("exit 77");
  EXPECT_THAT(meet_agent(), Not(Contains(StartsWith("handover_error"))));
  EXPECT_EQ(running_program(), installed_program());
}

TEST_F(KeeperHandover, AfterwardsAKilledKeepersProgramsAreFoundAsBefore) {
  start();
  const pid_t pid = spawn_script(1, "exec sleep 60", "blob=program:one\n");
  command("exit 77");
  meet_agent();
  EXPECT_EQ(event(), "started 0");
  const pid_t later = spawn_script(2, "exec sleep 60", "blob=program:two\n");
  kill_keeper();
  start_keeper();
  meet_agent();
  EXPECT_EQ(event(), "started 0");
  command("exit 77");  // and found ones go through it, too
  const std::vector<std::string> events = meet_agent();
  EXPECT_THAT(events, Contains("found 1 " + std::to_string(pid) + " alive 0 - program:one"));
  EXPECT_THAT(events, Contains("found 2 " + std::to_string(later) + " alive 0 - program:two"));
  command("signal 2 15");
  EXPECT_EQ(event_starting("exited 2 "), "exited 2 " + std::to_string(later) + " unknown 0 0");
}

}  // namespace
}  // namespace holdfast
