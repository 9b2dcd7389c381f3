#include "storage/state_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "temporary_directory.hpp"

namespace holdfast::storage {
namespace {

struct Warnings {
  std::vector<std::string> lines;
  Say say() {
    return [this](LogLevel, std::string_view line) { lines.emplace_back(line); };
  }
};

TEST(StateDir, DefaultPlaceFollowsTheConfigsPath) {
  // printf /etc/supervisord.conf | sha256sum
  const StateDirPlace root{true, "/x", "/root"};
  const std::string place = default_state_dir(root, "abc").value();
  EXPECT_EQ(place, "/var/lib/holdfast/ba7816bf8f01") << "SHA-256 of abc, FIPS 180-2";
  EXPECT_EQ(default_state_dir({false, "/x", "/home/u"}, "abc").value(), "/x/holdfast/ba7816bf8f01");
  EXPECT_EQ(default_state_dir({false, "", "/home/u"}, "abc").value(), "/home/u/.local/state/holdfast/ba7816bf8f01");
  EXPECT_EQ(default_state_dir({false, "rel", "/home/u"}, "abc").value(), "/home/u/.local/state/holdfast/ba7816bf8f01");
  EXPECT_FALSE(default_state_dir({false, "", ""}, "abc").ok());
}

TEST(StateDir, IsMadePrivateAndLocked) {
  TemporaryDirectory directory;
  Warnings said;
  const std::string path = directory.file("a/b/state");
  auto opened = StateDir::open(path, said.say());
  ASSERT_TRUE(opened.ok());
  StateDir state = std::move(opened).value();
  EXPECT_TRUE(state.writable());
  EXPECT_TRUE(said.lines.empty());
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  const auto second = StateDir::open(path, said.say());  // flock is per open file: this stands for another process
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, kStateDirRefused);
  EXPECT_NE(second.error().message.find(path), std::string::npos);
}

TEST(StateDir, TheLockGoesWithItsHolder) {
  TemporaryDirectory directory;
  Warnings said;
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(StateDir::open(directory.path(), [](LogLevel, std::string_view) {}).ok() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_TRUE(StateDir::open(directory.path(), said.say()).ok());
}

TEST(StateDir, AnExistingOpenDirectoryIsClosedToOthers) {
  TemporaryDirectory directory;
  ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
  Warnings said;
  ASSERT_TRUE(StateDir::open(directory.path(), said.say()).value().writable());
  struct stat status {};
  ASSERT_EQ(::stat(directory.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST(StateDir, AFolderOfSomebodyElseIsRefusedAndStaysAsItIs) {
  TemporaryDirectory directory;
  ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
  write_file(directory.file("theirs"), "");
  Warnings said;
  const auto refused = StateDir::open(directory.path(), said.say());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, kStateDirRefused);
  struct stat status {};
  ASSERT_EQ(::stat(directory.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0755U);
  EXPECT_FALSE(std::filesystem::exists(directory.file("lock")));
  write_file(directory.file("identity"), "");
  EXPECT_TRUE(StateDir::open(directory.path(), said.say()).ok()) << "ours, of before";
}

TEST(StateDir, AnIdentityThatIsAFifoIsNotWaitedFor) {
  TemporaryDirectory directory;
  Warnings said;
  const StateDir state = StateDir::open(directory.path(), said.say()).value();
  ASSERT_EQ(::mkfifo(state.file("identity").c_str(), 0600), 0);
  EXPECT_EQ(state.load_identity(said.say()), Identity{});
  EXPECT_EQ(said.lines.size(), 1U);
}

TEST(StateDir, APlaceThatCannotBeUsedIsSaidAndSurvived) {
  TemporaryDirectory directory;
  write_file(directory.file("file"), "");
  Warnings said;
  const StateDir state = StateDir::open(directory.file("file/state"), said.say()).value();
  EXPECT_FALSE(state.writable());
  ASSERT_EQ(said.lines.size(), 1U);
  EXPECT_NE(said.lines[0].find(directory.file("file")), std::string::npos);
  EXPECT_EQ(state.load_identity(said.say()), Identity{});
  EXPECT_FALSE(state.save_identity({1, 1, "n1"}).ok());
}

TEST(StateDir, IdentityIsKept) {
  TemporaryDirectory directory;
  Warnings said;
  const Identity identity{1700000000123, 42, "10.0.0.1:9001"};
  {
    const StateDir state = StateDir::open(directory.path(), said.say()).value();
    EXPECT_EQ(state.load_identity(said.say()), Identity{}) << "nothing there yet";
    ASSERT_TRUE(state.save_identity({1, 0, ""}).ok());
    ASSERT_TRUE(state.save_identity(identity).ok());
    EXPECT_FALSE(std::filesystem::exists(state.file("identity.new")));
  }
  const StateDir state = StateDir::open(directory.path(), said.say()).value();
  EXPECT_EQ(state.load_identity(said.say()), identity);
  EXPECT_TRUE(said.lines.empty());
}

TEST(StateDir, AFailedSaveLeavesTheOldIdentity) {
  TemporaryDirectory directory;
  Warnings said;
  const StateDir state = StateDir::open(directory.path(), said.say()).value();
  ASSERT_TRUE(state.save_identity({7, 7, "n7"}).ok());
  std::filesystem::create_directory(state.file("identity.new"));
  EXPECT_FALSE(state.save_identity({8, 8, "n8"}).ok());
  EXPECT_EQ(state.load_identity(said.say()), (Identity{7, 7, "n7"}));
}

TEST(StateDir, ADamagedIdentityIsSetAsideAndSaid) {
  for (const std::string damaged :
       {"", "holdfast-identity 1\nincarnation 5\n", "holdfast-identity 1\nincarnation x\nepoch 1\nmaster \n",
        "holdfast-identity 1\nincarnation -5\nepoch 1\nmaster \n",
        "holdfast-identity 9\nincarnation 5\nepoch 1\nmaster \n",
        "holdfast-identity 1\nincarnation 5\nepoch 1\nmaster n1"}) {
    TemporaryDirectory directory;
    Warnings said;
    const StateDir state = StateDir::open(directory.path(), said.say()).value();
    write_file(state.file("identity"), damaged);
    EXPECT_EQ(state.load_identity(said.say()), Identity{}) << damaged;
    EXPECT_EQ(said.lines.size(), 1U) << damaged;
    EXPECT_FALSE(std::filesystem::exists(state.file("identity")));
    EXPECT_EQ(state.load_identity(said.say()), Identity{});
    EXPECT_EQ(said.lines.size(), 1U) << "said once";
  }
}

TEST(StateDir, IncarnationsGrowEvenWhenTheClockDoesNot) {
  EXPECT_EQ(StateDir::next_incarnation({}, WallTime::from_seconds(5)), 5000U);
  EXPECT_EQ(StateDir::next_incarnation({9000, 0, ""}, WallTime::from_seconds(5)), 9001U);
  EXPECT_EQ(StateDir::next_incarnation({}, WallTime{-1}), 1U);
}

}  // namespace
}  // namespace holdfast::storage
