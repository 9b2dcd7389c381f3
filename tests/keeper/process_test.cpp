// holdfastd as a real process: launch, spawn, exits, signals, what a child sees, the agent's death and
// return.
#include <unistd.h>

#include <iterator>
#include <sstream>
#include <thread>

#include "keeper/log_spool.hpp"
#include "keeper/protocol.hpp"
#include "tests/keeper/fixture.hpp"

namespace holdfast {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST_F(KeeperTest, ABrokenConfigurationEndsItWithTheAgentsTextAndStatus2) {
  start_keeper({"--broken"});
  EXPECT_EQ(exited_with(keeper_end()), 2);
  EXPECT_EQ(read_text(dir_ + "/err"), "Error: the file is broken\n");
}

TEST_F(KeeperTest, WhatIsOnlyShownIsShown) {
  start_keeper({"--help"});
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_EQ(read_text(dir_ + "/out"), "help text\n");
}

TEST_F(KeeperTest, WhatIsOnlyShownMayBeLong) {
  start_keeper({"--help-long"});
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_TRUE(read_text(dir_ + "/out") == std::string(300'000, '.'));
}

TEST_F(KeeperTest, SettingsItDoesNotUnderstandEndIt) {
  settings("nodaemon=1\numask=nine\n");
  start_keeper();
  EXPECT_EQ(exited_with(keeper_end()), 1);
  EXPECT_THAT(read_text(dir_ + "/err"), HasSubstr("not understood: umask=nine"));
}

TEST_F(KeeperTest, AnAgentThatRefusesBeforeReadyEndsItWithStatus2) {
  start_keeper({"--refuse"});
  EXPECT_EQ(exited_with(keeper_end()), 2);
  EXPECT_EQ(read_text(dir_ + "/err"), "Error: address already in use\n");
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/keeper.pid"));
}

TEST_F(KeeperTest, AnAgentThatCrashesBeforeReadyEndsItWithStatus1) {
  start_keeper({"--crash"});
  EXPECT_EQ(exited_with(keeper_end()), 1);
  EXPECT_THAT(read_text(dir_ + "/err"), HasSubstr("signal 6 (Aborted) before it was ready"));
}

TEST_F(KeeperTest, PidFileFromReadyToTheEnd) {
  start();
  EXPECT_EQ(read_text(dir_ + "/keeper.pid"), std::to_string(keeper_) + "\n");
  command("exit 0");
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/keeper.pid"));
}

TEST_F(KeeperTest, APidFileThatCannotBeWrittenIsToldAndNotFatal) {
  settings("nodaemon=1\npidfile=/nowhere/keeper.pid\n");
  start_keeper();
  meet_agent();
  EXPECT_EQ(event(), "started " + std::to_string(ENOENT));
}

TEST_F(KeeperTest, DaemonisesAndTheStartingProcessWaitsForReady) {
  settings("nodaemon=0\npidfile=" + dir_ + "/keeper.pid\numask=027\ndirectory=/usr\n");
  start_keeper();
  const std::vector<std::string> events = meet_agent();
  EXPECT_EQ(exited_with(keeper_end()), 0) << "the starting process";
  const pid_t daemon = std::stoi(read_text(dir_ + "/keeper.pid"));
  EXPECT_EQ(std::to_string(daemon), word(events.at(0), 4));
  EXPECT_EQ(getsid(daemon) == getsid(0), false);
  EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(daemon) + "/cwd"), "/usr");
  spawn_script(1, "umask; readlink /proc/$PPID/fd/2");
  event_starting("exited 1 ");
  EXPECT_EQ(output(1), "0027\n/dev/null\n");
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, daemon, 0)));
  command("exit 0");
  EXPECT_TRUE(wait_end(pidfd));
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/keeper.pid"));
}

TEST_F(KeeperTest, ADaemonThatIsRefusedTellsTheStartingProcess) {
  settings("nodaemon=0\n");
  start_keeper({"--refuse"});
  EXPECT_EQ(exited_with(keeper_end()), 2);
  EXPECT_EQ(read_text(dir_ + "/err"), "Error: address already in use\n");
}

