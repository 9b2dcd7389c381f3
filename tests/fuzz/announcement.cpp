// Datagrams on the multicast group, from anybody in the network: read with a key and without. What is understood must
// come back from its own encoding.
#include "transport/announcement.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"

using namespace holdfast;
using namespace holdfast::transport;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ClusterKeys keys{ClusterKey::derive("user", "secret"), ClusterKey::derive("user", "former")};
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)decode_announcement(bytes, "prod", keys);
  const auto open = decode_announcement(bytes, "prod", {});
  if (open.announcement) {
    CHECK(bytes.size() <= limits::announcement_bytes_max);
    CHECK(decode_announcement(encode_announcement(*open.announcement, {}), "prod", {}).announcement ==
          open.announcement);
    const std::string proven = encode_announcement(*open.announcement, keys.key);  // empty: the code makes it too long
    CHECK(proven.empty() || decode_announcement(proven, "prod", keys).announcement == open.announcement);
  }
  return 0;
}
