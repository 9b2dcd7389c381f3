// One node of fifty, the others played by hand: what it does for each of them must stay small when all come at once,
// or the machines have no time left for the handshakes that would end it (issue "many nodes, whole").
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "cluster/codec/frame.hpp"
#include "cluster/codec/message_codec.hpp"
#include "cluster/node.hpp"

namespace holdfast::cluster {
namespace {

constexpr std::size_t kPeers = 49;

class ManyNodes : public ::testing::Test {
 protected:
  ManyNodes() {
    for (std::size_t i = 0; i <= kPeers; ++i) {
      options_.roster.push_back({"10.0.0." + std::to_string(i + 1) + ":60000", "n" + std::to_string(i + 1), false});
    }
    options_.identifier = options_.roster[kPeers].identifier;
    node_ = std::make_unique<Node>(options_, Random(7));
    step(LocalTable{});
  }

  void step(const Input& input) {
    node_->step(now_, input);
    const Outcome outcome = node_->take_outcome();
    heartbeats_ += outcome.heartbeat ? 1 : 0;
    for (const NodeId peer : outcome.reconnects) {
      reconnects_[peer].push_back(now_);
    }
  }

  /// Turns at each deadline; the peers' ports accept.
  void run(Duration span) {
    for (const Instant end = now_ + span; now_ < end; now_ = now_ + 10ms) {
      if (now_ >= node_->next_deadline().value_or(now_)) {
        step(TimePassed{});
      }
    }
  }

  void greet(std::size_t i) {
    step(HelloDone{options_.roster[i].identifier, options_.roster[i].nick, 1, "m" + std::to_string(i), 0, 0, {}});
  }

  void hear(std::size_t i) {
    FrameHeader head;
    head.cluster_id = cluster_id_of(options_.cluster_name);
    head.node_id = id(i);
    head.incarnation = 1;
    head.seq = ++beat_;
    step(FrameReceived{id(i), Stream::ctl, encode_message(head, Heartbeat{}), now_});
  }

  NodeId id(std::size_t i) const { return node_id_of(options_.roster[i].identifier); }

  NodeOptions options_;
  std::unique_ptr<Node> node_;
  Instant now_ = Instant::from_ms(1'000'000);
  std::uint64_t beat_ = 0;
  int heartbeats_ = 0;
  std::map<NodeId, std::vector<Instant>> reconnects_;
};

TEST_F(ManyNodes, WhoIsNotHeardIsConnectedAnewMoreAndMoreSeldom) {
  const Instant greeted = now_;
  for (std::size_t i = 0; i < kPeers; ++i) {
    greet(i);
  }
  run(30s);
  ASSERT_EQ(reconnects_.size(), kPeers);
  std::vector<Instant> seconds;
  for (const auto& [peer, at] : reconnects_) {
    EXPECT_GE(at[0] - greeted, options_.detection.late + kPeers * limits::cluster_handshake);
    Duration least = limits::cluster_reconnect_period;
    for (std::size_t k = 1; k < at.size(); ++k) {
      EXPECT_GE(at[k] - at[k - 1], least) << k;
      EXPECT_LE(at[k] - at[k - 1], limits::cluster_reconnect_period_max * 5 / 4 + 200ms) << k;
      least = std::min(2 * least, limits::cluster_reconnect_period_max);
    }
    EXPECT_GE(at.size(), 6U) << "it is never given up";
    EXPECT_LE(at.size(), 10U);
    seconds.push_back(at[1]);
  }
  const auto [first, last] = std::ranges::minmax(seconds);
  EXPECT_GE(last - first, 100ms) << "not all of them at one moment";
}

TEST_F(ManyNodes, WhoIsHeardIsConnectedAnewSoonWhenItFallsSilent) {
  greet(0);
  run(20s);
  reconnects_.clear();
  for (int n = 0; n < 20; ++n) {
    hear(0);
    run(200ms);
  }
  EXPECT_TRUE(reconnects_.empty());
  const Instant silent = now_;
  run(4s);
  const std::vector<Instant>& at = reconnects_[id(0)];
  ASSERT_GE(at.size(), 2U);
  EXPECT_LE(at[0] - silent, options_.detection.fast + 200ms);
  EXPECT_LE(at[1] - at[0], limits::cluster_reconnect_period * 5 / 4 + 200ms);
}

TEST_F(ManyNodes, NewsOfManyIsOneHeartbeat) {
  run(1s);
  const int before = heartbeats_;
  for (std::size_t i = 0; i < kPeers; ++i) {  // each is news of its own
    greet(i);
    run(20ms);
  }
  const std::int64_t at_most = kPeers * 20ms / ((kPeers + 1) * limits::gossip_at_once_per_peer) + 2;
  EXPECT_GE(heartbeats_ - before, 5);
  EXPECT_LE(heartbeats_ - before, at_most);
}

}  // namespace
}  // namespace holdfast::cluster
