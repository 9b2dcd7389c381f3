// What the gossip thread hands to the loop, without a thread and without a socket.
#include "transport/gossip_inbox.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <memory>
#include <string>

#include "base/limits.hpp"
#include "harness.hpp"

namespace holdfast::transport {
namespace {

class GossipInboxTest : public testing::Test {
 protected:
  GossipInboxTest() {
    shared_->wake_loop.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    peer_.node_id = 5;
    peer_.identifier = "five:9001";
  }
  void deliver(const Peer* owner, const std::string& bytes, Stream stream = Stream::ctl) {
    zmq::message_t frame(bytes.data(), bytes.size());
    inbox_.deliver(owner, stream, frame, Instant{7});
  }
  [[nodiscard]] std::uint64_t dropped(Drop cause) const {
    return shared_->tallies.dropped[static_cast<std::size_t>(cause)];
  }
  bool loop_was_woken() {
    eventfd_t count = 0;
    return eventfd_read(shared_->wake_loop.get(), &count) == 0;
  }
  std::unique_ptr<GossipShared> shared_ = std::make_unique<GossipShared>();
  GossipInbox inbox_{*shared_, test::cluster_id};
  Peer peer_;
};

TEST_F(GossipInboxTest, AFrameOfItsOwnerReachesTheLoop) {
  const std::string frame = test::frame_of(5, "payload");
  deliver(&peer_, frame);
  deliver(&peer_, frame, Stream::bulk);
  GossipArrival arrival;
  ASSERT_TRUE(shared_->ctl.pop(arrival));
  EXPECT_EQ(arrival.node_id, 5U);
  EXPECT_EQ(arrival.stamp, Instant{7});
  EXPECT_EQ(arrival.frame.to_string(), frame);
  ASSERT_TRUE(shared_->other.pop(arrival)) << "bulk does not take the room of heartbeats";
  EXPECT_EQ(arrival.stream, Stream::bulk);
  EXPECT_EQ(shared_->tallies.frames_in, 2U);
  EXPECT_EQ(shared_->tallies.bytes_in, 2 * frame.size());
  EXPECT_EQ(shared_->arrival_bytes, 2 * frame.size());
}

TEST_F(GossipInboxTest, WhatIsNotItsOwnersIsRefusedByName) {
  deliver(&peer_, test::frame_of(6, ""));
  deliver(nullptr, test::frame_of(5, ""));
  EXPECT_EQ(dropped(Drop::wrong_owner), 2U);
  GossipArrival arrival;
  EXPECT_FALSE(shared_->ctl.pop(arrival));
  GossipRefusal refusal;
  ASSERT_TRUE(shared_->refusals.pop(refusal));
  EXPECT_EQ(refusal.cause, Drop::wrong_owner);
  EXPECT_STREQ(refusal.from.data(), "five:9001");
  ASSERT_TRUE(shared_->refusals.pop(refusal));
  EXPECT_STREQ(refusal.from.data(), "");
}

TEST_F(GossipInboxTest, TheLoopIsWokenOnceForAllThatCame) {
  inbox_.wake_loop();
  EXPECT_FALSE(loop_was_woken()) << "nothing came";
  deliver(&peer_, test::frame_of(5, ""));
  inbox_.refuse(Drop::unknown_key, "192.0.2.1", Instant{8});
  inbox_.wake_loop();
  EXPECT_TRUE(loop_was_woken());
  inbox_.wake_loop();
  EXPECT_FALSE(loop_was_woken());
}

TEST_F(GossipInboxTest, BytesThatWaitForTheLoopAreBounded) {
  const std::string frame = test::frame_of(5, std::string(1000, 'x'));
  shared_->arrival_bytes = limits::gossip_queue_bytes_max - frame.size();
  deliver(&peer_, frame);
  EXPECT_EQ(dropped(Drop::queue_full_in), 0U);
  deliver(&peer_, frame);
  EXPECT_EQ(dropped(Drop::queue_full_in), 1U);
  EXPECT_EQ(shared_->arrival_bytes, limits::gossip_queue_bytes_max) << "what was dropped takes no room";
}

TEST_F(GossipInboxTest, RefusalsBeyondTheRingAreOnlyCounted) {
  for (std::size_t i = 0; i < 2 * limits::gossip_refusal_queue_max; ++i) {
    inbox_.refuse(Drop::handshake_failed, std::string(200, 'n'), Instant{9});
  }
  EXPECT_EQ(dropped(Drop::handshake_failed), 2 * limits::gossip_refusal_queue_max);
  GossipRefusal refusal;
  ASSERT_TRUE(shared_->refusals.pop(refusal));
  EXPECT_EQ(std::string(refusal.from.data()), std::string(refusal.from.size() - 1, 'n')) << "cut, and ended";
}

}  // namespace
}  // namespace holdfast::transport
