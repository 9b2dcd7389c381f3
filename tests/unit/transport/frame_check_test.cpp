#include "transport/frame_check.hpp"

#include <gtest/gtest.h>

#include <random>

#include "base/limits.hpp"
#include "harness.hpp"

namespace holdfast::transport::test {
namespace {

constexpr std::uint64_t kOwner = 0xFEDCBA9876543210;

TEST(FrameCheck, PassesTheOwnersFrames) {
  EXPECT_EQ(check_frame(heartbeat_of(kOwner), cluster_id, kOwner), std::nullopt);
  EXPECT_EQ(check_frame(frame_of(kOwner, ""), cluster_id, kOwner), std::nullopt);
}

TEST(FrameCheck, NamesTheCause) {
  const std::string good = frame_of(kOwner, "payload");
  EXPECT_EQ(check_frame("", cluster_id, kOwner), Drop::malformed);
  EXPECT_EQ(check_frame(good.substr(0, 63), cluster_id, kOwner), Drop::malformed);
  EXPECT_EQ(check_frame("X" + good, cluster_id, kOwner), Drop::malformed);
  EXPECT_EQ(check_frame(good, cluster_id + 1, kOwner), Drop::wrong_cluster);
  EXPECT_EQ(check_frame(good, cluster_id, kOwner + 1), Drop::wrong_owner);
  EXPECT_EQ(check_frame(good, cluster_id, 0), Drop::wrong_owner);
  EXPECT_EQ(check_frame(frame_of(0, "from nobody"), cluster_id, 0), Drop::wrong_owner);
  EXPECT_EQ(check_frame(std::string(limits::gossip_frame_bytes_max + 1, 'x'), cluster_id, kOwner), Drop::oversized);
}

TEST(FrameCheck, AnyBytesMayBeGiven) {
  std::mt19937 random(3);
  const std::string good = frame_of(kOwner, "payload");
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good.substr(0, random() % (good.size() + 1));
    for (std::size_t flips = random() % 3; flips > 0 && !bytes.empty(); --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    if (!check_frame(bytes, cluster_id, kOwner)) {
      EXPECT_EQ(bytes.substr(8, 16), good.substr(8, 16));
    }
  }
}

}  // namespace
}  // namespace holdfast::transport::test
