// frame_check.hpp: the gossip thread's look at a frame's header before the loop sees it: size, magic, header
// length, cluster and sender. The checksum and the payload are the codec's. Pure; allocates nothing; any
// bytes may be given.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "transport/gossip.hpp"

namespace holdfast::transport {

/// Why `frame` must be dropped, or nullopt. `owner` is the node whose key brought it; 0 = nobody admitted.
std::optional<Drop> check_frame(std::string_view frame, std::uint64_t cluster_id, std::uint64_t owner);

}  // namespace holdfast::transport
