#include "cluster/codec/frame.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "cluster/codec/message_codec.hpp"

namespace holdfast::cluster {
namespace {

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15U];
  }
  return text;
}

FrameHeader sample_header() {
  FrameHeader header;
  header.type = FrameType::leave;
  header.cluster_id = 0x1122334455667788ULL;
  header.node_id = 0x0102030405060708ULL;
  header.incarnation = 7;
  header.seq = 9;
  header.mono_ms = 1000;
  header.epoch = 3;
  header.roster_hash = 0xAABBCCDD;
  return header;
}

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);  // the check value of the polynomial
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xE3069283U) << "in two parts";
}

TEST(Crc32c, TheSameByInstructionAndByTables) {
  std::string bytes;
  for (int size = 0; size < 100; ++size) {
    EXPECT_EQ(crc32c(bytes, 7), crc32c_by_tables(bytes, 7)) << size;
    bytes.push_back(static_cast<char>(size * 37));
  }
  EXPECT_EQ(crc32c_by_tables("123456789"), 0xE3069283U);
}

TEST(Frame, HeaderIsThese64Bytes) {
  const std::string bytes = encode_frame(sample_header(), "");
  ASSERT_EQ(bytes.size(), 64U);
  EXPECT_EQ(hex(bytes.substr(0, 60)),
            "4846010403004000"
            "8877665544332211"
            "0807060504030201"
            "0700000000000000"
            "0900000000000000"
            "e803000000000000"
            "0300000000000000"
            "ddccbbaa");
  std::string zeroed = bytes;
  zeroed.replace(60, 4, 4, '\0');
  const std::uint32_t crc = crc32c(zeroed);
  EXPECT_EQ(static_cast<unsigned char>(bytes[60]), crc & 0xFFU);
  EXPECT_EQ(static_cast<unsigned char>(bytes[63]), crc >> 24);
}

TEST(Frame, DecodesWhatItEncodes) {
  const std::string bytes = encode_frame(sample_header(), "payload");
  const Result<Frame> frame = decode_frame(bytes);
  ASSERT_TRUE(frame.ok()) << frame.error().message;
  EXPECT_EQ(frame.value().header, sample_header());
  EXPECT_EQ(frame.value().payload, "payload");
  EXPECT_EQ(peek_sender(bytes), sample_header().node_id);
}

TEST(Frame, EveryFlippedBitIsRefused) {
  const std::string good = encode_frame(sample_header(), "payload");
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(static_cast<unsigned char>(bad[bit / 8]) ^ (1U << (bit % 8)));
    EXPECT_FALSE(decode_frame(bad).ok()) << "bit " << bit;
  }
}

TEST(Frame, ShortLongAndForeignAreRefused) {
  const std::string good = encode_frame(sample_header(), "payload");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_frame(std::string_view(good).substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(decode_frame(encode_frame(sample_header(), std::string(limits::gossip_frame_bytes_max, 'x'))).ok());
  FrameHeader other = sample_header();
  other.proto_major = 2;
  EXPECT_FALSE(decode_frame(encode_frame(other, "")).ok());
  other = sample_header();
  other.type = static_cast<FrameType>(99);
  EXPECT_FALSE(decode_frame(encode_frame(other, "")).ok());
  EXPECT_FALSE(peek_sender("HF").has_value());
  EXPECT_FALSE(peek_sender(std::string(64, 'x')).has_value());
}

TEST(Frame, RestampRenewsAHeartbeatOnly) {
  Heartbeat beat;
  beat.delta_seq = 5;
  beat.liveness = {Liveness::fresh, Liveness::dead, Liveness::late};
  FrameHeader header = sample_header();
  std::string bytes = encode_message(header, beat);
  ASSERT_TRUE(restamp_heartbeat(bytes.data(), bytes.size(), 42, 1150));
  const auto decoded = decode_message(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(decoded.value().header.seq, 42U);
  EXPECT_EQ(decoded.value().header.mono_ms, 1150U);
  const auto& restamped = std::get<Heartbeat>(decoded.value().message);
  EXPECT_EQ(bytes[kFrameHeaderSize + 4], static_cast<char>(150)) << "the loop prepared it 150 ms before it was sent";
  EXPECT_EQ(restamped.delta_seq, 5U);
  EXPECT_EQ(restamped.liveness, beat.liveness);

  std::string leave = encode_message(header, Leave{});
  const std::string before = leave;
  EXPECT_FALSE(restamp_heartbeat(leave.data(), leave.size(), 1, 1));
  EXPECT_EQ(leave, before);
  EXPECT_FALSE(restamp_heartbeat(leave.data(), 3, 1, 1));
}

TEST(Identity, HashesAreFixedForEver) {
  EXPECT_NE(node_id_of("a:1"), node_id_of("a:2"));
  EXPECT_EQ(roster_hash_of({"a:1", "b:1"}), roster_hash_of({"b:1", "a:1"}));
  EXPECT_NE(roster_hash_of({"a:1", "b:1"}), roster_hash_of({"a:1", "c:1"}));
  EXPECT_NE(cluster_id_of("a"), node_id_of("a"));
}

}  // namespace
}  // namespace holdfast::cluster
