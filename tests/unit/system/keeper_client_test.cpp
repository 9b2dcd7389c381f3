#include "system/keeper_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <vector>

#include "tests/support/full_table.hpp"

namespace holdfast::system {
namespace {

/// A client whose keeper never reads.
class KeeperClientTest : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    keeper_ = UniqueFd(ends[0]);
    client_.emplace(loop_, UniqueFd(ends[1]), KeeperClient::Handlers{});
  }
  Status hold(int number) { return client_->hold("fcgi group " + std::to_string(number), keeper_.get()); }

  boost::asio::io_context loop_;
  UniqueFd keeper_;
  std::optional<KeeperClient> client_;
};

TEST_F(KeeperClientTest, WhatTheKeeperWouldNotHoldIsAnError) {
  const int limit = static_cast<int>(keeper::max_held);
  for (int number = 0; number < limit; ++number) {
    ASSERT_TRUE(hold(number).ok()) << number;
  }
  const Status refused = hold(limit);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ENOSPC);
  EXPECT_THAT(refused.error().message, testing::HasSubstr(std::to_string(limit)));
  EXPECT_TRUE(hold(0).ok()) << "another thing under the same name takes no room";
  ASSERT_TRUE(client_->release("fcgi group 0").ok());
  EXPECT_TRUE(hold(limit).ok());
}

TEST_F(KeeperClientTest, ANameThatIsTooLongSaysSo) {
  const Status refused = client_->hold(std::string(keeper::max_name, 'x'), keeper_.get());
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, testing::HasSubstr("longer"));
}

/// A keeper that this test plays, and what its client tells.
class PlayedKeeperTest : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    keeper_ = keeper::Fd(ends[0]);
    KeeperClient::Handlers handlers;
    handlers.on_agent_blob = [this](const std::string& blob) { told_.push_back("blob " + blob); };
    handlers.on_list_end = [this] { told_.emplace_back("list_end"); };
    handlers.on_held = [this](const std::string& name, const UniqueFd&) { told_.push_back("held " + name); };
    handlers.on_held_end = [this] { told_.emplace_back("held_end"); };
    handlers.on_hold_failed = [this](const std::string& name) { told_.push_back("hold_failed " + name); };
    client_.emplace(loop_, UniqueFd(ends[1]), std::move(handlers));
    ASSERT_TRUE(client_->start().ok());
    EXPECT_EQ(asked(), keeper::Kind::hello);
  }
  template <typename R>
  void say(const R& record, int fd = -1) {
    keeper::FdList fds;
    if (fd >= 0) {
      fds.add(fd);
    }
    ASSERT_EQ(keeper::send_record(keeper_.get(), record, fds), 0);
  }
  /// What is there now.
  void turn() {
    loop_.restart();
    loop_.poll();
  }
  /// What the client asks next.
  keeper::Kind asked() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    keeper::Packet packet;
    while (std::chrono::steady_clock::now() < deadline) {
      loop_.restart();
      loop_.run_for(std::chrono::milliseconds(5));
      if (keeper::receive_packet(keeper_.get(), packet) == 0) {
        return static_cast<keeper::Kind>(packet.kind());
      }
    }
    ADD_FAILURE() << "nothing is asked";
    return keeper::Kind{};
  }

  boost::asio::io_context loop_;
  keeper::Fd keeper_;
  std::optional<KeeperClient> client_;
  std::vector<std::string> told_;
};

TEST_F(PlayedKeeperTest, AListIsNotOverBeforeTheAgentsBlobIsHere) {
  const keeper::Fd blob = keeper::make_sealed_memfd("blob", "state");
  {
    FullTable table;
    say(keeper::AgentBlob{}, blob.get());
    say(keeper::ListEnd{});
    turn();
  }
  EXPECT_THAT(told_, testing::IsEmpty());
  EXPECT_EQ(asked(), keeper::Kind::fetch);
  {
    FullTable table;
    say(keeper::AgentBlob{}, blob.get());
    turn();
  }
  EXPECT_EQ(asked(), keeper::Kind::fetch) << "as often as it takes";
  say(keeper::AgentBlob{}, blob.get());
  turn();
  EXPECT_THAT(told_, testing::ElementsAre("blob state", "list_end"));
}

TEST_F(PlayedKeeperTest, WhatIsHeldIsAskedForAgainUntilAllOfItIsHere) {
  keeper::Held held;
  ASSERT_TRUE(keeper::set_name(held, "http unix /x"));
  const auto tell_all = [&] {
    say(held, keeper_.get());
    say(keeper::HeldEnd{});
    turn();
  };
  {
    FullTable table;
    tell_all();
  }
  EXPECT_THAT(told_, testing::IsEmpty());
  EXPECT_EQ(asked(), keeper::Kind::list_held);
  tell_all();
  EXPECT_THAT(told_, testing::ElementsAre("held http unix /x", "held_end"));
}

TEST_F(PlayedKeeperTest, WhatTheKeeperCouldNotHoldIsTold) {
  keeper::HoldFailed failed;
  ASSERT_TRUE(keeper::set_name(failed, "fcgi web"));
  say(failed);
  turn();
  EXPECT_THAT(told_, testing::ElementsAre("hold_failed fcgi web"));
}

}  // namespace
}  // namespace holdfast::system
