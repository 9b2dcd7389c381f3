// The keeper itself is killed: programs live on, and the next keeper on the same state directory finds them.
#include <unistd.h>

#include "keeper/children_file.hpp"
#include "tests/keeper/fixture.hpp"

namespace holdfast {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class KeeperLoss : public KeeperTest {
 protected:
  KeeperLoss() {
    EXPECT_EQ(mkfifo((dir_ + "/go").c_str(), 0600), 0);
    EXPECT_EQ(mkfifo((dir_ + "/stop").c_str(), 0600), 0);
  }
  void open_gate(const std::string& name) const { std::ofstream(dir_ + "/" + name) << "go\n"; }
};

TEST_F(KeeperLoss, TheNextKeeperFindsSupervisesAndEndsThePrograms) {
  start();
  const std::string go = dir_ + "/go";
  const pid_t pid = spawn_script(1,
                                 "trap 'echo bye; exit 3' TERM; echo up; read x < " + go +
                                     "; echo after; read y; echo got $y; while :; do sleep 60 & wait; done",
                                 "blob=program:one\n");
  EXPECT_EQ(output(1), "up\n");
  spawn_script(2, "exit 4", "blob=program:two\n");
  event_starting("exited 2 ");
  command("blob 1 program:one RUNNING");
  command("agent_blob 0 of the first");
  command("spawn\nid=1\nfile=/bin/true\narg=true\n");  // its refusal comes after both were heard
  event_starting("spawn_failed 1 ");
  kill_keeper();

  start_keeper();
  const std::vector<std::string> events = meet_agent();
  EXPECT_THAT(events.at(0), StartsWith("welcome 2 0 0 " + std::to_string(keeper_) + " "))
      << "start ids are never used twice";
  EXPECT_THAT(events, Contains("found 1 " + std::to_string(pid) + " alive 0 - program:one RUNNING"));
  EXPECT_EQ(events.size(), 3U) << "what had ended, and was known to have, is not told again";
  EXPECT_EQ(event(), "started 0");
  open_gate("go");
  EXPECT_EQ(output(1), "after\n") << "its pipe was opened anew";
  command("line 1 words");
  EXPECT_EQ(output(1), "got words\n") << "its stdin, too";
  command("spawn\nid=1\nfile=/bin/true\narg=true\n");
  EXPECT_EQ(event(), "spawn_failed 1 2 " + std::to_string(EEXIST));

  kill_agent();  // it is the keeper that has it, for every agent
  EXPECT_THAT(meet_agent(), Contains("found 1 " + std::to_string(pid) + " alive 0 - program:one RUNNING"));
  command("signal 1 15");
  EXPECT_EQ(event_starting("exited 1 "), "exited 1 " + std::to_string(pid) + " unknown 0 0");
  EXPECT_EQ(output(1), "bye\n");
  command("ack 1");
  command("exit 0");
  EXPECT_EQ(keeper_end(), 0);
}

TEST_F(KeeperLoss, WhatEndedWhileNoKeeperWasThereIsToldWithoutAStatus) {
  start();
  const pid_t pid = spawn_script(1, "read x < " + dir_ + "/go; exit 4", "blob=program:one\n");
  const UniqueFd pidfd = pidfd_of(pid);
  kill_keeper();
  open_gate("go");
  EXPECT_TRUE(wait_end(pidfd));
  start_keeper();
  EXPECT_THAT(meet_agent(), Contains("found 1 " + std::to_string(pid) + " ended unknown - program:one"));
  command("ack 1");
  command("ping 0");
  EXPECT_EQ(event_starting("pong"), "pong");
  kill_keeper();
  start_keeper();
  EXPECT_EQ(meet_agent().size(), 2U) << "and only once";
}

TEST_F(KeeperLoss, ASecondLossIsSurvivedToo) {
  start();
  const pid_t pid = spawn_script(1, "exec sleep 60", "blob=program:one\n");
  for (int turn = 0; turn < 2; ++turn) {
    kill_keeper();
    start_keeper();
    EXPECT_THAT(meet_agent(), Contains("found 1 " + std::to_string(pid) + " alive 0 - program:one"));
    EXPECT_EQ(event(), "started 0");
  }
  const pid_t later = spawn_script(7, "exec sleep 60", "blob=program:seven\n");
  kill_keeper();
  start_keeper();
  const std::vector<std::string> events = meet_agent();
  EXPECT_THAT(events, Contains("found 1 " + std::to_string(pid) + " alive 0 - program:one"));
  EXPECT_THAT(events, Contains("found 7 " + std::to_string(later) + " alive 0 - program:seven"));
}

TEST_F(KeeperLoss, TermWhileNoAgentRunsEndsFoundProgramsWithTheirGroups) {
  settings("nodaemon=1\nstate_dir=" + dir_ + "/state\nrestart_delays_ms=60000\n");
  start();
  const pid_t pid = spawn_script(1, "sleep 61 & echo $!; wait");
  const UniqueFd below = pidfd_of(std::stoi(output(1)));
  const UniqueFd pidfd = pidfd_of(pid);
  kill_keeper();
  start_keeper();
  meet_agent();
  EXPECT_EQ(event(), "started 0");
  const UniqueFd agent = pidfd_of(agent_);
  kill_agent();
  EXPECT_TRUE(wait_end(agent));
  kill(keeper_, SIGTERM);
  EXPECT_EQ(keeper_end(), 0) << "it saw the end";
  EXPECT_TRUE(wait_end(pidfd));
  EXPECT_TRUE(wait_end(below));
}

TEST_F(KeeperLoss, AKeeperThatIsRefusedLeavesTheProgramsForTheNext) {
  start();
  const pid_t pid = spawn_script(1, "exec sleep 60", "blob=program:one\n");
  for (const char* trouble : {"--refuse", "--crash"}) {
    kill_keeper();
    start_keeper({trouble});
    EXPECT_EQ(WEXITSTATUS(keeper_end()), std::string(trouble) == "--refuse" ? 2 : 1);
    EXPECT_EQ(kill(pid, 0), 0) << trouble;
    start_keeper();
    EXPECT_THAT(meet_agent(), Contains("found 1 " + std::to_string(pid) + " alive 0 - program:one"));
  }
}

TEST_F(KeeperLoss, ASecondKeeperOnTheSameStateIsRefusedAndTouchesNothing) {
  start();
  const pid_t pid = spawn_script(1, "exec sleep 60", "blob=program:one\n");
  const pid_t first = keeper_;
  start_keeper();
  EXPECT_EQ(WEXITSTATUS(keeper_end()), 2);
  EXPECT_THAT(read_text(dir_ + "/err"),
              HasSubstr("Error: state directory " + dir_ + "/state is in use by another holdfastd"));
  keeper_ = first;
  command("signal 1 15");
  EXPECT_EQ(event_starting("exited 1 "), "exited 1 " + std::to_string(pid) + " 15 0 0") << "still its child";
}

TEST_F(KeeperLoss, ARecordOfAnotherBootOrOfAnotherProcessWithThatPidIsNotBelieved) {
  start();
  spawn_script(1, "exec sleep 60", "blob=program:one\n");
  spawn_script(2, "exec sleep 60", "blob=program:two\n");
  kill_keeper();
  const std::string path = dir_ + "/state/children";
  {
    // The second slot's start time, as if its pid had been given to somebody else since.
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    keeper::SavedChild saved;
    file.seekg(4096 + 8192);
    file.read(reinterpret_cast<char*>(&saved), sizeof saved);
    ++saved.start_time_ticks;
    file.clear();
    file.seekp(4096 + 8192);
    file.write(reinterpret_cast<const char*>(&saved), offsetof(keeper::SavedChild, blob));
  }
  start_keeper();
  std::vector<std::string> events = meet_agent();
  EXPECT_THAT(events, Contains(StartsWith("found 1 " + std::to_string(started_[0]) + " alive ")));
  EXPECT_THAT(events, Contains(StartsWith("found 2 " + std::to_string(started_[1]) + " ended unknown")));
  command("signal 2 9");  // must not reach whoever has that pid now
  command("spawn\nid=1\nfile=/bin/true\narg=true\n");
  event_starting("spawn_failed 1 ");
  EXPECT_EQ(kill(started_[1], 0), 0);
  kill_keeper();
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8);
    file << "00000000-0000-0000-0000-000000000000";
  }
  start_keeper();
  EXPECT_THAT(meet_agent(), Not(Contains(StartsWith("found "))));
}