TEST_F(KeeperTest, ExitStatusesAndSignals) {
  start();
  const pid_t pid = spawn_script(1, "exit 3");
  EXPECT_EQ(event(), "exited 1 " + std::to_string(pid) + " " + std::to_string(3 << 8) + " 0 0");
  const pid_t other = spawn_script(2, "kill -SEGV $$");
  EXPECT_THAT(event(), testing::StartsWith("exited 2 " + std::to_string(other) + " "));
}

TEST_F(KeeperTest, ASignalToTheProcessAndOneToItsGroup) {
  start();
  spawn_script(1, "trap 'echo shell' TERM; sleep 60 & echo here; wait; wait; echo over");
  EXPECT_EQ(output(1), "here\n");
  command("signal 1 15");
  EXPECT_EQ(output(1), "shell\n") << "the sleep was not hit";
  command("signal_group 1 9");
  EXPECT_EQ(word(event_starting("exited 1 "), 3), "9");
  command("read 1 out");
  EXPECT_EQ(event(), "output 1 ") << "the end of output: the sleep is gone too";
}

TEST_F(KeeperTest, WhatAChildSees) {
  start();
  const pid_t pid = spawn_script(1,
                                 "umask; pwd; echo \"$ONLY\"; env | wc -l; ls /proc/self/fd | wc -l; ps -o "
                                 "pgid= -p $$ | tr -d ' '; echo e >&2",
                                 "env=ONLY=this\ndir=/usr\numask=077\n");
  event_starting("exited 1 ");
  // The environment: PATH, ONLY and the shell's own PWD, _ (dash sets PWD only). Descriptors: 0 1 2 and ls's
  // own.
  EXPECT_EQ(output(1), "0077\n/usr\nthis\n3\n4\n" + std::to_string(pid) + "\n");
  EXPECT_EQ(output(1, "err"), "e\n");
}

/// Most are told from the clock and not from /proc (spawner.hpp): enough of them to begin in a tick and across its end.
TEST_F(KeeperTest, TellsTheStartTimesThatProcTells) {
  start();
  for (int id = 1; id <= 200; ++id) {
    command("spawn\nid=" + std::to_string(id) + "\nfile=/bin/sleep\narg=sleep\narg=60\nblob=a program\n");
    const std::string told = event_starting("spawned " + std::to_string(id) + " ");
    ASSERT_NE(told, "");
    started_.push_back(std::stoi(word(told, 2)));
    std::istringstream stat(
        read_text("/proc/" + word(told, 2) + "/stat"));  // "PID (sleep) S ...": no blanks in the name
    EXPECT_EQ(word(told, 3), *std::next(std::istream_iterator<std::string>(stat), 21));
  }
}

/// What was given to a child is closed here, though it shared the keeper's descriptors at first (spawner.hpp).
TEST_F(KeeperTest, HoldsEachPipeOfItsProgramsOnce) {
  for (const char* limit : {"--nofile=4096:4096", "--nofile=200:200"}) {  // the latter: no numbers to move its ends to
    start_keeper({}, {"prlimit", limit});
    meet_agent();
    EXPECT_EQ(event(), "started 0");
    for (int id = 1; id <= 30; ++id) {
      spawn_script(id, "echo up; exec sleep 60");
      EXPECT_EQ(output(id), "up\n");
    }
    const Instant patience = monotonic_now() + 60s;
    std::vector<std::string> held;
    std::vector<std::string>::iterator twice;
    do {
      held = open_files();
      std::erase_if(held, [](const std::string& file) { return !file.starts_with("pipe:"); });
      twice = std::adjacent_find(held.begin(), held.end());
    } while (twice != held.end() && monotonic_now() < patience);
    EXPECT_EQ(twice, held.end()) << *twice;
    EXPECT_EQ(held.size(), 90U);
    command("exit 0");
    EXPECT_EQ(exited_with(keeper_end()), 0);
  }
}

