// An upgrade to an agent's program that does not come up, however it is broken and whatever ended the one
// before: the one that ran is there again within a moment, its programs notice nothing, and it is told why.
#include "tests/keeper/fixture.hpp"

namespace holdfast {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class AgentUpgrade : public KeeperTest {
 protected:
  AgentUpgrade() { times("0", 60'000); }
  /// `trial_ms`: how long a new program may take to be ready.
  void times(const std::string& restart_delays_ms, int trial_ms) const {
    settings("nodaemon=1\npidfile=" + dir_ + "/keeper.pid\nstate_dir=" + dir_ +
             "/state\ntrial_ms=" + std::to_string(trial_ms) + "\nrestart_delays_ms=" + restart_delays_ms + "\n");
  }

  [[nodiscard]] std::string program() const { return dir_ + "/holdfast-agent"; }
  /// Another file at the agent's path, as a package's upgrade leaves it.
  void install(const std::string& content, int mode = 0755) const {
    std::ofstream(dir_ + "/new", std::ios::binary) << content;
    chmod((dir_ + "/new").c_str(), static_cast<mode_t>(mode));
    std::filesystem::rename(dir_ + "/new", program());
  }
  /// An agent that does what one of the test agent's last words says; empty: all that an agent does.
  void install_agent(const std::string& word) const {
    std::ofstream(dir_ + "/new-agent") << word;
    std::filesystem::copy_file(TEST_AGENT, dir_ + "/new");
    std::filesystem::rename(dir_ + "/new", program());
  }

  void start_with_child() {
    start();
    child_ = spawn_script(1, "exec sleep 60", "blob=program:one\n");
  }
  /// The agent that came is the one of before, which was told `reason`, `times` times.
  void expect_former(const std::string& reason, std::size_t times = 1) {
    const std::vector<std::string> events = meet_agent();
    EXPECT_THAT(events, Contains("former"));
    EXPECT_THAT(events, Contains(AllOf(StartsWith("trouble agent " + program()), HasSubstr(reason))).Times(times));
    EXPECT_THAT(events, Contains("child 1 " + std::to_string(child_) + " alive 0 - program:one"));
    EXPECT_EQ(event(), "started 0");
    EXPECT_THAT(read_text(dir_ + "/err"), HasSubstr(reason)) << "for who has no log at hand";
  }

  pid_t child_ = -1;
};

TEST_F(AgentUpgrade, WhatIsFallenBackToMayBeAScript) {
  install("#!/bin/sh\nexec " TEST_AGENT " \"$@\"\n");
  start_with_child();
  install("no program at all\n");
  command("exit 76");
  expect_former("it cannot be run: Exec format error");
}

TEST_F(AgentUpgrade, ToAProgramThatDoesNotRunFallsBackAtOnce) {
  times("60000", 60'000);  // there is no wait
  start_with_child();
  install("no program at all\n");
  command("exit 76");
  expect_former("it cannot be run: Exec format error");
  install(read_text(TEST_AGENT).substr(0, 20'000));
  command("exit 76");
  expect_former(program());  // what the kernel or the loader makes of half a program
  install("", 0644);
  command("exit 76");
  expect_former("it cannot be run: Permission denied");
  std::filesystem::remove(program());
  command("exit 76");
  expect_former("it cannot be run: No such file or directory");
  install_agent("--crash");
  command("exit 76");
  expect_former("it was ended by signal 6");
  for (const std::string status : {"0", "2", "75", "76", "77"}) {  // of what is no agent they mean nothing
    install("#!/bin/sh\nexit " + status + "\n");
    command("exit 76");
    expect_former("it ended with status " + status);
  }
}

TEST_F(AgentUpgrade, ToAProgramThatRunsEndsTheTrouble) {
  start_with_child();
  install("no program at all\n");
  command("exit 76");
  expect_former("Exec format error");
  install_agent("");
  command("exit 76");
  const std::vector<std::string> events = meet_agent();
  EXPECT_THAT(events, Not(Contains("former")));
  EXPECT_THAT(events, Not(Contains(StartsWith("trouble"))));
  EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(agent_) + "/exe"), program());
  EXPECT_EQ(event(), "started 0");
  install("no program at all\n");
  command("exit 76");
  expect_former("Exec format error");
  EXPECT_THAT(std::filesystem::read_symlink("/proc/" + std::to_string(agent_) + "/exe").string(), StartsWith(program()))
      << "the one that ran last";
}

TEST_F(AgentUpgrade, IsMetByACrashAndByARestartToo) {
  start_with_child();
  install("no program at all\n");
  kill_agent();
  expect_former("Exec format error");
  kill_agent();
  expect_former("Exec format error");
  command("exit 75");
  expect_former("Exec format error");
}

TEST_F(AgentUpgrade, ToAProgramThatCrashesAfterItsHelloFallsBackAfterThreeTries) {
  start_with_child();
  install_agent("--hello");
  command("exit 76");
  expect_former("it was ended by signal 6", 3);
}

TEST_F(AgentUpgrade, ToAProgramThatRefusesFallsBackAlsoWithoutPrograms) {
  start();
  install_agent("--refuse");
  command("exit 75");
  const std::vector<std::string> events = meet_agent();
  EXPECT_THAT(events, Contains("former"));
  EXPECT_THAT(events, Contains(HasSubstr("Error: address already in use")));
}

TEST_F(AgentUpgrade, ToAProgramThatHangsFallsBackInTime) {
  times("0", 300);
  start_with_child();
  install_agent("--hang");
  command("exit 76");
  expect_former("it was not ready in time");
}

TEST_F(AgentUpgrade, WhatRanIsStillThereAfterTheKeeperWasReplaced) {
  start_with_child();
  command("exit 77");
  meet_agent();
  EXPECT_EQ(event(), "started 0");
  install("no program at all\n");
  command("exit 77");
  expect_former("Exec format error");
}

TEST_F(AgentUpgrade, AKeeperThatCouldNotBeReplacedSaysWhy) {
  start_with_child();
  std::filesystem::remove(dir_ + "/holdfastd");
  std::ofstream(dir_ + "/holdfastd") << "#!/bin/sh\necho no such library >&2\nexit 127\n";
  chmod((dir_ + "/holdfastd").c_str(), 0755);
  command("exit 77");
  EXPECT_THAT(meet_agent(), Contains(AllOf(StartsWith("trouble keeper "), HasSubstr("no such library"))));
}

}  // namespace
}  // namespace holdfast
