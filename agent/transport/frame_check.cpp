#include "transport/frame_check.hpp"

#include "base/limits.hpp"
#include "cluster/codec/frame.hpp"

namespace holdfast::transport {
namespace {

constexpr std::size_t kHeaderLengthOffset = 6;
constexpr std::size_t kClusterOffset = 8;

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    value = (value << 8) | static_cast<unsigned char>(bytes[i - 1]);
  }
  return value;
}

}  // namespace

std::optional<Drop> check_frame(std::string_view frame, std::uint64_t cluster_id, std::uint64_t owner) {
  if (frame.size() > limits::gossip_frame_bytes_max) {
    return Drop::oversized;
  }
  const std::optional<std::uint64_t> sender = cluster::peek_sender(frame);
  if (!sender || little_endian(frame.substr(kHeaderLengthOffset, 2)) != cluster::kFrameHeaderSize) {
    return Drop::malformed;
  }
  if (little_endian(frame.substr(kClusterOffset, 8)) != cluster_id) {
    return Drop::wrong_cluster;
  }
  if (owner == 0 || *sender != owner) {
    return Drop::wrong_owner;
  }
  return std::nullopt;
}

}  // namespace holdfast::transport
