// Where a node's identity is kept: it is on the disk before anybody is told that it is.
#include "drivers/cluster/identity_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "test_log.hpp"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kPatienceMs = 30'000;

class IdentityStoreTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(place_); }
  storage::StateDir open(const std::string& path) {
    return storage::StateDir::open(path, [](LogLevel, std::string_view) {}).value();
  }
  /// The disk thread's next answer, on the loop.
  void drain() {
    pollfd ready{log_.disk().result_fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, kPatienceMs), 1);
    EXPECT_EQ(log_.disk().drain(1), 1U);
  }

  std::string place_ = testing::TempDir() + "identity_" + std::to_string(::getpid());
  system::EventLoop loop_;
  TestLog log_;
  bool done_ = false;
};

TEST_F(IdentityStoreTest, ItIsInTheFileWhenItIsSaidToBe) {
  const storage::StateDir state_dir = open(place_);
  DiskIdentityStore store(loop_, log_.disk(), log_.log(), state_dir);
  store.save({7, 4, "n2"}, [this] { done_ = true; });
  EXPECT_FALSE(done_) << "not within the call";
  drain();
  EXPECT_TRUE(done_);
  EXPECT_EQ(state_dir.load_identity([](LogLevel, std::string_view) {}), (storage::Identity{7, 4, "n2"}));
}

TEST_F(IdentityStoreTest, WithoutAStateDirectoryTheClusterGoesOnAllTheSame) {
  const storage::StateDir state_dir = open("/dev/null/nowhere");
  DiskIdentityStore store(loop_, log_.disk(), log_.log(), state_dir);
  store.save({7, 4, "n2"}, [this] { done_ = true; });
  EXPECT_FALSE(done_) << "not within the call";
  loop_.run();
  EXPECT_TRUE(done_);
}

TEST_F(IdentityStoreTest, ADiskThatRefusesIsSaidAndTheClusterGoesOn) {
  const storage::StateDir state_dir = open(place_);
  std::filesystem::remove_all(place_);
  DiskIdentityStore store(loop_, log_.disk(), log_.log(), state_dir);
  store.save({7, 4, "n2"}, [this] { done_ = true; });
  drain();
  EXPECT_TRUE(done_);
  EXPECT_THAT(log_.lines(), ElementsAre(HasSubstr("ERRO the node's identity cannot be kept: ")));
}

}  // namespace
}  // namespace holdfast