TEST_F(KeeperTest, SignalsOfAChildAreAsUnderSupervisor) {
  start();
  spawn_script(1, "grep -E '^Sig(Blk|Ign)' /proc/self/status");
  event_starting("exited 1 ");
  // SIGPIPE (13) and SIGXFSZ (25) ignored, nothing blocked.
  EXPECT_EQ(output(1), "SigBlk:\t0000000000000000\nSigIgn:\t0000000001001000\n");
}

TEST_F(KeeperTest, RedirectedStderrIsTheStdoutPipe) {
  start();
  spawn_script(1, "echo a; echo b >&2", "redirect=1\n");
  event_starting("exited 1 ");
  EXPECT_EQ(output(1), "a\nb\n");
}

TEST_F(KeeperTest, StdinIsAPipe) {
  start();
  spawn_script(1, "read line; echo got $line; read line; echo got $line");
  command("line 1 hello");
  EXPECT_EQ(output(1), "got hello\n");
  kill_agent();
  meet_agent();
  command("line 1 again");  // the keeper held the write end: no end of input was seen
  EXPECT_EQ(output(1), "got again\n");
}

TEST_F(KeeperTest, AsAnotherUser) {
  if (getuid() != 0) {
    GTEST_SKIP() << "only root can change ids";
  }
  start();
  spawn_script(1, "id -u; id -g; id -G", "ids=1234\n");
  event_starting("exited 1 ");
  EXPECT_EQ(output(1), "1234\n1234\n1234 1235\n");
}

TEST_F(KeeperTest, LimitsOfTheSettingsAndOfOneProgram) {
  settings("nodaemon=1\nnofile=512\nnproc=400\n");
  start_keeper({}, {"prlimit", "--nofile=200:4096", "--nproc=300:5000"});
  meet_agent();
  const std::string show =
      "grep -E 'open files|processes' /proc/self/limits | sed 's/[^0-9]*\\([0-9]*\\) *\\([0-9]*\\).*/\\1 \\2/'";
  spawn_script(1, show);
  event_starting("exited 1 ");
  // minprocs, then minfds: the soft limits as raised, though the keeper itself goes up to the hard one.
  std::string limits = output(1);
  EXPECT_THAT(limits, testing::AllOf(HasSubstr("512 4096"), HasSubstr("400 5000")));
  EXPECT_THAT(read_text("/proc/" + std::to_string(keeper_) + "/limits"),
              testing::ContainsRegex("Max open files +4096 +4096"));
  spawn_script(2, show, "nofile=77\nnproc=310\n");
  event_starting("exited 2 ");
  limits = output(2);
  EXPECT_THAT(limits, testing::AllOf(HasSubstr("77 4096"), HasSubstr("310 5000")));
}

TEST_F(KeeperTest, ALimitThatMayNotBeSetIsAFailureOfTheStart) {
  if (getuid() != 0) {
    GTEST_SKIP() << "only root can drop what raises limits";
  }
  start_keeper({},
               {"prlimit", "--nofile=200:4096", "setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource"});
  meet_agent();
  spawn_script(1, "echo never", "nofile=5000\n");
  EXPECT_EQ(word(event_starting("exited 1 "), 4), std::to_string(static_cast<int>(keeper::Stage::limits)));
  EXPECT_THAT(output(1, "err"), testing::StartsWith("supervisor: couldn't set limits: EPERM\n"));
}

TEST_F(KeeperTest, AnotherRootDirectory) {
  if (getuid() != 0) {
    GTEST_SKIP() << "only root can change the root directory";
  }
  start();
  spawn_script(1, "pwd; test -d /lib && test ! -e /usr && echo inside", "root=/usr\n");
  event_starting("exited 1 ");
  EXPECT_EQ(output(1), "/\ninside\n");
  spawn_script(2, "echo never", "root=/nowhere\n");
  EXPECT_EQ(word(event_starting("exited 2 "), 4), std::to_string(static_cast<int>(keeper::Stage::root)));
  EXPECT_THAT(output(2, "err"), testing::StartsWith("supervisor: couldn't chroot to /nowhere: ENOENT\n"));
}