TEST_F(KeeperLoss, OutputThatItHadSpooledAndWhatIsInThePipeAreNotLost) {
  settings("nodaemon=1\nstate_dir=" + dir_ + "/state\nrestart_delays_ms=60000\n");
  start();
  const std::string log = dir_ + "/log";
  const std::string done = dir_ + "/done";
  spawn_script(1, "read x < " + dir_ + "/go; seq 1 30000; echo yes > " + done + "; read x < " + dir_ + "/stop",
               "blob=log=" + log + "\n");
  const UniqueFd agent = pidfd_of(agent_);
  kill_agent();
  EXPECT_TRUE(wait_end(agent));
  open_gate("go");
  while (read_text(done).empty()) {
    poll(nullptr, 0, 5);
  }
  kill_keeper();
  start_keeper();
  const std::vector<std::string> events = meet_agent();
  EXPECT_THAT(events.at(1), HasSubstr(" alive 0 spool log="));
  open_gate("stop");
  EXPECT_EQ(event_starting("drained "), "drained 1");
  std::string expected;
  for (int i = 1; i <= 30000; ++i) {
    expected += std::to_string(i) + "\n";
  }
  EXPECT_TRUE(read_text(log) == expected) << read_text(log).size() << " of " << expected.size() << " bytes";
}

}  // namespace
}  // namespace holdfast
