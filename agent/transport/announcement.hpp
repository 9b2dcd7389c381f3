// announcement.hpp: the datagram by which a node says on a multicast group that it is there (contract supvisors.md 7.4,
// docs/decisions/0015), as bytes. It carries names and a port, never a secret, and proves nothing but that its maker
// has the cluster key: who hears it may say HELLO. Any bytes may be given to decode. Pure; called by the composition
// root on the loop.
//
//   "HFA1", TLVs {cluster, identifier, nick, port, address}, then with a cluster key 32 bytes of HMAC-SHA256 over all
//   that stands before. A replayed one says where a node was: a HELLO to there finds out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "transport/cluster_key.hpp"

namespace holdfast::transport {

struct Announcement {
  std::string cluster;
  std::string identifier;
  std::string nick;
  std::uint16_t port = 0;  // of its HTTP server
  std::string address;     // numeric, where that server listens; empty: on any, so at the datagram's source
  friend bool operator==(const Announcement&, const Announcement&) = default;
};

/// At most limits::announcement_bytes_max bytes; empty if the names are longer than that.
std::string encode_announcement(const Announcement& announcement, const ClusterKey& key);

enum class AnnouncementFault : std::uint8_t { malformed, other_cluster, wrong_key };
struct DecodedAnnouncement {
  std::optional<Announcement> announcement;  // or
  AnnouncementFault fault = AnnouncementFault::malformed;
};
/// With a key, one that was made with it or with the former one; without, one that has no code.
DecodedAnnouncement decode_announcement(std::string_view bytes, std::string_view cluster, const ClusterKeys& keys);

}  // namespace holdfast::transport