TEST_F(KeeperTest, ADescriptorThatWasPassedIsTheProgramsStdin) {
  start();
  spawn_script(1, "cat; echo; test -w /proc/self/fd/0 && echo a file, no pipe", "stdin_text=given\n");
  event_starting("exited 1 ");
  EXPECT_EQ(output(1), "given\na file, no pipe\n");
}

TEST_F(KeeperTest, WhatCannotBeExecutedExits127WithSupervisorsTextAndTheStage) {
  start();
  command("spawn\nid=1\nfile=/nowhere\narg=nowhere-argv0\n");
  event_starting("spawned 1 ");
  const std::string exited = event_starting("exited 1 ");
  EXPECT_EQ(word(exited, 3), std::to_string(127 << 8));
  EXPECT_EQ(word(exited, 4), std::to_string(static_cast<int>(keeper::Stage::exec)));
  EXPECT_EQ(word(exited, 5), std::to_string(ENOENT));
  EXPECT_EQ(output(1, "err"),
            "supervisor: couldn't exec nowhere-argv0: ENOENT\nsupervisor: child process was not spawned\n");
  spawn_script(2, "echo never", "dir=/nowhere\n");
  EXPECT_EQ(word(event_starting("exited 2 "), 4), std::to_string(static_cast<int>(keeper::Stage::directory)));
  EXPECT_EQ(output(2, "err"),
            "supervisor: couldn't chdir to /nowhere: ENOENT\nsupervisor: child process was not spawned\n");
  spawn_script(3, "exit 127");
  EXPECT_EQ(word(event_starting("exited 3 "), 4), "0") << "a program's own 127 has no stage";
}

TEST_F(KeeperTest, AStartIdInUseIsRefused) {
  start();
  spawn_script(1, "sleep 60");
  command("spawn\nid=1\nfile=/bin/true\narg=true\n");
  EXPECT_EQ(event(), "spawn_failed 1 2 " + std::to_string(EEXIST));
}

TEST_F(KeeperTest, AKilledAgentComesBackAndFindsItsChildren) {
  start();
  const pid_t alive = spawn_script(1, "echo first; read line; echo $line; exec sleep 60", "blob=program:one\n");
  const pid_t ended = spawn_script(2, "exit 5", "blob=program:two\n");
  event_starting("exited 2 ");
  command("blob 1 program:one RUNNING");
  command("agent_blob 0 the agent's own");
  command("hold 0 kept text");
  EXPECT_EQ(output(1), "first\n");
  kill_agent();
  const std::vector<std::string> events = meet_agent();
  EXPECT_THAT(events.at(0), testing::StartsWith("welcome 2 2 9 " + std::to_string(keeper_)));
  EXPECT_THAT(events.at(0), testing::EndsWith("blob the agent's own"));
  EXPECT_THAT(events, Contains("child 1 " + std::to_string(alive) + " alive 0 - program:one RUNNING"));
  EXPECT_THAT(events,
              Contains("child 2 " + std::to_string(ended) + " ended " + std::to_string(5 << 8) + " - program:two"));
  EXPECT_EQ(event_starting("started"), "started 0");
  command("held 0");
  EXPECT_EQ(event(), "held kept text");
  command("signal 1 9");
  EXPECT_EQ(word(event_starting("exited 1 "), 2), std::to_string(alive));
}

