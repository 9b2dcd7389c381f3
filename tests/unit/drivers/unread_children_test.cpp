// Children whose descriptors are not here: fetched in order, as there is room; their ends wait for them, but
// not for ever.
#include "drivers/programs/unread_children.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <optional>

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class UnreadChildrenTest : public testing::Test, public Warnings {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    keeper_ = keeper::Fd(ends[0]);
    client_.emplace(loop_.context(), UniqueFd(ends[1]), system::KeeperClient::Handlers{});
    log_ = std::move(storage::MainLog::open(disk_, {})).value();
    unread_.emplace(loop_, *client_, *log_, ledger_, *this);
  }
  void TearDown() override { disk_.stop(); }
  void set_warning(const std::string&, const std::string& text) override { trouble_ = text; }

  void add(std::uint64_t start_id, std::size_t need) {
    unread_->add(
        start_id, "group:" + std::to_string(start_id), need,
        [this, start_id](const system::ChildDescriptors&) { told_.push_back("attached " + std::to_string(start_id)); });
  }
  void end(std::uint64_t start_id) {
    unread_->ended(start_id, [this, start_id] { told_.push_back("ended " + std::to_string(start_id)); });
  }
  /// Whom the keeper is asked for, by now; 0: nobody.
  std::uint64_t asked() {
    keeper::Packet packet;
    keeper::Fetch fetch;
    return keeper::receive_packet(keeper_.get(), packet) == 0 && packet.read(fetch) ? fetch.start_id : 0;
  }
  template <typename Condition>
  bool until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(40);
    bool is_true = condition();  // asked once each time: what it counts is gone then
    while (!is_true && std::chrono::steady_clock::now() < deadline) {
      loop_.context().restart();
      loop_.context().run_for(std::chrono::milliseconds(20));
      is_true = condition();
    }
    return is_true;
  }

  system::EventLoop loop_;
  keeper::Fd keeper_;
  std::optional<system::KeeperClient> client_;
  storage::DiskThread disk_{storage::default_disk_queue_limits()};
  std::unique_ptr<storage::MainLog> log_;
  DescriptorLedger ledger_{5};
  std::optional<UnreadChildren> unread_;
  std::vector<std::string> told_;
  std::string trouble_;
};

TEST_F(UnreadChildrenTest, AreFetchedInOrderAsThereIsRoom) {
  ASSERT_TRUE(ledger_.take(100, 3));
  add(1, 3);
  add(2, 1);
  EXPECT_THAT(trouble_, testing::HasSubstr("group:1"));
  unread_->look();
  EXPECT_EQ(asked(), 0U) << "two are left, and the second does not go before the first";
  ledger_.release(100);
  unread_->look();
  EXPECT_EQ(asked(), 1U);
  EXPECT_EQ(asked(), 0U) << "one at a time";
  unread_->arrived(1, {}, false);
  EXPECT_EQ(asked(), 2U);
  unread_->arrived(2, {}, false);
  EXPECT_THAT(told_, ElementsAre("attached 1", "attached 2"));
  EXPECT_EQ(ledger_.left(), 1U);
  EXPECT_TRUE(unread_->empty());
  EXPECT_EQ(trouble_, "");
}

TEST_F(UnreadChildrenTest, WhatWasCutIsAskedForAgain) {
  add(1, 3);
  unread_->look();
  EXPECT_EQ(asked(), 1U);
  unread_->arrived(1, {}, true);
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_EQ(ledger_.left(), 5U);
  EXPECT_TRUE(until([&] { return asked() == 1; }));
  EXPECT_TRUE(until([&] { return asked() == 1; })) << "a keeper that does not answer is asked again, too";
  unread_->arrived(1, {}, false);
  EXPECT_THAT(told_, ElementsAre("attached 1"));
}

TEST_F(UnreadChildrenTest, AnEndIsToldAfterTheOutput) {
  add(1, 3);
  end(1);
  EXPECT_TRUE(unread_->contains(1));
  unread_->look();
  unread_->arrived(1, {}, false);
  EXPECT_THAT(told_, ElementsAre("attached 1", "ended 1"));
  EXPECT_FALSE(unread_->contains(1));
}

TEST_F(UnreadChildrenTest, AnEndIsToldAtLastWithoutTheOutput) {
  ASSERT_TRUE(ledger_.take(100, 5));
  add(1, 3);
  end(1);
  EXPECT_TRUE(until([&] { return !told_.empty(); }));
  EXPECT_THAT(told_, ElementsAre("ended 1"));
  EXPECT_TRUE(unread_->empty());
}

}  // namespace
}  // namespace holdfast
