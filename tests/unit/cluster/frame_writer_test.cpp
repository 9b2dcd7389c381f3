// What one incarnation says is numbered, each kind of sending on its own.
#include "cluster/codec/frame_writer.hpp"

#include <gtest/gtest.h>

namespace holdfast::cluster {
namespace {

FrameHeader header_of(const std::string& bytes) {
  return decode_message(bytes).value().header;
}

TEST(FrameWriter, EachKindOfSendingCountsOnItsOwn) {
  FrameWriter frames(9);
  const Speaker me{1, 4, 5, 6};
  const Instant now = Instant::from_ms(70);
  EXPECT_EQ(header_of(frames.published(me, now, Leave{})).seq, 1U);
  EXPECT_EQ(header_of(frames.published(me, now, Leave{})).seq, 2U);
  EXPECT_EQ(header_of(frames.direct(me, now, Leave{})).seq, 1U);
  EXPECT_EQ(header_of(frames.bulk(me, now, HostSample{})).seq, 1U);
  EXPECT_EQ(header_of(frames.heartbeat(me, now, {})).seq, 1U);
  EXPECT_EQ(header_of(frames.heartbeat(me, now, {})).seq, 2U);
  EXPECT_EQ(header_of(frames.published(me, now, Leave{})).seq, 3U);
}

TEST(FrameWriter, AFrameSaysWhoSpeaksAndWhen) {
  FrameWriter frames(9);
  const FrameHeader head = header_of(frames.direct({1, 4, 5, 6}, Instant::from_ms(70), Leave{}));
  EXPECT_EQ(head.cluster_id, 9U);
  EXPECT_EQ(head.node_id, 1U);
  EXPECT_EQ(head.incarnation, 4U);
  EXPECT_EQ(head.epoch, 5U);
  EXPECT_EQ(head.roster_hash, 6U);
  EXPECT_EQ(head.mono_ms, 70U);
}

}  // namespace
}  // namespace holdfast::cluster