TEST_F(KeeperTest, ExitsAreKeptUntilAcknowledged) {
  start();
  spawn_script(1, "exit 1");
  event_starting("exited 1 ");
  spawn_script(2, "exit 2");
  event_starting("exited 2 ");
  command("ack 1");
  command("ping 0");
  EXPECT_EQ(event(), "pong");
  kill_agent();
  std::vector<std::string> events = meet_agent();
  ASSERT_EQ(events.size(), 3U) << "welcome, child 2, list_end";
  EXPECT_THAT(events[1], testing::StartsWith("child 2 "));
  command("ack 2");
  command("ping 0");
  EXPECT_EQ(event_starting("pong"), "pong");
  kill_agent();
  events = meet_agent();
  EXPECT_EQ(events.size(), 2U);
}

TEST_F(KeeperTest, AProgramThatEndedHoldsNoDescriptorsOnceTheyAreReleased) {
  start();
  const std::size_t before = open_files().size();
  const pid_t pid = spawn_script(1, "echo last words; exit 4", "blob=program:one EXITED\n");
  event_starting("exited 1 ");
  EXPECT_EQ(output(1), "last words\n");
  await_open_files(before + 2);  // stdin's end went with the program
  spawn_script(2, "read line");
  command("release_pipes 2");  // alive: not heard
  command("release_pipes 1");
  command("spawn\nid=2\nfile=/bin/true\narg=true\n");  // its answer comes after both were heard
  EXPECT_THAT(event(), testing::StartsWith("spawn_failed 2 "));
  await_open_files(before + 3);  // the three of the living one
  kill_agent();
  const std::vector<std::string> events = meet_agent();
  EXPECT_THAT(events,
              Contains("child 1 " + std::to_string(pid) + " ended " + std::to_string(4 << 8) + " - program:one EXITED"))
      << "its record stays";
  command("ack 1");
  command("ping 0");
  EXPECT_EQ(event_starting("pong"), "pong");
  kill_agent();
  EXPECT_EQ(meet_agent().size(), 3U) << "welcome, child 2, list_end";
}

TEST_F(KeeperTest, AnExitWhileNoAgentRunsIsTold) {
  start();
  const pid_t pid = spawn_script(1, "read line; exit 7");
  kill(agent_, SIGSTOP);
  kill(pid, SIGTERM);
  kill_agent();
  const std::vector<std::string> events = meet_agent();
  const std::string start = "child 1 " + std::to_string(pid);
  if (std::find(events.begin(), events.end(), start + " ended 15 - ") == events.end()) {
    EXPECT_THAT(events, Contains(start + " alive 0 - "));
    EXPECT_EQ(word(event_starting("exited 1 "), 3), "15");
  }
}

TEST_F(KeeperTest, AReleasedDescriptorIsNotHeldAnyMore) {
  start();
  command("hold 0 kept text");
  command("release 0");
  command("ping 0");
  EXPECT_EQ(event(), "pong");
  kill_agent();
  meet_agent();
  command("held 0");
  EXPECT_EQ(event_starting("held"), "held ");
}

/// Output that piles up while no agent runs. As long as the program's blob names no log the test's agents leave it
/// where it is: however soon the next one comes, the one after it leaves the keeper more time.
class KeeperSpool : public KeeperTest {
 protected:
  KeeperSpool() { settings("nodaemon=1\nstate_dir=" + dir_ + "/state\nrestart_delays_ms=500\n"); }
  /// Agents come and die until `done`.
  void without_agents_until(const std::function<bool()>& done) {
    const Instant patience = monotonic_now() + std::chrono::milliseconds(patience_ms);
    while (!done()) {
      ASSERT_LT(monotonic_now(), patience);
      kill_agent();
      meet_agent();
    }
  }
  /// The next agent, to which the program's output is to go to the log.
  std::vector<std::string> meet_agent_with_log(int id, const std::string& log) {
    command("blob " + std::to_string(id) + " log=" + log);
    command("ping 0");
    EXPECT_EQ(event_starting("pong"), "pong");
    kill_agent();
    return meet_agent();
  }
};

