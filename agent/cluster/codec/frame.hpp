// frame.hpp: the outer form of everything that agents say to each other: a fixed 64-byte little-endian header
// and a payload of TLVs (message_codec.hpp), protected by a CRC-32C over both. Encodes and decodes; knows no
// socket. Any bytes may be handed to decode: it answers with a reason and never reads beyond them. Called by
// the node (loop) and, for restamp_heartbeat and peek, by the gossip thread: those two neither allocate nor
// keep anything.
//
//   0 u16 magic 'HF'   2 u8 proto major   3 u8 proto minor   4 u8 type   5 u8 flags   6 u16 header length
//   (64) 8 u64 cluster id  16 u64 node id     24 u64 incarnation 32 u64 seq  40 u64 sender's monotonic ms
//  48 u64 epoch       56 u32 roster hash 60 u32 crc32c of header (this field as 0) and payload
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cluster/codec/term.hpp"

namespace holdfast::cluster {

/// Where a frame travels: PUB ctl (heartbeats, deltas, leave), PUB bulk (statistics, logs), ROUTER/DEALER
/// (direct).
enum class Stream : std::uint8_t { ctl = 0, bulk = 1, direct = 2 };

/// Type codes on the wire; never reused for another meaning.
enum class FrameType : std::uint8_t {
  heartbeat = 1,
  delta = 2,
  leave = 3,
  snapshot_request = 4,
  snapshot = 5,
  delta_request = 6,
  command = 7,
  command_answer = 8,
  operator_forward = 9,
  operator_answer = 10,
  peer_opinion = 11,
  loss_report = 12,
  roster = 13,
  statistics_request = 14,
  host_sample = 15,
  process_samples = 16,
};

constexpr std::uint16_t kFrameMagic = 0x4648;  // bytes 'H' 'F'
constexpr std::uint8_t kProtocolMajor = 1;
/// 0: the first. 1: loss_report. 2: roster. 3: statistics_request, host_sample, process_samples.
constexpr std::uint8_t kProtocolMinor = 4;
constexpr std::size_t kFrameHeaderSize = 64;

struct FrameHeader {
  std::uint8_t proto_major = kProtocolMajor;
  std::uint8_t proto_minor = kProtocolMinor;
  FrameType type = FrameType::heartbeat;
  std::uint8_t flags = 0;
  std::uint64_t cluster_id = 0;
  NodeId node_id = 0;
  std::uint64_t incarnation = 0;
  std::uint64_t seq = 0;
  std::uint64_t mono_ms = 0;  // only the sender interprets it
  std::uint64_t epoch = 0;
  std::uint32_t roster_hash = 0;
  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

/// A decoded frame; `payload` points into the bytes handed to decode_frame.
struct Frame {
  FrameHeader header;
  std::string_view payload;
};

std::string encode_frame(const FrameHeader& header, std::string_view payload);

/// Checks magic, major version, header length, known type, size limit and CRC.
Result<Frame> decode_frame(std::string_view bytes);

/// The sender's node id of a frame with the right magic and length, CRC not checked; for the gossip thread's
/// check that the sender owns its key. nullopt: drop the frame.
std::optional<NodeId> peek_sender(std::string_view bytes);

/// What the gossip thread does to the heartbeat that the loop prepared, each time it sends it: a new seq, the
/// time of sending, the age of the loop's preparation in the payload, a new CRC. False (untouched) if it is
/// no heartbeat.
bool restamp_heartbeat(char* bytes, std::size_t size, std::uint64_t seq, std::uint64_t mono_ms);

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);
/// The same where the processor has no instruction for it.
std::uint32_t crc32c_by_tables(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace holdfast::cluster
