// Gossip frames, as the gossip thread and the loop read them. A mutated frame nearly always fails its checksum, so it
// is read a second time with the right one. What is understood must come back from its own encoding.
#include "base/check.hpp"
#include "cluster/codec/message_codec.hpp"
#include "transport/frame_check.hpp"

using namespace holdfast;
using namespace holdfast::cluster;

namespace {

constexpr std::size_t kChecksumAt = 60;

void read(std::string_view bytes) {
  const auto decoded = decode_message(bytes);
  if (!decoded.ok()) {
    CHECK(!decoded.error().message.empty());
    return;
  }
  const std::string encoded = encode_message(decoded.value().header, decoded.value().message);
  const auto again = decode_message(encoded);
  CHECK(again.ok());
  CHECK(again.value().message == decoded.value().message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  (void)transport::check_frame(bytes, 7, peek_sender(bytes).value_or(0));
  read(bytes);
  if (bytes.size() >= kFrameHeaderSize) {
    bytes.replace(kChecksumAt, 4, 4, '\0');
    const std::uint32_t sum = crc32c(bytes);
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[kChecksumAt + i] = static_cast<char>((sum >> (8 * i)) & 0xFFU);
    }
    read(bytes);
    const bool sound = decode_frame(bytes).ok();
    if (restamp_heartbeat(bytes.data(), bytes.size(), 99, 5)) {
      CHECK(decode_frame(bytes).ok() == sound);
    }
  }
  return 0;
}