TEST_F(KeeperSpool, OutputBeyondThePipeIsSpooledWhileNoAgentRunsAndComesFirst) {
  start();
  const std::string log = dir_ + "/log";
  ASSERT_EQ(mkfifo((dir_ + "/go").c_str(), 0600), 0);
  const pid_t pid =
      spawn_script(1, "echo up; read go < " + dir_ + "/go; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo $i; done");
  const UniqueFd pidfd = pidfd_of(pid);
  std::ofstream(dir_ + "/go") << "go\n";
  const auto ended = [&] {
    pollfd watched{pidfd.get(), POLLIN, 0};
    return poll(&watched, 1, 0) == 1;
  };
  without_agents_until(ended);  // more than a pipe holds and no reader: only the keeper can have let it go on
  const std::vector<std::string> events = meet_agent_with_log(1, log);
  EXPECT_EQ(word(events.at(1), 5), "spool") << events.at(1);
  EXPECT_EQ(event_starting("drained "), "drained 1");
  std::string expected = "up\n";
  for (int i = 1; i <= 20000; ++i) {
    expected += std::to_string(i) + "\n";
  }
  EXPECT_TRUE(read_text(log) == expected) << read_text(log).size() << " of " << expected.size() << " bytes";
  command("ack 1");
  command("exit 0");
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_TRUE(std::filesystem::is_empty(dir_ + "/state/spool"));
}

TEST_F(KeeperSpool, IsBoundedAndNothingOfItIsLost) {
  start();
  const std::string log = dir_ + "/log";
  constexpr std::size_t written = 70'000'000;
  spawn_script(1, "yes 0123456789abcde | head -c " + std::to_string(written), "pipe_size=1048576\n");
  const std::string spool = dir_ + "/state/spool/1.out";
  without_agents_until([&] {
    std::error_code none;
    return std::filesystem::file_size(spool, none) == keeper::max_spool_bytes + sizeof(keeper::SpoolHeader) && !none;
  });
  const std::vector<std::string> events = meet_agent_with_log(1, log);
  ASSERT_EQ(word(events.at(1), 5), "spool") << events.at(1);
  EXPECT_THAT(events.at(1), HasSubstr(" alive ")) << "beyond the bound the program waits, as for a full pipe";
  EXPECT_EQ(std::filesystem::file_size(spool), keeper::max_spool_bytes + sizeof(keeper::SpoolHeader));
  EXPECT_EQ(event_starting("drained "), "drained 1");
  const std::string text = read_text(log);
  ASSERT_EQ(text.size(), written);
  for (std::size_t at = 0; at < text.size(); at += 16) {
    ASSERT_EQ(text.compare(at, 16, "0123456789abcde\n"), 0) << "at " << at;
  }
}

TEST_F(KeeperTest, SignalsArePassedOn) {
  start();
  for (const int signo : {SIGHUP, SIGUSR2, SIGINT, SIGQUIT, SIGTERM}) {
    kill(keeper_, signo);
    EXPECT_EQ(event(), "signal " + std::to_string(signo));
  }
  command("exit 0");
  EXPECT_EQ(exited_with(keeper_end()), 0);
}

TEST_F(KeeperTest, ASignalThatADyingAgentHasNotReadIsToldToTheNext) {
  start();
  kill(agent_, SIGSTOP);
  kill(keeper_, SIGHUP);
  while (status_field(keeper_, "ShdPnd").find_first_not_of('0') != std::string::npos) {
    std::this_thread::yield();  // until the keeper has it
  }
  kill_agent();
  meet_agent();
  EXPECT_EQ(event_starting("signal"), "signal " + std::to_string(SIGHUP));
  kill_agent();  // this one has read it
  meet_agent();
  EXPECT_EQ(event(), "started 0");
  command("ping 0");
  EXPECT_EQ(event(), "pong");
}

TEST_F(KeeperTest, AnAgentThatAsksForItIsStartedAgainAtOnce) {
  start();
  command("exit 75");
  EXPECT_THAT(meet_agent().at(0), testing::StartsWith("welcome 2 1 " + std::to_string(75 << 8) + " "));
}

