#include "system/keeper_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>

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

}  // namespace
}  // namespace holdfast::system
