// Keeper and agent short of descriptors: each knows of every child, and what must go on goes on.
#include <sys/resource.h>
#include <sys/sysmacros.h>

#include "keeper/protocol.hpp"
#include "tests/keeper/fixture.hpp"

namespace holdfast {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* low_limit = "--nofile=128:128";

class DescriptorsTest : public KeeperTest {
 protected:
  /// Sleepers until the keeper starts no more; how many run.
  int fill() {
    for (int id = 1; id < 100; ++id) {
      command("spawn\nid=" + std::to_string(id) + "\nfile=/bin/sleep\narg=sleep\narg=1000\n");
      const std::string told = event_starting("spawn");
      if (told.starts_with("spawn_failed")) {
        refusal_ = told;
        return id - 1;
      }
      EXPECT_THAT(told, Not(EndsWith("cut"))) << "the agent was short first";
      started_.push_back(std::stoi(word(told, 2)));
    }
    ADD_FAILURE() << "no limit";
    return 0;
  }
  std::string refusal_;
};

TEST_F(DescriptorsTest, WhoWouldTakeTheLastOnesIsNotStarted) {
  start_keeper({}, {"prlimit", low_limit});
  meet_agent();
  EXPECT_EQ(event(), "started 0");
  const int running = fill();
  EXPECT_GE(running, 20);
  EXPECT_EQ(refusal_, "spawn_failed " + std::to_string(running + 1) + " " +
                          std::to_string(static_cast<int>(keeper::Stage::pipe)) + " " + std::to_string(EMFILE));
  EXPECT_LE(open_files().size(), 128U - 24U);
  // What must go on: signals, what is held, the next agent, a start where another has ended.
  command("hold 0 kept");
  command("signal 1 9");
  EXPECT_THAT(event(), StartsWith("exited 1 "));
  command("ack 1");
  EXPECT_GT(spawn_script(100, "exec sleep 1000"), 0);
  kill_agent();
  const std::vector<std::string> events = meet_agent();
  const auto alive = std::count_if(events.begin(), events.end(), [](const std::string& each) {
    return each.starts_with("child ") && each.find(" alive ") != std::string::npos &&
           each.find("cut") == std::string::npos;
  });
  EXPECT_EQ(alive, running);
  command("held 0");
  EXPECT_EQ(event_starting("held"), "held kept");
}

TEST_F(DescriptorsTest, TermEndsAllAtTheLimit) {
  start_keeper({}, {"prlimit", low_limit});
  meet_agent();
  fill();
  kill(keeper_, SIGTERM);
  EXPECT_EQ(event_starting("signal"), "signal 15");
  command("exit 0");  // what is left is the keeper's to end
  EXPECT_EQ(exited_with(keeper_end()), 0);
  for (const pid_t pid : std::exchange(started_, {})) {
    EXPECT_EQ(kill(pid, 0), -1) << pid;
  }
}

TEST_F(DescriptorsTest, AnAgentWithoutRoomIsToldOfTheChildAllTheSame) {
  start();
  command("full 1");  // for the request, not for what comes back
  command("spawn\nid=1\nfile=/bin/echo\narg=echo\narg=words\n");
  const std::string told = event_starting("spawned 1 ");
  EXPECT_THAT(told, EndsWith(" cut"));
  EXPECT_THAT(event(), StartsWith("exited 1 "));
  command("fetch 1");
  EXPECT_EQ(event(), "descriptors 1 cut");
  command("room");
  command("fetch 1");
  EXPECT_EQ(event(), "descriptors 1 whole");
  EXPECT_EQ(output(1), "words\n") << "nothing of its output was lost";
  command("fetch 2");
  EXPECT_EQ(event(), "descriptors 2 none") << "a child that nobody knows";
}

TEST_F(DescriptorsTest, ARequestThatCannotEvenBeMadeHoldsUpNothing) {
  start();
  const pid_t pid = spawn_script(1, "exec sleep 1000");
  command("full");
  command("spawn\nid=2\nfile=/bin/true\narg=true\n");
  command("signal 1 9");
  std::vector<std::string> told{event(), event()};
  EXPECT_THAT(told, testing::UnorderedElementsAre("spawn_failed 2 3 " + std::to_string(EMFILE),
                                                  "exited 1 " + std::to_string(pid) + " 9 0 0"));
}

TEST_F(DescriptorsTest, AnAgentThatStartsAtItsLimitFindsEveryChild) {
  start();
  for (int id = 1; id <= 8; ++id) {
    EXPECT_GT(spawn_script(id, "echo words " + std::to_string(id) + "; exec sleep 1000"), 0);
  }
  command("agent_blob 0 whole");
  command("ping 0");
  EXPECT_EQ(event(), "pong");
  rlimit limit{};
  ASSERT_EQ(prlimit(keeper_, RLIMIT_NOFILE, nullptr, &limit), 0);
  limit.rlim_cur = 20;  // the keeper's ends of the pipes lie above, what it opens for the next agent below
  ASSERT_EQ(prlimit(keeper_, RLIMIT_NOFILE, &limit, nullptr), 0);
  kill_agent();
  const std::vector<std::string> events = meet_agent();
  EXPECT_THAT(events.front(), EndsWith("blob whole"));
  EXPECT_THAT(events, testing::Contains(HasSubstr(" alive 0 cut")));
  int found = 0;
  for (const std::string& each : events) {
    if (each.starts_with("child ")) {
      const std::string id = word(each, 1);
      ++found;
      if (each.find(" cut") != std::string::npos) {
        command("fetch " + id);
        EXPECT_EQ(event_starting("descriptors"), "descriptors " + id + " whole");
      }
      EXPECT_EQ(output(std::stoi(id)), "words " + id + "\n");
    }
  }
  EXPECT_EQ(found, 8);
}

TEST_F(DescriptorsTest, APidFileOfSomebodyElseIsLeft) {
  start();
  std::ofstream(dir_ + "/keeper.pid") << "1\n";
  command("exit 0");
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_EQ(read_text(dir_ + "/keeper.pid"), "1\n");
}

TEST_F(DescriptorsTest, APidFileThatIsNoRegularFileIsLeft) {
  const std::string path = dir_ + "/keeper.pid";
  const std::string target = dir_ + "/target";
  std::filesystem::create_symlink(target, path);
  start();
  EXPECT_EQ(read_text(target), std::to_string(keeper_) + "\n") << "written as Supervisor does";
  command("exit 0");
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  std::filesystem::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  start_keeper();
  meet_agent();
  EXPECT_EQ(event(), "started " + std::to_string(ENXIO)) << "nobody reads it, and nobody waits for one";
  command("exit 0");
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_TRUE(std::filesystem::is_fifo(path));
}

TEST_F(DescriptorsTest, ADeviceAsPidFileIsLeft) {
  const std::string path = dir_ + "/keeper.pid";
  if (mknod(path.c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) {
    GTEST_SKIP() << "this user may make no device";
  }
  start();
  command("exit 0");
  EXPECT_EQ(exited_with(keeper_end()), 0);
  EXPECT_TRUE(std::filesystem::is_character_file(path));
}

}  // namespace
}  // namespace holdfast