TEST_F(KeeperTest, AnAgentThatClosesTheSocketIsKilledAndReplaced) {
  start();
  command("close 0");
  EXPECT_THAT(meet_agent().at(0), testing::StartsWith("welcome 2 2 9 "));
}

TEST_F(KeeperTest, AStopDuringTheAgentsDeathEndsThePrograms) {
  start();
  const pid_t pid = spawn_script(1, "trap '' HUP; sleep 60");
  kill(agent_, SIGSTOP);  // it cannot obey
  kill(keeper_, SIGTERM);
  kill_agent();
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/keeper.pid"));
}

TEST_F(KeeperTest, AnAgentThatHearsNoStopIsKilledAndTheProgramsEnd) {
  start();
  const pid_t pid = spawn_script(1, "exec sleep 60");
  kill(agent_, SIGSTOP);
  kill(keeper_, SIGTERM);
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_THAT(read_text(dir_ + "/err"), HasSubstr("has not heard a stop signal for 10 s and is killed"));
}

TEST_F(KeeperTest, AnAgentWithoutItsKeeperExits70AndProgramsLiveOn) {
  start();
  const pid_t pid = spawn_script(1, "sleep 60");
  kill(keeper_, SIGKILL);
  EXPECT_EQ(event(), "");
  EXPECT_EQ(kill(pid, 0), 0);
}

TEST_F(KeeperTest, StartsNoMoreThanTheAgentTakesNoteOf) {  // docs/decisions/0012
  constexpr int asked = 60;
  start();
  command("burst 1 " + std::to_string(asked));
  const auto children = [&] {
    const std::string pid = std::to_string(keeper_);
    std::istringstream list(read_text("/proc/" + pid + "/task/" + pid + "/children"));
    return std::distance(std::istream_iterator<int>(list), {}) - 1;  // without the agent
  };
  const auto waits = [&](pid_t pid, char state) { return status_field(pid, "State").front() == state; };
  const Instant patience = monotonic_now() + 60s;
  std::ptrdiff_t seen = 0;
  for (int same = 0; same < 50 && monotonic_now() < patience; std::this_thread::yield()) {
    const std::ptrdiff_t now = children();
    same = now > 0 && now == seen && waits(agent_, 'T') && waits(keeper_, 'S') ? same + 1 : 0;
    seen = now;
  }
  EXPECT_GT(seen, 4);
  EXPECT_LT(seen, asked / 2);
  kill(agent_, SIGCONT);
  for (int id = 1; id <= asked; ++id) {
    const std::string told = event_starting("spawned " + std::to_string(id) + " ");
    ASSERT_NE(told, "");
    started_.push_back(std::stoi(word(told, 2)));
  }
}

TEST_F(KeeperTest, AThousandProgramsAndSmallMemory) {
  settings("nodaemon=1\nnofile=4096\n");
  start();
  const auto resident = [&] {
    const std::string status = read_text("/proc/" + std::to_string(keeper_) + "/status");
    return std::stoi(status.substr(status.find("VmRSS:") + 6));
  };
  const int before_kib = resident();
  const Instant begun = monotonic_now();
  for (int id = 1; id <= 1000; ++id) {
    command("spawn\nid=" + std::to_string(id) + "\nfile=/bin/true\narg=true\nblob=a program\n");
    if (id % 100 == 0) {  // the test's own socket is not what is tested: let events flow
      event_starting("exited " + std::to_string(id) + " ");
    }
  }
  const auto took_ms = (monotonic_now() - begun).count() / 1'000'000;
  std::printf("1000 programs spawned and reaped in %lld ms; keeper resident %d KiB before, %d KiB after\n",
              static_cast<long long>(took_ms), before_kib, resident());
#if HOLDFAST_STATIC
  EXPECT_LT(before_kib, 1024);
  EXPECT_LT(resident(), 2048) << "with a thousand unacknowledged children";
#endif
}

}  // namespace
}  // namespace holdfast
